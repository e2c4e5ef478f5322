"""The fault matrix as data (`matrix.yaml`): every fault at every place where it is tried, and what is to come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.faults.stage import Fault

MATRIX = Path(__file__).parent / "matrix.yaml"


@dataclass(frozen=True)
class Row:
    """What comes of a fault at one place.

    `exit`: the exit code. `says`: the one line on stderr, with `{hub}` and `{storage}` for addresses; empty where the
    report is that of a good Hub. `report`: `same`, `other` where the report rightly differs, or `none`. `kept`: what
    stands in the cache afterwards: `nothing`, `whole` (some of the small files, each whole), `all`, or `other`.
    """

    fault: Fault
    where: str
    exit: int
    kept: str
    says: str = ""
    report: str = "none"

    @property
    def id(self) -> str:
        return f"{self.fault.id}@{self.where}"


@cache
def matrix() -> tuple[Row, ...]:
    return tuple(_rows(yaml.load(MATRIX.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))))


def _rows(faults: list[dict[str, Any]]) -> Iterator[Row]:
    known = {one.name for one in fields(Fault)}
    for given in faults:
        rows = given.pop("rows")
        assert given.keys() <= known, given
        fault = Fault(**{**given, "args": tuple(given.get("args", ()))})
        yield from (Row(fault, **row) for row in rows)
