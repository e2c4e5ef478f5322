"""The band of the cache's budget, held against sources that it was not read from: each source is left out in turn, and
its rows are predicted with what its figures would be from the others alone (tests/costs/left_out.yaml)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import yaml

from moeaudit.costs.engines.read import Band, Engine, number
from tools.calibration.measured import Prediction, Row, available, rows
from tools.calibration.models import DATA


@lru_cache(maxsize=1)
def sources() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DATA / "left_out.yaml").read_text(encoding="utf-8"))["sources"]
    return loaded


def without(row: Row) -> str:
    """The source whose figures the row gave; empty where it gave none."""
    return next((name for name, one in sources().items() if row.id in one["rows"]), "")


def refitted(found: Engine, name: str) -> Engine:
    """The engine's figures as the other sources give them."""
    one = sources()[name]
    early = "until" in one and number(found.version or "99") < number(one["until"])
    return replace(
        found, **{field: _figure(found, field, given) for field, given in one["before" if early else "after"].items()}
    )


def _figure(found: Engine, field: str, given: Any) -> Any:
    old = getattr(found, field)
    if isinstance(given, Mapping):
        shape = old[-1][1] if old else Band(0, 0, 0, "")
        spread = shape.low < shape.value or shape.high > shape.value
        return tuple(
            (
                int(size),
                Band(value, min(shape.low, value), max(shape.high, value), "")
                if spread
                else Band(value, value, value, ""),
            )
            for size, value in given.items()
        )
    if isinstance(given, list):
        return Band(*given, "")
    return Band(given, given, given, "")


def predictions() -> Iterator[tuple[Row, str, Prediction]]:
    """Every row of memory left for the cache, the source left out ("" where the row gave nothing), and what is
    predicted."""
    for row in rows():
        if row.quantity == "available" and not row.missing:
            name = without(row)
            yield row, name, available(row, (lambda found, name=name: refitted(found, name)) if name else None)


def held(row: Row, found: Prediction) -> bool:
    assert found.band is not None
    return found.band[0] <= row.value <= found.band[1]
