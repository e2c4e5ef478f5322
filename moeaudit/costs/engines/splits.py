"""What engines do with a layout that cuts a quantised matrix inside what shares a scale: data/engines/splits.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

from moeaudit.costs.engines.read import number, title
from moeaudit.data import parsed
from moeaudit.later import dataclass


class Does(StrEnum):
    """What an engine does with such a layout."""

    REFUSE = "refuse"
    FAIL = "fail"
    REFINE = "refine"
    PAD = "pad"
    RUN = "run"


@dataclass(frozen=True)
class SplitRule:
    """What an engine does with a form's matrix of a kind, from a version until before another; `least`: the smallest
    tile it repeats scales for; `unnamed`: the oldest version that a run may be of that names none."""

    engine: str
    form: str
    matrix: str
    does: Does
    first: str
    until: str
    least: int
    source: str
    unnamed: str = ""

    def holds(self, version: str) -> bool:
        """Whether it is the rule of that version; where none is named, of one that is in use."""
        if not version:
            return not self.until or number(self.until) > number(self.unnamed)
        mine = number(version)
        return (not self.first or mine >= number(self.first)) and (not self.until or mine < number(self.until))

    @property
    def who(self) -> str:
        """The engine and its versions in words: "vLLM before 0.29"."""
        when = f" before {self.until}" if self.until else f" from {self.first}" if self.first else ""
        return title(self.engine) + when


@lru_cache(maxsize=1)
def table() -> tuple[SplitRule, ...]:
    """Every rule, in the order of the file."""
    file = files("moeaudit.costs") / "data" / "engines" / "splits.yaml"
    data: Mapping[str, Any] = parsed(file.read_text(encoding="utf-8"))
    sources = data["sources"]
    return tuple(
        SplitRule(
            row["engine"],
            row["form"],
            row["matrix"],
            Does(row["does"]),
            row.get("from", ""),
            row.get("until", ""),
            row.get("least", 0),
            sources[row["source"]],
            data["unnamed"][row["engine"]],
        )
        for row in data["rules"]
    )


def rules(engine: str, version: str, form: str, matrix: str) -> list[SplitRule]:
    """The rules of an engine at a version (at any, where none is named) for a form's matrix."""
    return [
        rule
        for rule in table()
        if (rule.engine, rule.form, rule.matrix) == (engine, form, matrix) and rule.holds(version)
    ]
