"""Families without a recorded table: one file each under `sizes/`, sizes from the paper, held against the printed
totals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.claims.figures import parse_figure
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Count

CASES = sorted((Path(__file__).parent / "sizes").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_printed_figures_come_out(path: Path) -> None:
    case = json.loads(path.read_text())
    measured = measure_all(config_ledger(describe(Config(case["config"]))))
    for denominator, printed in case["printed"].items():
        value, figure = measured[denominator], parse_figure(printed)
        assert isinstance(value, Count)
        assert figure is not None
        assert figure.matches(value.value) is not None, (denominator, value)
