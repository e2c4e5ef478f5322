"""Lines and labels as text without styles: what rich makes of them where stdout is no terminal, at a tenth of its cost.

Loading rich and laying out a dozen grids took as long as all the counting. What it alone can measure, signs wider or
narrower than a cell, is left to it (NotPlainError). A test holds both to the same text.
"""

from __future__ import annotations

import os
import re
import sys
from itertools import pairwise

from moeaudit.later import expression

WIDTH = 80
"""Columns where nobody says how many."""

LEAST = 40
"""Columns below which rich gives less room to labels."""

ALSO_STYLED = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Variables that ask for a terminal's styles where there is none."""

WIDER = expression(r"[^ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u2013\u2014\u2026\u2190-\u21ff\u2500-\u25fc]")
"""A sign that may not take one cell."""

WORD = expression(r"\s*\S+\s*")


class NotPlainError(Exception):
    """What only rich knows to lay out."""


class Plain:
    """Collects what is printed, in `width` columns. `encoding` is that of the stream it is for."""

    def __init__(self, width: int, encoding: str) -> None:
        self.width, self.encoding = width, encoding
        self.lines: list[str] = []

    def line(self, *pieces: tuple[str, str]) -> None:
        """One line of (text, style), wrapped where it is too long."""
        self.lines += wrapped("".join(text for text, _ in pieces), self.width)

    def labelled(self, label: str, text: str, room: int) -> None:
        """A label in `room` columns, and its text, wrapped beside it."""
        if len(label) > room:
            raise NotPlainError
        for row in wrapped(text, self.width - room - 3):
            self.lines.append(f"  {label:<{room}} {row}".ljust(self.width))
            label = ""

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def plain_page() -> Plain | None:
    """A page as wide as stdout; None where that shows styles, or only rich can tell its width."""
    columns = os.environ.get("COLUMNS") or str(WIDTH)
    if sys.stdout.isatty() or any(name in os.environ for name in ALSO_STYLED):
        return None
    if not re.fullmatch("[0-9]{2,4}", columns) or int(columns) < LEAST:
        return None
    return Plain(int(columns), sys.stdout.encoding or "utf-8")


def wrapped(text: str, width: int) -> list[str]:
    """Text as rich breaks it: before words that do not fit, inside those longer than a row. Spaces at the end of a row
    stay as far as they fit."""
    if WIDER.search(text):
        raise NotPlainError
    starts, filled = [0], 0
    for match in WORD.finditer(text):
        start, word = match.start(), match[0]
        length = len(word.rstrip())
        if length <= width - filled:
            filled += len(word)
        elif length <= width:
            starts.append(start)
            filled = len(word)
        else:
            starts += range(start, start + len(word), width)
            filled = (len(word) - 1) % width + 1
    rows = [text[start:end] for start, end in pairwise([*dict.fromkeys(starts), len(text)])]
    return [row[:width] if row[width:].isspace() else row for row in rows]
