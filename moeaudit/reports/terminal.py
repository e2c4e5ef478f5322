"""What terminal views share: a console that follows NO_COLOR and the width, bars, and wrapped lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from moeaudit.text import visible

if TYPE_CHECKING:
    from rich.console import Console

EIGHTHS = " ▏▎▍▌▋▊▉█"


def console(file: TextIO | None = None) -> Console:
    """A console on this stream (stdout by default): colours on a terminal unless NO_COLOR, 80 columns where there is
    none.

    Markup, emoji codes and highlighting are off: what is printed is data, some of it foreign. What is invisible in it
    is written out, whoever prints it.
    """
    from moeaudit.reports.canvas import Canvas

    stream = file or sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else 80
    return Canvas(
        file=stream, width=width, markup=False, emoji=False, highlight=False, soft_wrap=False, legacy_windows=False
    )


def drawn(draw: Callable[[Console], None]) -> str:
    """What a view prints, as text in the width and with the styles that stdout shows."""
    out = console()
    with out.capture() as captured:
        draw(out)
    return captured.get()


def bar(part: int, whole: int, width: int, *, ascii_only: bool = False) -> str:
    """`part` of `whole` as a bar of at most `width` cells, to an eighth of a cell; anything above nothing shows at
    least one eighth."""
    if whole <= 0 or part <= 0 or width <= 0:
        return ""
    eighths = min(max(1, round(8 * width * part / whole)), 8 * width)
    if ascii_only:
        return "#" * max(1, eighths // 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (EIGHTHS[rest] if rest else "")


def plain_ascii(out: Console) -> bool:
    """Whether the stream cannot show blocks and dots."""
    return not (out.encoding or "").lower().replace("-", "").startswith("utf")


def safe(text: object, limit: int | None = None) -> str:
    """Foreign text for the terminal: on one line, escapes visible."""
    return visible(str(text), limit=limit)
