"""Families without a recorded table: one file each under `sizes/`, sizes from the release or its paper, held against
the printed totals.

`unmatched`: what a vendor prints that none of these denominators gives; the docs say so too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.claims.figures import parse_figure
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Count, Value

CASES = sorted((Path(__file__).parent / "sizes").glob("*.json"))
MISSED = [path for path in CASES if '"unmatched"' in path.read_text()]


def measured(case: dict[str, Any]) -> dict[str, Value]:
    return measure_all(config_ledger(describe(Config(case["config"]))))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_printed_figures_come_out(path: Path) -> None:
    case = json.loads(path.read_text())
    values = measured(case)
    for denominator, printed in case["printed"].items():
        value, figure = values[denominator], parse_figure(printed)
        assert isinstance(value, Count)
        assert figure is not None
        coarse = figure.coarse() or figure  # "480B" may have two digits that count
        assert figure.matches(value.value) or coarse.matches(value.value), (denominator, value)


@pytest.mark.parametrize("path", MISSED, ids=lambda path: path.stem)
def test_what_fits_nothing_is_said_to(path: Path) -> None:
    case = json.loads(path.read_text())
    for beginning, printed in case["unmatched"].items():
        figure = parse_figure(printed)
        assert figure is not None
        alike = [(name, value) for name, value in measured(case).items() if name.startswith(beginning)]
        assert len(alike) > 2
        assert not [name for name, value in alike if isinstance(value, Count) and figure.matches(value.value)]
