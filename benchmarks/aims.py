"""The aims, each held against what was measured. Nothing here is typed: where a figure is missing, it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks import offline
from benchmarks.hub import SETTINGS
from benchmarks.models import DEEPSEEK, MODELS
from benchmarks.network import REDIRECTS, Plan
from benchmarks.readers import FLOOR, HEADERS, INDEX, MEM, META, REPEAT, SHARDED
from benchmarks.results import OFFLINE, Group, Results, spread

Measure = Callable[[Group], list[float]]


@dataclass(frozen=True)
class Aim:
    """`goal`: the most, or the least where `least`, that the median of `measure` may be; one value a round."""

    group: str
    text: str
    goal: float
    measure: Measure
    least: bool = False
    unit: str = "×"
    places: int = 2

    @property
    def limit(self) -> str:
        return f"{'≥' if self.least else '≤'} {self.goal:g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Verdict:
    """`met` is None where nothing was measured."""

    aim: Aim
    values: list[float]

    @property
    def met(self) -> bool | None:
        if not self.values:
            return None
        return self._holds(median(self.values))

    @property
    def word(self) -> str:
        if self.met is None:
            return "not measured"
        held = sum(map(self._holds, self.values))
        word = "met" if self.met else "**not met**"
        return word if held in (0, len(self.values)) else f"{word} ({held} of {len(self.values)} rounds)"

    @property
    def figure(self) -> str:
        return f"{spread(self.values, self.aim.places)} {self.aim.unit}".rstrip() if self.values else "–"

    def _holds(self, value: float) -> bool:
        return value >= self.aim.goal if self.aim.least else value <= self.aim.goal


def verdicts(results: Results) -> list[Verdict]:
    return [Verdict(aim, aim.measure(results.groups[aim.group]) if aim.group in results.groups else []) for aim in AIMS]


def times_faster(ours: str, theirs: str) -> Measure:
    return lambda group: group.ratios(theirs, ours)


def ratio(one: str, other: str, figure: str) -> Measure:
    return lambda group: group.ratios(one, other, figure)


def value(reader: str, figure: str, unit: float = 1) -> Measure:
    return lambda group: [found / unit for found in group.values(reader, figure)]


def _aims() -> Iterator[Aim]:
    slow, fast = Plan(DEEPSEEK, REDIRECTS).title, Plan(DEEPSEEK, SETTINGS[0]).title
    for peer in (MEM, META, SHARDED):
        yield Aim(slow, f"headers faster than {peer}", 3, times_faster(HEADERS, peer), least=True)
    yield Aim(slow, "headers, wall beside the floor reader", 1.6, ratio(HEADERS, FLOOR, "wall"))
    for peer in (MEM, META):
        yield Aim(slow, f"headers, bytes beside {peer}", 1, ratio(HEADERS, peer, "bytes"), places=3)
    yield Aim(slow, "headers, connections", 32, value(HEADERS, "connections"), unit="", places=0)
    for peer in (MEM, META):
        yield Aim(slow, f"index faster than {peer}, which reads headers", 6, times_faster(INDEX, peer), least=True)
    for depth in (HEADERS, INDEX):
        yield Aim(slow, f"{depth.split()[1]} again, requests", 3, value(depth + REPEAT, "requests"), unit="", places=0)
    for peer in (MEM, META, SHARDED):
        yield Aim(fast, f"headers faster than {peer}", 2, times_faster(HEADERS, peer), least=True)
    for depth in (HEADERS, INDEX):
        yield Aim(
            Plan(MODELS[-1], REDIRECTS).title,
            f"{depth.split()[1]}, peak memory",
            300,
            value(depth, "peak"),
            unit="MB",
            places=0,
        )
    yield Aim(
        OFFLINE,
        "index in a folder, instructions beside `json.load` and typer",
        4,
        ratio(offline.INDEX, offline.JSON_TYPER, "instructions"),
    )
    yield Aim(OFFLINE, "index in a folder, peak memory", 90, value(offline.INDEX, "peak"), unit="MB", places=0)
    yield Aim(OFFLINE, "headers in a folder, CPU", 2, value(offline.HEADERS, "cpu"), unit="s")
    yield Aim(
        OFFLINE,
        "`inspect config.json`, instructions beside `import typer`",
        2.2,
        ratio(offline.CONFIG, offline.TYPER, "instructions"),
    )
    yield Aim(
        OFFLINE,
        "`inspect config.json`, times less CPU than transformers on the meta device",
        20,
        ratio(offline.ON_META, offline.CONFIG, "cpu"),
        least=True,
        places=1,
    )
    yield Aim(OFFLINE, "estimate over 512 devices, CPU beyond imports", 0.5, value(offline.WORK, "cpu"), unit="s")


AIMS = tuple(_aims())
