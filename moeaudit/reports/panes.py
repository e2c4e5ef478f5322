"""Two texts beside each other, each underlined: the claim as it stands in its file, and the evidence.

Widths are in cells of a terminal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from moeaudit.claims.claim import Origin
from moeaudit.later import dataclass
from moeaudit.reports.terminal import safe

if TYPE_CHECKING:
    from rich.text import Text

    from moeaudit.checks.finding import Finding
    from moeaudit.reports.statements import Seen


@dataclass(frozen=True)
class Pane:
    """A heading and rows of (text, underline); the underline takes `style`."""

    heading: str
    rows: Sequence[tuple[str, str]]
    style: str


def plain(text: str | None, width: int, rule: str) -> list[tuple[str, str]]:
    """Text wrapped to the width, every row underlined whole. At most four rows."""
    if not text:
        return []
    return [(row, rule * cells(row)) for row in wrapped(safe(text, 4 * width), width)[:4]]


def excerpt(finding: Finding, seen: Seen, width: int, rule: str) -> list[tuple[str, str]]:
    """The line that a finding stands on, cut around its column, the claim underlined; nothing where it is not at hand.

    A claim of a claim file is shown as its key and value, one of a catalogue as its value.
    """
    place, held = finding.place, seen.claim(finding)
    if place is None or place.line is None:
        return []
    length = held.claim.length if held is not None else 0
    margin = f"{place.line} {'│' if rule == '─' else '|'} "
    row = seen.line(place)
    if row is None:
        if held is None:
            return []
        claim = held.claim
        key = f"{claim.path.rpartition('.')[2]}: " if claim.origin is Origin.CLAIM_FILE else ""
        stated = f" ({claim.denominator})" if claim.denominator else ""
        return [marked(margin, key, claim.printed, stated, width, rule)]
    start = (place.column or 1) - 1
    length = max(length, 1) if place.column else len(row)  # without a column the whole line is meant
    return [marked(margin, row[:start], row[start : start + length], row[start + length :], width, rule)]


def marked(margin: str, before: str, words: str, after: str, width: int, rule: str) -> tuple[str, str]:
    """One row with `words` underlined: cut on the left where they would stand too far right, then on the right."""
    room = max(width - len(margin), 12)
    words = cut(safe(words[:room], room), room)
    before, after = safe(before[-room:].lstrip()), safe(after[:room].rstrip())
    spare = min(cells(after), room // 4)
    if cells(before) + cells(words) + spare > room:
        keep = room - cells(words) - spare - 1
        while before and cells(before) > keep:
            before = before[1:]
        before = f"…{before}" if keep > 0 else ""
    after = cut(after, room - cells(before) - cells(words))
    return f"{margin}{before}{words}{after}", " " * (cells(margin) + cells(before)) + rule * max(cells(words), 1)


def side_by_side(panes: Sequence[Pane], width: int, indent: int) -> Iterator[Text]:
    """The panes as printable rows: headings, then text and underline in turn."""
    from rich.text import Text

    columns = [
        [(pane.heading, "dim"), *(cell for text, under in pane.rows for cell in ((text, ""), (under, pane.style)))]
        if pane.rows
        else []
        for pane in panes
    ]
    for row in zip_longest(*columns, fillvalue=("", "")):
        built = Text(" " * indent)
        for number, (text, style) in enumerate(row):
            built.append(text, style)
            if number < len(row) - 1 and any(later for later, _ in row[number + 1 :]):
                built.append(" " * (width + 3 - cells(text)))
        yield built


def wrapped(text: str, width: int) -> list[str]:
    """Text broken at spaces into rows of at most `width` cells, long words broken too."""
    rows = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    return [piece for row in rows for piece in folded(row, width)]


def folded(row: str, width: int) -> Iterator[str]:
    """A row in pieces that fit: characters of two cells make a row longer than its letters."""
    while cells(row) > width:
        piece = row[:width]
        while cells(piece) > width:
            piece = piece[:-1]
        yield piece
        row = row[len(piece) :]
    yield row


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, with an ellipsis where something is left out."""
    if cells(text) <= width:
        return text
    while text and cells(text) > width - 1:
        text = text[:-1]
    return f"{text}…" if width > 0 else ""


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
