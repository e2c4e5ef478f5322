"""The device catalogue, data/devices.yaml: every number with its source, a missing one with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from moeaudit.data import parsed
from moeaudit.errors import UsageError
from moeaudit.later import dataclass, expression
from moeaudit.text import quoted

PRECISIONS = ("bf16", "fp8", "fp4")
GIB = 2**30

SERIES = expression(r"([a-z]{1,3})-?\d")
"""The letters of one maker's boards before their number: H200, B70, MI300X."""

FAST = 100
"""GB/s per direction from which a link is no PCIe slot (5.0 x16 has 64)."""


@dataclass(frozen=True)
class Cell:
    """One number with where it comes from, or the reason why there is none."""

    value: float | None
    source: str = ""
    reason: str = ""

    @classmethod
    def read(cls, raw: Any, sources: Mapping[str, str]) -> Cell:
        if isinstance(raw, Mapping):
            return cls(None, reason=str(raw["missing"]))
        value, source = raw
        return cls(float(value), sources[source])


@dataclass(frozen=True)
class Unified:
    """One memory that host and device share: GiB that are installed, or as the system shows them; `raising`: how the
    device is given more of it than as the system is delivered."""

    installed: Cell
    raising: str


@dataclass(frozen=True)
class Device:
    """One accelerator as an engine sees it. Memory in GiB, bandwidth and link in GB/s, peaks in dense TFLOP/s, power
    in W. `across_nodes`: where it is said that a domain of its links holds several nodes. `unified`: where its memory
    is the host's too, and then `memory` is what the device may take of it."""

    name: str
    memory: Cell
    bandwidth: Cell
    peaks: Mapping[str, Cell]
    link: Cell
    power: Cell
    domain: int = 1
    aliases: tuple[str, ...] = ()
    memory_note: str = ""
    trap: str = ""
    across_nodes: str = ""
    unified: Unified | None = None

    @property
    def beside(self) -> float:
        """GiB of a shared memory that the device may not take; 0 where it has its own, or that is not known."""
        shared, own = self.unified, self.memory.value
        known = shared is not None and shared.installed.value is not None and own is not None
        return max(0.0, shared.installed.value - own) if known else 0.0  # type: ignore[union-attr,operator]

    @property
    def fast(self) -> bool:
        """Whether devices of a node have links of their own, not those of the host."""
        return self.link.value is not None and self.link.value >= FAST

    @property
    def memory_bytes(self) -> int:
        """Driver-visible bytes. UsageError where the catalogue has none."""
        if self.memory.value is None:
            raise UsageError(
                f"the catalogue has no driver-visible memory for {self.name}: {self.memory.reason}",
                hint="Give it in the fleet file as devices.memory_gib.",
            )
        return int(self.memory.value * GIB)

    def peak(self, precision: str) -> tuple[float, str] | None:
        """Dense FLOP/s for products in a precision, and the precision they really run in: the next wider one that has
        units."""
        for candidate in PRECISIONS[PRECISIONS.index(precision) :: -1]:
            value = self.peaks[candidate].value
            if value is not None:
                return value * 1e12, candidate
        return None

    def cells(self) -> Iterator[tuple[str, str, Cell]]:
        """(quantity, unit, cell), in the order to print them."""
        yield "memory", "GiB", self.memory
        yield "bandwidth", "GB/s", self.bandwidth
        for precision in PRECISIONS:
            yield f"{precision} dense", "TFLOP/s", self.peaks[precision]
        yield "link per direction", "GB/s", self.link
        yield "power", "W", self.power


@lru_cache(maxsize=1)
def _data() -> Any:
    return parsed((files("moeaudit.costs") / "data" / "devices.yaml").read_text(encoding="utf-8"))


def catalogue() -> tuple[Device, ...]:
    """Every device, in the order of the file."""
    return tuple(map(_made, range(len(_data()["devices"]))))


@cache
def _made(number: int) -> Device:
    return _device(_data()["devices"][number], _data()["sources"])


def _device(entry: Mapping[str, Any], sources: Mapping[str, str]) -> Device:
    def cell(name: str) -> Cell:
        return Cell.read(entry[name], sources)

    return Device(
        entry["name"],
        cell("memory"),
        cell("bandwidth"),
        {name: Cell.read(raw, sources) for name, raw in entry["peaks"].items()},
        cell("link"),
        cell("power"),
        int(entry["domain"]),
        tuple(entry.get("aliases", ())),
        entry.get("memory_note", ""),
        entry.get("trap", ""),
        sources[entry["across_nodes"]] if "across_nodes" in entry else "",
        _unified(entry["unified"], sources) if "unified" in entry else None,
    )


def _unified(raw: Mapping[str, Any], sources: Mapping[str, str]) -> Unified:
    return Unified(Cell.read(raw["installed"], sources), raw["raise"])


MAKERS = frozenset(("nvidia", "geforce", "amd", "intel", "apple", "huawei", "google", "aws"))
"""What people write in front of a name, and may leave out."""


def _plain(name: str) -> str:
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    maker, _, rest = plain.partition("-")
    while maker in MAKERS and rest:
        plain = rest
        maker, _, rest = plain.partition("-")
    return plain


@lru_cache(maxsize=1)
def _numbers() -> dict[str, int]:
    """Every name and alias, in lower case, with the device's place in the file."""
    entries = enumerate(_data()["devices"])
    return {_plain(name): number for number, one in entries for name in (one["name"], *one.get("aliases", ()))}


def find(name: str) -> Device | None:
    """The device of that name or alias, whatever its capitals."""
    number = _numbers().get(_plain(name))
    return None if number is None else _made(number)


def device(name: str) -> Device:
    """The device of that name or alias. UsageError with the nearest names where there is none."""
    found = find(name)
    if found is not None:
        return found
    raise UsageError(
        f"no device called {quoted(name, 60)} in the catalogue",
        hint=f"{_meant(name)} Or give devices.memory_gib and the other numbers yourself.",
    )


def _meant(name: str) -> str:
    """The nearest devices; where none is near, those of its letters and another number: H999 is an H."""
    from difflib import SequenceMatcher

    from moeaudit.nearest import asked, nearest

    near = nearest(_plain(name), _numbers(), most=3)
    series = SERIES.match(_plain(name))
    alike = [word for word in _numbers() if series and (own := SERIES.match(word)) and own[1] == series[1]]
    near = near or sorted(alike, key=lambda word: -SequenceMatcher(None, _plain(name), word).ratio())
    names = list(dict.fromkeys(_made(_numbers()[word]).name for word in near))[:3]
    first = ", ".join(device.name for device in catalogue()[:6])
    return asked(names) if names else f"Known: {first} and others; `moeaudit list devices` has them all."
