"""HTML in a card as paragraphs and tables."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from moeaudit.claims.card.text import Block, Text, blank, joined
from moeaudit.later import dataclass
from moeaudit.limits import CARD_LINE, TABLE_COLUMNS

_HTML_PARTS = re.compile(
    r"<(?P<close>/?)(?P<tag>table|tr|td|th)(?=[\s/>])(?P<spans>[^<>]{0,2000})>|</(?:p|li|div|h\d)>|<br\b|\n\s*\n",
    re.IGNORECASE,
)
_SPAN = r"\b{}\s*=\s*[\"']?(\d{{1,3}})"


@dataclass(frozen=True)
class _Cell:
    """A cell of an HTML table and how many columns and rows it spans."""

    text: Text
    columns: int
    rows: int
    heads: bool


def html_blocks(lines: list[tuple[int, str]], headings: tuple[str, ...]) -> Iterator[Block]:
    """HTML as paragraphs and tables. A table within a cell is left out, since it is not the outer table's row."""
    source = "\n".join(line[:CARD_LINE] for _, line in lines)
    starts = [0]
    for _, line in lines:
        starts.append(starts[-1] + min(len(line), CARD_LINE) + 1)
    blanked = blank(source)

    def text(start: int, end: int) -> Text:
        pieces: list[tuple[int, int, str]] = []
        for index in range(bisect_right(starts, start) - 1, len(lines)):
            if starts[index] >= end:
                break
            first, last = max(start, starts[index]), min(end, starts[index + 1] - 1)
            pieces.append((lines[index][0], first - starts[index], blanked[first:last]))
        return joined(pieces)

    paragraph, cell, depth = 0, -1, 0
    spans, heads = "", False
    rows: list[list[_Cell]] = []
    for found in _HTML_PARTS.finditer(source):
        tag = (found["tag"] or "").lower()
        if depth == 0 and (not tag or (tag == "table" and not found["close"])):
            yield Block("text", text(paragraph, found.start()), headings=headings)
            paragraph = found.end()
        if depth == 1 and cell >= 0 and (tag in {"td", "th", "tr"} or (tag == "table" and found["close"])):
            value = text(cell, found.start())
            rows[-1].append(_Cell(value, _span("colspan", spans), _span("rowspan", spans), heads))
            cell = -1
        if tag == "table":
            depth = max(0, depth + (-1 if found["close"] else 1))
            if depth == 0:
                yield _html_table([row for row in rows if row], headings)
                rows, paragraph = [], found.end()
        elif depth == 1 and tag == "tr" and not found["close"]:
            rows.append([])
        elif depth == 1 and tag in {"td", "th"} and not found["close"] and rows and len(rows[-1]) < TABLE_COLUMNS:
            cell, spans, heads = found.end(), found["spans"], tag == "th"
    if depth:
        yield _html_table([row for row in rows if row], headings)
    else:
        yield Block("text", text(paragraph, len(source)), headings=headings)


def _html_table(rows: list[list[_Cell]], headings: tuple[str, ...]) -> Block:
    """A table, its last row of heads the one that labels the columns; rows of heads above it head the table."""
    heads = next((at for at, row in enumerate(rows) if not all(cell.heads for cell in row)), len(rows))
    grid = _grid(rows)
    above = tuple(cell.text.value for row in rows[: max(0, heads - 1)] for cell in row if cell.text.value)
    return Block("table", rows=grid[max(0, heads - 1) :], headings=(*headings, *above), headed=heads > 0)


def _span(name: str, attributes: str) -> int:
    found = re.search(_SPAN.format(name), attributes, re.IGNORECASE)
    return min(TABLE_COLUMNS, max(1, int(found[1]))) if found else 1


def _grid(rows: list[list[_Cell]]) -> tuple[tuple[Text, ...], ...]:
    """Rows of an HTML table with every cell in each column and row that it spans."""
    grid: list[tuple[Text, ...]] = []
    below: dict[int, tuple[Text, int]] = {}
    for row in rows:
        filled: list[Text] = []
        cells = iter(row)
        while len(filled) < TABLE_COLUMNS:
            column = len(filled)
            if column in below:
                value, left = below.pop(column)
                if left > 1:
                    below[column] = (value, left - 1)
                filled.append(value)
                continue
            cell = next(cells, None)
            if cell is None:
                break
            for _ in range(cell.columns):
                if cell.rows > 1:
                    below[len(filled)] = (cell.text, cell.rows - 1)
                filled.append(cell.text)
        grid.append(tuple(filled))
    return tuple(grid)
