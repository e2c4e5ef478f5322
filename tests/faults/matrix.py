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

    `exit`: the exit code. `says`: the one line on stderr behind `moeaudit: `, with `{hub}` for its address; empty
    where there is none. `report`: `same` as of a good Hub, `other` where it rightly differs, or `none`. `kept`: what
    stands in the cache afterwards: `nothing`, `whole` (some of what a good run keeps, each as it keeps it), `all` of
    that, or `other` (its small files, and a listing and tables of their own). `most`: requests at most.
    """

    fault: Fault
    where: str
    exit: int
    kept: str
    says: str = ""
    report: str = "none"
    most: int = 700

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
        yield from (Row(fault, **{"report": "none" if row["exit"] else "same", **row}) for row in rows)
