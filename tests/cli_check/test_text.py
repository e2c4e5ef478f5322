"""The text view, looked at whole. `expected/` holds what a person approved; MOEAUDIT_APPROVE=1 writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moeaudit.errors import Place
from moeaudit.reports.shown import Shown
from moeaudit.reports.writers.wrapping import cells
from tests.approved import approved
from tests.cli_check.samples import as_text, audit_with, finding, usual

EXPECTED = Path(__file__).parent / "expected"
ESCAPES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("width", [50, 80, 120])
def test_whole_view(width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    text = as_text(usual(tmp_path))
    assert max(cells(line) for line in text.splitlines()) <= width
    assert ESCAPES.search(text) is None
    approved(EXPECTED / f"text-{width}.txt", text)


def test_whole_view_of_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    text = as_text(usual(tmp_path), shown=Shown(all=True, readings=True))
    assert max(cells(line) for line in text.splitlines()) <= 80
    approved(EXPECTED / "text-all-80.txt", text)


def test_claim_and_evidence_stand_side_by_side_both_underlined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = as_text(audit_with(tmp_path, finding())).splitlines()
    row = next(number for number, line in enumerate(lines) if "│" in line)
    claim, evidence = lines[row].index("45B"), lines[row].index("total.full = 46,702,792,704")
    assert lines[row + 1][claim : claim + 3] == "───" and lines[row + 1][evidence : evidence + 27] == "─" * 27
    assert lines[row + 1].count("─") == 30


def test_wide_characters_keep_the_underline_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    card = "# Mixtral 8x7B\n\n总参数量 45B\n"
    lines = as_text(audit_with(tmp_path, finding(place=Place("README.md", 3, 6)), card=card)).splitlines()
    row = next(number for number, line in enumerate(lines) if "│" in line)
    before = lines[row][: lines[row].index("45B")]
    assert lines[row + 1].index("─") == cells(before)


def test_a_line_of_a_megabyte_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    card = "# Mixtral 8x7B\n\n" + "x " * 500_000 + "45B\n"
    text = as_text(audit_with(tmp_path, finding(place=Place("README.md", 3, 1_000_001), derived=None), card=card))
    assert re.search(r"│ …[x ]+45B$", text, re.MULTILINE) and len(text) < 10_000
