"""Lines as text without styles, for a stdout that is no terminal: loading rich takes as long as all the counting."""

from __future__ import annotations

import os
import sys

from moeaudit.reports.terminal import NARROW, WIDE, told

ALSO_STYLED = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Variables that ask for a terminal's styles where there is none."""


class Plain:
    """Collects what is printed, in `width` columns. `encoding` is that of the stream it is for."""

    def __init__(self, width: int, encoding: str) -> None:
        self.width, self.encoding = width, encoding
        self.lines: list[str] = []

    def line(self, *pieces: tuple[str, str]) -> None:
        """One line of (text, style)."""
        self.lines.append("".join(text for text, _ in pieces))

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def plain_page() -> Plain | None:
    """A page as wide as stdout; None where that shows styles."""
    if sys.stdout.isatty() or any(name in os.environ for name in ALSO_STYLED):
        return None
    return Plain(min(max(told(sys.stdout) or 80, NARROW), WIDE), sys.stdout.encoding or "utf-8")
