"""What was measured, as it is kept in benchmarks/results.json: every run, so that pages and ratios are made from it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.models import ROOT

PATH = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"
OFFLINE = "offline"

Run = Mapping[str, float]
"""Figures of one run, by name."""


@dataclass
class Group:
    """Rounds of the same readers or commands in alternation, of moeaudit at `commit`. `load`: the machine's mean load
    over a minute at the start and the end. `failed`: why a reader's runs have no figures."""

    title: str
    model: str
    setting: str
    date: str
    commit: str
    load: tuple[float, float]
    runs: dict[str, list[Run]]
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def rounds(self) -> int:
        return max((len(runs) for runs in self.runs.values()), default=0)

    def values(self, reader: str, figure: str) -> list[float]:
        return [run[figure] for run in self.runs.get(reader, ()) if figure in run]

    def ratios(self, reader: str, other: str, figure: str = "wall") -> list[float]:
        """How many times the figure of `reader` is that of `other`, round by round."""
        pairs = zip(self.runs.get(reader, ()), self.runs.get(other, ()), strict=False)
        return [one[figure] / two[figure] for one, two in pairs if one.get(figure) and two.get(figure)]


@dataclass
class Results:
    """`missing`: peers that could not be had, and why. `lines`: what gains cost in lines (see gains.py)."""

    machine: str
    versions: dict[str, str]
    missing: dict[str, str]
    groups: dict[str, Group]
    lines: dict[str, list[int]] = field(default_factory=dict)

    def same_place(self, other: Results) -> bool:
        return (self.machine, self.versions) == (other.machine, other.versions)


def commit() -> str:
    """Of the code that is measured."""
    asked = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def spread(values: list[float], places: int = 2) -> str:
    """Median [least–most], or the one value where all are alike."""
    if not values:
        return "–"
    middle, least, most = (f"{value:,.{places}f}" for value in (median(values), min(values), max(values)))
    return middle if least == most else f"{middle} [{least}–{most}]"


NUMBERS = re.compile(r'\{\s+("\w+": [-\d.e]+(?:,\s+"\w+": [-\d.e]+)*)\s+\}')


def text(results: Results) -> str:
    """As JSON, a line for each run."""
    kept = asdict(results)
    for group in kept["groups"].values():
        group["runs"] = {
            name: [{figure: round(value, 4) for figure, value in run.items()} for run in runs]
            for name, runs in group["runs"].items()
        }
    indented = json.dumps(kept, indent=1, ensure_ascii=False)
    return NUMBERS.sub(lambda found: "{" + " ".join(found[1].split()) + "}", indented) + "\n"


def read(path: Path = PATH) -> Results:
    kept = json.loads(path.read_text(encoding="utf-8"))
    groups = {title: Group(**{**group, "load": tuple(group["load"])}) for title, group in kept.pop("groups").items()}
    return Results(groups=groups, **kept)
