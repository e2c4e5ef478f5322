"""Without styles a page is written without rich, and says the same as the one that rich writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moeaudit.checks.facts import Facts
from moeaudit.checks.registry import run
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.reports.inspected import Inspected, views
from moeaudit.reports.plain import plain_page
from moeaudit.reports.terminal import NARROW, WIDE

FIXTURES = sorted(Path(__file__).parents[2].joinpath("fixtures").glob("*.evidence.json"))


@pytest.mark.parametrize("columns", [None, "20", "41", "80", "133"])
def test_whole_inspections_are_the_same(columns: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    for path in FIXTURES[::4]:
        one = inspect_evidence(read_evidence(path.read_bytes(), path.name))
        text = views(Inspected(one, tuple(run(Facts(one)))), everything=True)["text"]
        plain = text()
        with monkeypatch.context() as styled:
            styled.setenv("FORCE_COLOR", "1")
            coloured = text()
        assert isinstance(plain, str) and isinstance(coloured, str)
        assert "\x1b[" in coloured and "\x1b" not in plain
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize(
    ("columns", "width"), [("", 80), ("100", 100), ("3", NARROW), ("999999", WIDE), ("-1", 80), ("８０", 80), ("x", 80)]
)
def test_how_wide_it_is(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", columns)
    page = plain_page()
    assert page is not None and page.width == width


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_who_asks_for_styles_gets_them(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    assert plain_page() is None
