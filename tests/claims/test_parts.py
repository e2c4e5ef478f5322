"""Whether a figure is a place in a row, and whether two stand in one bracket."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.marks import mark
from moeaudit.claims.card.parts import bracketed, is_numbered


@pytest.mark.parametrize(
    ("text", "numbered"),
    [
        ("Table 3", True),
        ("table 3", True),
        ("Phase 2B", True),
        ("第3层", True),
        ("第 3 层", True),
        ("Phase 999B", True),
        ("Phase 1000B", False),
        ("Phase 1T", False),
        ("Table  3", False),
        ("Table: 3", False),
        ("Apple 3", False),
        ("3 tables", False),
        ("Table three", True),
    ],
)
def test_a_figure_that_is_a_place_in_a_row(text: str, numbered: bool) -> None:
    marks = mark(text)
    at = next(at for at, one in enumerate(marks) if one.figure)
    assert is_numbered(marks, at) == numbered
    assert not is_numbered(marks, 0)
    assert not is_numbered([*mark("Table"), *mark("experts")], 1)


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("33B parameters (8 experts)", True),
        ("33B（8 experts）", True),
        ("33B parameters 8 experts", False),
        ("33B parameters (active) 8 experts", False),
        ("33B parameters（active）8 experts", False),
        ("33B parameters (active, 8 experts)", False),
        ("33B parameters (active，8 experts)", False),
        ("33B parameters (active; 8 experts)", True),
        ("(33B parameters 8 experts)", False),
    ],
)
def test_a_bracket_that_opens_between_two_figures(text: str, together: bool) -> None:
    marks = mark(text)
    first, second = (at for at, one in enumerate(marks) if one.figure)
    assert bracketed(marks, first, second) == together
