"""Pieces of views: panes that are cut, hunks of a patch, text that no forge and no runner takes for more."""

from __future__ import annotations

import pytest

from moeaudit.reports.document.blocks import Pane
from moeaudit.reports.document.runs import Plain, muted, strong
from moeaudit.reports.inert import defused
from moeaudit.reports.links import unlinked
from moeaudit.reports.patch import render
from moeaudit.reports.plain import Plain as PlainPage
from moeaudit.reports.writers.around import around, beginning, end
from moeaudit.reports.writers.terminal import Terminal
from moeaudit.reports.writers.wrapping import Line, width_of


def told(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("模型", 4, "模型"),
        ("模型", 3, "模…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("", 0, ""),
    ],
)
def test_text_is_cut_to_cells(text: str, width: int, shown: str) -> None:
    assert told(beginning([(text, "")], width)) == shown
    assert told(end([(text[::-1], "")], width)) == shown[::-1]


@pytest.mark.parametrize(
    ("before", "words", "after", "row"),
    [
        ("It has ", "14B", " active.", "7 | It has 14B active."),
        ("a" * 30, "14B", " active.", "7 | …aaaaaaaaaaa14B act…"),
        ("a" * 30, "14B", "", "7 | …" + "a" * 16 + "14B"),
        ("", "1" * 30, "", "7 | " + "1" * 19 + "…"),
        ("", "14B", "a" * 30, "7 | 14B" + "a" * 16 + "…"),
        ("模" * 30, "14B", " active.", "7 | …模模模模模14B acti…"),
    ],
)
def test_a_line_is_cut_around_its_mark(before: str, words: str, after: str, row: str) -> None:
    """24 columns, four of them for the number: 20 are left, of which what follows may keep a quarter. A sign of two
    cells leaves one over, which goes to what follows."""
    cut = around([("7 | ", "dim"), (before, ""), (words, "bold"), (after, "")], 24, "bold", "dim")
    assert told(cut) == row and width_of(cut) <= 24
    assert [text.rstrip("…") for text, style in cut if style == "bold"] == [words[: 20 if len(words) <= 20 else 19]]


def test_a_narrow_line_has_no_number() -> None:
    line: Line = [("7 | ", "dim"), ("has ", ""), ("14B", "bold"), (" active", "")]
    assert told(around(line, 10, "bold", "dim")) == "has 14B a…"


@pytest.mark.parametrize(("width", "rows"), [
    (80, ["  Claimed                                 Evidence",
          "  7 │ It has 14B.                         12.9B or more",
          "             ───                          ─────────────"]),
    (40, ["  Claimed", "  7 │ It has 14B.", "             ───", "  Evidence", "  12.9B or more", "  ─────────────"]),
])  # fmt: skip
def test_panes_beside_each_other(width: int, rows: list[str]) -> None:
    """Where there is room; below each other where there is none. What is marked is underlined."""
    claimed = Pane((Plain("Claimed"),), ((muted("7 │ "), Plain("It has "), strong("14B"), Plain(".")),), "error")
    evidence = Pane((Plain("Evidence"),), ((strong("12.9B or more"),),), "evidence")
    page = PlainPage(width, "utf-8")
    Terminal(page).panes((claimed, evidence), "", 2)
    assert page.text().splitlines() == rows


LINES = b"".join(b"%d\n" % number for number in range(1, 21))


def patched(*changed: int, data: bytes = LINES) -> str:
    lines = data.split(b"\n")
    for number in changed:
        lines[number - 1] += b"x"
    return render([("f", data, b"\n".join(lines))]).decode()


@pytest.mark.parametrize(
    ("changed", "hunks"),
    [
        ((1,), ["@@ -1,4 +1,4 @@"]),
        ((10,), ["@@ -7,7 +7,7 @@"]),
        ((20,), ["@@ -17,4 +17,4 @@"]),
        ((5, 11), ["@@ -2,13 +2,13 @@"]),
        ((5, 12), ["@@ -2,14 +2,14 @@"]),  # lines 2-8 and 9-15 touch
        ((5, 13), ["@@ -2,7 +2,7 @@", "@@ -10,7 +10,7 @@"]),
        ((), []),
    ],
)
def test_three_lines_around_each_change(changed: tuple[int, ...], hunks: list[str]) -> None:
    assert [line for line in patched(*changed).splitlines() if line.startswith("@@")] == hunks


def test_lines_that_follow_each_other_are_taken_out_before_others_come_in() -> None:
    assert patched(2, 3, data=b"1\n2\n3\n4\n").splitlines() == [
        "--- a/f", "+++ b/f", "@@ -1,4 +1,4 @@", " 1", "-2", "-3", "+2x", "+3x", " 4"
    ]  # fmt: skip


def test_a_last_line_without_an_end_is_said_to_have_none() -> None:
    assert patched(1, data=b"1").splitlines()[3:] == [
        "-1", "\\ No newline at end of file", "+1x", "\\ No newline at end of file"
    ]  # fmt: skip


def test_a_name_with_a_space_ends_in_a_tab() -> None:
    assert render([("a b", b"1\n", b"2\n")]).startswith(b"--- a/a b\t\n+++ b/a b\t\n")
    assert render([("ab", b"1\n", b"2\n")]).startswith(b"--- a/ab\n+++ b/ab\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@org", "@<!-- -->org"), ("#12", "#<!-- -->12"), ("o/r#12", "o/r#<!-- -->12"), ("gh-12", "gh-<!-- -->12"),
        ("GH-12", "GH-<!-- -->12"), ("https://a", "https:<!-- -->//a"), ("www.a", "www<!-- -->.a"),
        ("mailto:a", "mailto<!-- -->:a"), ("xmpp:a", "xmpp<!-- -->:a"),
        ("@ org", "@ org"), ("# 12", "# 12"), ("gh-a", "gh-a"), ("a: b", "a: b"), ("www a", "www a"), ("14B", "14B"),
    ],
)  # fmt: skip
def test_what_a_forge_would_link(text: str, shown: str) -> None:
    assert unlinked(text) == shown


@pytest.mark.parametrize(
    ("form", "text", "shown"),
    [
        ("text", "::error::x", "\\::error::x"), ("text", "  ::x", "  \\::x"), ("text", "a\n::x", "a\n\\::x"),
        ("text", "a ::x", "a ::x"), ("text", "a ##[x]", "a ##\\[x]"),
        ("json", "::x ##[y]", "::x ##\\u005b" + "y]"), ("sarif", "##[", "##\\u005b"), ("yaml", "##[", "##\\u005b"),
        ("html", "::x ##[y]", "&#58;:x ##&#91;y]"), ("junit", "::x", "&#58;:x"), ("markdown", "::x", "\\::x"),
    ],
)  # fmt: skip
def test_what_a_runner_would_take_for_a_command(form: str, text: str, shown: str) -> None:
    assert defused(text, form) == shown
