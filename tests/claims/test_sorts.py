"""Which figures can be values of which sort: each bound with the value at it, one below and one above."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.fields import (
    CONTEXT,
    COUNT,
    FIELDS_OF,
    HOURS,
    NEVER,
    PARAMETERS,
    TOKENS,
    borne_out,
    field_of,
    fits,
)  # fmt: skip
from moeaudit.claims.figures import parse_figure

FITS = {
    PARAMETERS: ("10M", "10,000,000", "10000000", "46.7B", "1T", "1000B"),
    COUNT: ("0", "1", "8", "4,096"),
    CONTEXT: ("512", "1K", "128k", "100M", "32,768", "13万"),
    TOKENS: ("1B", "1,000,000,000", "14.8T"),
    HOURS: ("1000", "1K", "2.788M"),
}
"""Figures just within, and common ones."""
NOT = {
    PARAMETERS: ("9.9M", "9,999,999", "10,000k", "20,000 thousand", "50 %", "8"),
    COUNT: ("4,097", "-1", "8.5", "8-16", "8%", "1K", "0.5"),
    CONTEXT: ("511", "101M", "32%", "1B", "at least 4096", "4096+", "100,000,001", "8千", "1百万"),
    TOKENS: ("999M", "999,999,999", "50%"),
    HOURS: ("999", "99%"),
}


@pytest.mark.parametrize(("sort", "text"), [(sort, text) for sort, texts in FITS.items() for text in texts])
def test_a_figure_of_the_sort(sort: str, text: str) -> None:
    figure = parse_figure(text)
    assert figure is not None and fits(sort, figure)


@pytest.mark.parametrize(("sort", "text"), [(sort, text) for sort, texts in NOT.items() for text in texts])
def test_a_figure_of_no_such_sort(sort: str, text: str) -> None:
    figure = parse_figure(text)
    assert figure is None or not fits(sort, figure)


def test_a_row_is_found_by_its_noun_and_all_of_its_modifiers() -> None:
    """The first that fits, as they are listed; a modifier that makes a part of it leaves none."""
    for at, row in enumerate(FIELDS_OF):
        before = [one for one in FIELDS_OF[:at] if one.noun == row.noun and one.needs <= row.needs]
        wanted = before[0] if before else row
        barred = row.needs & NEVER.get(row.noun, frozenset())
        assert field_of(row.noun, row.needs) == (None if barred else wanted)
    for noun, modifiers in NEVER.items():
        assert {one for one in modifiers if field_of(noun, {one}) is not None} == set()
    assert field_of("nothing of the kind", set()) is None


def test_a_figure_that_the_evidence_counts() -> None:
    known = {"total.full": 46_702_792_704, "layers": 32}
    assert borne_out("architecture.total_parameters", parse_figure("46.7B"), known)
    assert not borne_out("architecture.total_parameters", parse_figure("45B"), known)
    assert not borne_out("architecture.total_parameters", None, known)
    assert not borne_out("no.such.field", parse_figure("46.7B"), known)
    assert not borne_out(None, parse_figure("46.7B"), known)
