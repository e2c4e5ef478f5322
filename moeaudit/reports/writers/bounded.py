"""A document within its limits: of a table, a list or notes in a row so many, with what says how many more there are.

For media whose cost grows with what is set. The JSON has everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from moeaudit.limits import PDF_ROWS
from moeaudit.reports.document.blocks import Block, Column, Facts, Items, Note, Paragraph, Table, Tone
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.runs import Runs, muted, runs
from moeaudit.reports.document.words import Words
from moeaudit.text import exact


def bounded(document: Document, words: Words) -> Document:
    """The document with no more of anything than a page takes."""
    return replace(
        document,
        sections=tuple(replace(section, blocks=tuple(_blocks(section.blocks, words))) for section in document.sections),
    )


def _blocks(blocks: Iterable[Block], words: Words) -> Iterator[Block]:
    """Each block within its limit; of notes that stand in a row so many."""
    for kind, row in groupby(blocks, type):
        found = list(row)
        kept = found[:PDF_ROWS] if kind is Note else found
        yield from (_within(block, words) for block in kept)
        if len(kept) < len(found):
            yield Paragraph(_more(len(found) - len(kept), words), Tone.MUTED)


def _within(block: Block, words: Words) -> Block:
    match block:
        case Table(columns, rows) if len(rows) > PDF_ROWS:
            last = _last(columns, runs(muted(_more(len(rows) - PDF_ROWS, words))))
            return replace(block, rows=(*rows[:PDF_ROWS], last))
        case Items(items) if len(items) > PDF_ROWS:
            return replace(block, items=(*items[:PDF_ROWS], runs(muted(_more(len(items) - PDF_ROWS, words)))))
        case Facts(rows) if len(rows) > PDF_ROWS:
            return replace(block, rows=(*rows[:PDF_ROWS], ((), runs(muted(_more(len(rows) - PDF_ROWS, words))))))
        case Note(lines=lines, panes=panes) if len(lines) > PDF_ROWS or any(len(p.lines) > PDF_ROWS for p in panes):
            fewer = tuple(replace(pane, lines=_fewer(pane.lines, words)) for pane in panes)
            return replace(block, lines=_fewer(lines, words), panes=fewer)
    return block


def _fewer(lines: tuple[Runs, ...], words: Words) -> tuple[Runs, ...]:
    if len(lines) <= PDF_ROWS:
        return lines
    return (*lines[:PDF_ROWS], runs(muted(_more(len(lines) - PDF_ROWS, words))))


def _last(columns: tuple[Column, ...], said: Runs) -> tuple[Runs, ...]:
    """A row with these words in the column that has most room."""
    widest = max(range(len(columns)), key=lambda place: columns[place].width)
    return tuple(said if place == widest else () for place in range(len(columns)))


def _more(count: int, words: Words) -> Runs:
    return words("document.more", n=exact(count))
