"""Source lines as one clean text: white space single, every sign with the place where it stood."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.text import clean


def placed(*lines: str) -> tuple[str, list[tuple[int, int]]]:
    found = clean(list(enumerate(lines, 1)))
    assert len(found.value) == len(found.at)
    return found.value, list(found.at)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("a  b",), "a b"),
        (("a \t  b",), "a b"),
        (("a\tb",), "a b"),
        (("  a b  ",), "a b"),
        (("a ", " b"), "a b"),
        (("a", "b"), "a b"),
        (("a", "", "b"), "a b"),
        (("", "a"), "a"),
        (("a\u00a0 b",), "a b"),
        (("",), ""),
        (("   ", "\t"), ""),
    ],
)
def test_white_space_is_single(lines: tuple[str, ...], text: str) -> None:
    assert placed(*lines)[0] == text


def test_every_sign_has_its_place() -> None:
    """Line and column from 1; of several blanks the first, between lines the end of the first one."""
    assert placed("a  b", " c")[1] == [(1, 1), (1, 2), (1, 4), (1, 5), (2, 2)]
