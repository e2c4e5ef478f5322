"""Without styles a page is written without rich, and is the same as rich writes it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from moeaudit.checks.facts import Facts
from moeaudit.checks.registry import run
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.reports.inspection_text import render
from moeaudit.reports.plain import LEAST, WIDER, NotPlainError, Plain
from moeaudit.reports.terminal import Page, Styled, drawn, written

FIXTURES = sorted(Path(__file__).parents[2].joinpath("fixtures").glob("*.evidence.json"))

TEXTS = st.lists(st.one_of(st.sampled_from(["", " ", "  ", "a", "of 12", "·", "—"]),
                           st.text("abz ×–…█09.", max_size=150)), max_size=30).map(" ".join)


def by_rich(width: int) -> tuple[io.StringIO, Styled]:
    stream = io.StringIO()
    return stream, Styled(Console(file=stream, width=width, markup=False, emoji=False, highlight=False))


@given(TEXTS, st.integers(LEAST, 130))
def test_lines_are_broken_as_rich_breaks_them(text: str, width: int) -> None:
    page, (stream, rich) = Plain(width, "utf-8"), by_rich(width)
    for out in (page, rich):
        out.line((text[:7], "bold"), (text[7:], ""))
    assert page.text() == stream.getvalue()


@given(TEXTS, st.sampled_from(["", "claimed", "layers: 10"]), st.integers(LEAST, 130), st.sampled_from([10, 14]))
def test_labels_stand_where_rich_puts_them(text: str, label: str, width: int, room: int) -> None:
    page, (stream, rich) = Plain(width, "utf-8"), by_rich(width)
    for out in (page, rich):
        out.labelled(label, text, room)
    assert page.text() == stream.getvalue()


def test_every_plain_sign_takes_one_cell() -> None:
    """By the table of the library itself."""
    signs = [sign for sign in map(chr, range(sys.maxunicode)) if not WIDER.search(sign)]
    assert len(signs) > 500
    assert {cell_len(sign) for sign in signs} == {1}


@pytest.mark.parametrize("text", ["模型", "é́", "a\tb", "a\nb", "\x1b[1m", "👍"])
def test_other_signs_are_left_to_rich(text: str) -> None:
    with pytest.raises(NotPlainError):
        Plain(80, "utf-8").line((text, ""))


def test_a_page_with_such_a_sign_is_the_one_that_rich_writes() -> None:
    def write(out: Page) -> None:
        out.line(("plain", ""))
        out.labelled("name", "模型" * 30, 10)

    assert written(write) == drawn(lambda out: write(Styled(out)))


@pytest.mark.parametrize("columns", [None, "20", "41", "80", "133"])
def test_whole_inspections_are_the_same(columns: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    for path in FIXTURES[::4]:
        one = inspect_evidence(read_evidence(path.read_bytes(), path.name))
        found = run(Facts(one))
        assert written(lambda out: render(one, found, out)) == drawn(  # noqa: B023 - called at once
            lambda out: render(one, found, Styled(out)))  # noqa: B023
