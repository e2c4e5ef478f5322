"""What terminal views share: a console that follows NO_COLOR and the width, bars, and wrapped lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

from moeaudit.text import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

NARROW, WIDE, TALL = 20, 9_999, 25
"""Columns that a page has at least and at most, whatever a terminal or COLUMNS says; and its rows, which nothing here
depends on: rich would read LINES and COLUMNS for them, and take any digit for a number."""

EIGHTHS = " ▏▎▍▌▋▊▉█"


def console(file: TextIO | None = None) -> Console:
    """A console on this stream (stdout by default): colours on a terminal unless NO_COLOR, 80 columns where there is
    none.

    Markup, emoji codes and highlighting are off: what is printed is data, some of it foreign. What is invisible in it
    is written out, whoever prints it.
    """
    from moeaudit.reports.canvas import Canvas

    stream = file or sys.stdout
    out = Canvas(
        file=stream, width=told(stream), height=TALL, markup=False, emoji=False, highlight=False, soft_wrap=False,
        legacy_windows=False,
    )  # fmt: skip
    out.width = min(max(out.width, NARROW), WIDE)
    return out


def told(stream: TextIO) -> int | None:
    """The columns that COLUMNS says, 80 without it; None: rich asks the terminal."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and len(columns) < 7:
        return int(columns)
    return 80 if columns or not stream.isatty() else None


def drawn(draw: Callable[[Console], None]) -> str:
    """What a view prints, as text in the width and with the styles that stdout shows."""
    out = console()
    with out.capture() as captured:
        draw(out)
    return captured.get()


class Page(Protocol):
    """What a writer puts finished lines on, `width` columns wide, for a stream of that `encoding`."""

    width: int
    encoding: str

    def line(self, *pieces: tuple[str, str]) -> None:
        """One line of (text, style), no wider than the page."""


class Styled:
    """A page with styles, on a console."""

    def __init__(self, out: Console) -> None:
        self.out, self.width, self.encoding = out, out.width, out.encoding

    def line(self, *pieces: tuple[str, str]) -> None:
        self.out.print(line(*pieces))


def written(write: Callable[[Page], None]) -> str:
    """What a writer puts on a page, as stdout shows it."""
    from moeaudit.reports.plain import plain_page

    page = plain_page()
    if page is None:
        return drawn(lambda out: write(Styled(out)))
    write(page)
    return page.text()


def section(title: str, out: Console) -> None:
    out.print()
    out.print(line((title, "bold")))


def line(*pieces: tuple[str, str]) -> Text:
    """Styled text; never markup."""
    from rich.text import Text

    return Text.assemble(*pieces)


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


def plain_ascii(out: Console | Page) -> bool:
    """Whether the stream cannot show blocks and dots."""
    return not (out.encoding or "").lower().replace("-", "").startswith("utf")


def safe(text: object, limit: int | None = None) -> str:
    """Foreign text for the terminal: on one line, escapes visible."""
    return visible(str(text), limit=limit)
