"""Pieces of views: panes that are cut, hunks of a patch, text that no forge and no runner takes for more."""

from __future__ import annotations

import pytest

from moeaudit.reports.inert import defused
from moeaudit.reports.links import unlinked
from moeaudit.reports.panes import Pane, cut, folded, marked, plain, side_by_side, wrapped
from moeaudit.reports.patch import render


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
    assert cut(text, width) == shown


@pytest.mark.parametrize(
    ("row", "width", "pieces"),
    [("abcd", 4, ["abcd"]), ("abcde", 4, ["abcd", "e"]), ("模型模", 4, ["模型", "模"]), ("a模型", 4, ["a模", "型"])],
)
def test_rows_are_folded_to_cells(row: str, width: int, pieces: list[str]) -> None:
    assert list(folded(row, width)) == pieces


def test_wrapped_text() -> None:
    assert wrapped("ab cd-ef gh", 5) == ["ab", "cd-ef", "gh"]
    assert wrapped("abcdefg", 5) == ["abcde", "fg"]
    assert wrapped("", 5) == [""]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (None, []), ("", []), ("ab", [("ab", "--")]), ("ab cd", [("ab cd", "-----")]),
        ("ab cd ef", [("ab cd", "-----"), ("ef", "--")]),
    ],
)  # fmt: skip
def test_a_pane_of_plain_text(text: str | None, rows: list[tuple[str, str]]) -> None:
    assert plain(text, 5, "-") == rows


def test_a_pane_has_four_rows_at_most() -> None:
    assert len(plain("aaaa " * 3 + "b c d e f", 5, "-")) == 4


@pytest.mark.parametrize(
    ("before", "words", "after", "row", "under"),
    [
        ("It has ", "14B", " active.", "7 | It has 14B active.", "           ---"),
        ("   x ", "14B", "  ", "7 | x 14B", "      ---"),
        ("", "", " active", "7 |  active", "    -"),
        ("a" * 30, "14B", " active.", "7 | …aaaaaaaaaaa14B act…", "                ---"),
        ("", "1" * 30, "", "7 | " + "1" * 20, "    " + "-" * 20),
        ("", "14B", "a" * 30, "7 | 14B" + "a" * 16 + "…", "    ---"),
    ],
)
def test_a_row_with_the_claim_underlined(before: str, words: str, after: str, row: str, under: str) -> None:
    """24 columns, four of them for the number: 20 are left, of which what follows may keep a quarter."""
    assert marked("7 | ", before, words, after, 24, "-") == (row, under)


def test_panes_beside_each_other() -> None:
    left, right, none = (
        Pane("claim", [("14B", "---")], "red"),
        Pane("evidence", [("12.9B", "-----")], ""),
        Pane("x", [], ""),
    )
    assert [str(row) for row in side_by_side([left, right], 6, 2)] == [
        "  claim    evidence", "  14B      12.9B", "  ---      -----"
    ]  # fmt: skip
    assert [str(row).rstrip() for row in side_by_side([left, none], 6, 2)] == ["  claim", "  14B", "  ---"]


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
