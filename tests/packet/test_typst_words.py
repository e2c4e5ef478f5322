"""What typst says, as it is told: a page that asks for what it is not let have is answered in words of ours."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from moeaudit.reports.writers.apart_inside import OURS, _of_typst, _said


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("package not found (searched for @preview/a:1.0.0)", OURS["package"]),
        ("failed to load file (access denied)", OURS["file"]),
        ("cannot read outside of project root", OURS["project root"]),
        ("unknown variable: x (in file page.typ)", "unknown variable: x (in file page.typ)"),
        ("unclosed delimiter", "unclosed delimiter"),
        ("a" * 1001, "a" * 1000),
        ("", ""),
    ],
)
def test_what_is_said(error: str, told: str) -> None:
    """The word counts where typst says it, not in what it quotes in brackets."""
    assert _said(ValueError(error)) == told


@pytest.mark.parametrize(
    ("diagnostic", "line"),
    [
        ("error: no\n  ┌─ page.typ:7:3\n", 7),
        ("error: no\n  --> page.typ:12:3\n", 12),
        ("error: page.typ:7:3\n", None),
        ("  ┌─ page.typ:x:3\n  ┌─ page.typ:9:1\n", 9),
        ("  ┌─ page.md:7:3\n", None),
        ("", None),
    ],
)
def test_the_line_of_it(diagnostic: str, line: int | None) -> None:
    error = SimpleNamespace(diagnostic=diagnostic)
    assert _of_typst(error) == ("", line)  # type: ignore[arg-type]
