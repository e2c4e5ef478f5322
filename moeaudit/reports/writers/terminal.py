"""A report in a terminal: lines that are measured, broken and styled here, so that any page can take them as they are.

One function for each kind of block. Nothing is wider than the page, no line ends with a blank, nothing invisible comes
out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, assert_never

from moeaudit.reports.document.blocks import (
    Block,
    Code,
    Column,
    Facts,
    Fields,
    Heading,
    Items,
    Note,
    Pane,
    Paragraph,
    Picture,
    Table,
    Tallies,
    Tiles,
    Tone,
)
from moeaudit.reports.document.document import Document, Section
from moeaudit.reports.document.runs import Runs, Strong
from moeaudit.reports.writers.around import around
from moeaudit.reports.writers.inline import MUTED, STRONG, TAGS, Inline
from moeaudit.reports.writers.wrapping import GLUE, Line, cells, padded, trimmed, width_of, wrapped
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.reports.terminal import Page

PROSE = 100
"""Cells of a line of sentences, however wide the page."""

INDENT = 2
LABELS = 32
"""Cells that labels take at most, and never more than two of five; a longer one stands on a line of its own."""

BESIDE = 80
"""Cells of a page on which two panes stand beside each other."""

TONES = {Tone.PLAIN: "", Tone.LEAD: STRONG, Tone.SMALL: "", Tone.MUTED: MUTED, Tone.WARN: "yellow"}


def write(document: Document, page: Page) -> None:
    """The whole document on the page."""
    view, sections = Terminal(page), document.sections
    if sections and sections[0].opens:
        view.blocks(sections[0].blocks)
        sections = sections[1:]
    else:
        if head := document.subject or document.title:
            view.prose([[(view.inline.text(head), STRONG)]])
        for one in document.about:
            view.prose(view.inline.lines(one, MUTED))
    for section in sections:
        view.section(section)


class Terminal:
    """What blocks look like on one page."""

    def __init__(self, page: Page) -> None:
        self.page, self.width = page, page.width
        self.inline = Inline(page)
        self.filled = False
        self.margin = INDENT

    def put(self, *lines: Line, indent: int = 0) -> None:
        for line in lines:
            self.page.line(*trimmed([(" " * indent, ""), *line] if indent else line))
            self.filled = bool(line)

    def gap(self) -> None:
        """A blank line below what stands above."""
        if self.filled:
            self.put([])

    def prose(self, lines: Iterable[Line], indent: int = 0, hanging: int = 0) -> None:
        """Sentences, broken where a line is full; further lines of one stand `hanging` cells to the right."""
        room = min(self.width, PROSE) - indent
        for line in lines:
            parts = wrapped(line, room)
            if hanging and len(parts) > 1:
                parts = wrapped(line, room - hanging)
            self.put(*parts[:1], indent=indent)
            self.put(*parts[1:], indent=indent + hanging)

    def section(self, section: Section) -> None:
        """A blank line, the title, what it is, its blocks."""
        title = self.inline.line(section.title, STRONG)
        self.margin = INDENT if title else 0
        self.gap()
        if title:
            self.prose([title])
        if section.intro:
            self.prose(self.inline.lines(section.intro, MUTED))
        self.blocks(section.blocks)

    def blocks(self, blocks: Sequence[Block]) -> None:
        """Each block; where what stands before is no title or lead, a blank line is between."""
        close = True
        for block in drawn(blocks):
            if not close and not isinstance(block, Heading):
                self.gap()
            self.block(block)
            close = isinstance(block, Heading) or (isinstance(block, Paragraph) and block.leads)

    def block(self, block: Block) -> None:
        match block:
            case Heading():
                self.heading(block)
            case Paragraph():
                self.prose(self.inline.lines(block.runs, TONES[block.tone]))
            case Facts():
                self.facts(block)
            case Table():
                self.table(block)
            case Tiles():
                self.tiles(block)
            case Tallies():
                self.tallies(block)
            case Items():
                self.items(block)
            case Note():
                self.note(block)
            case Picture():
                self.blocks(block.otherwise)
            case Code():
                self.code(block)
            case Fields():
                self.fields(block)
            case _:
                assert_never(block)

    def title(self, text: Runs) -> None:
        """A title within a section."""
        if text:
            self.prose(self.inline.lines(text, STRONG))

    def heading(self, block: Heading) -> None:
        self.gap()
        self.title(block.text)

    def facts(self, block: Facts) -> None:
        """Labels with their texts beside them."""
        self.title(block.title)
        labels = [self.inline.line(label, MUTED) for label, _ in block.rows]
        most = min(LABELS, self.width * 2 // 5)
        room = max((width_of(label) for label in labels if width_of(label) <= most), default=0)
        left = min(self.width, PROSE + room) - INDENT - room - INDENT
        for label, (_, text) in zip(labels, block.rows, strict=True):
            beside = label if width_of(label) <= room else []
            if not beside:
                self.prose([label], INDENT)
            parts = [part for line in self.inline.lines(text) for part in wrapped(line, left)]
            for number, part in enumerate(parts or [[]]):
                self.put([*padded(beside if number == 0 else [], room), (" " * INDENT, ""), *part], indent=INDENT)

    def table(self, block: Table) -> None:
        from moeaudit.reports.writers.terminal_table import table_lines

        if block.shown:
            self.title(block.title)
        self.put(*table_lines(block, self.inline, self.width - INDENT), indent=INDENT)

    def tiles(self, block: Tiles) -> None:
        """Figure, name and what is exact in columns."""
        columns = (Column((), right=True), Column(()), Column((), brief=False))
        self.table(Table(columns, tuple(((Strong(figure),), name, exact) for figure, name, exact in block.items)))

    def tallies(self, block: Tallies) -> None:
        """A line for each title: how many of which word."""
        for title, rows, none in block.columns:
            line = [*self.inline.line(title, MUTED), (": ", MUTED)]
            for number, (count, word) in enumerate(rows):
                line += [(", " if number else "", ""), (f"{count:,} ", ""), *self.inline.line(word)]
            if not rows:
                line += self.inline.line(none)
            if rows or none:
                self.prose([line], INDENT, INDENT)

    def items(self, block: Items) -> None:
        """Marks or numbers, and each text beside its own."""
        last = block.start + len(block.items) - 1
        room = len(f"{last}.") if block.ordered else 1
        for number, item in enumerate(block.items, block.start):
            mark: Line = [(f"{number}." if block.ordered else "-", MUTED)]
            for line in self.inline.lines(item):
                for part in wrapped(line, min(self.width, PROSE) - INDENT - room - 1):
                    self.put([*padded(mark, room, right=True), (" ", ""), *part], indent=INDENT)
                    mark = []

    def note(self, block: Note) -> None:
        """What was found, its sides, what to do, and where it stands. Below no title it begins the line."""
        style, indent = TAGS.get(block.tone, ""), self.margin + INDENT
        self.prose(self.inline.lines(block.title, STRONG), self.margin, INDENT)
        for line in block.lines:
            self.prose(self.inline.lines(line), indent)
        self.panes(block.panes, style, indent)
        self.prose(self.inline.lines(block.foot), indent)

    def panes(self, panes: Sequence[Pane], style: str, indent: int) -> None:
        """Sides of something found: beside each other where there is room, else one below the other."""
        groups = [panes] if self.width >= BESIDE else [[pane] for pane in panes]
        for group in groups:
            gap = 3
            room = (self.width - indent - gap * (len(group) - 1)) // max(len(group), 1)
            columns = [self.pane(pane, room, TAGS.get(pane.tone, style)) for pane in group]
            for row in zip_longest(*columns, fillvalue=[]):
                line = [piece for cell in row for piece in (*padded(cell, room), (" " * gap, ""))]
                self.put(line, indent=indent)

    def pane(self, pane: Pane, room: int, style: str) -> list[Line]:
        """A heading, then each line around what is marked of it, which is underlined."""
        rule = "-" if self.inline.ascii_only else "─"
        found = wrapped(self.inline.line(pane.title, MUTED), room)
        for runs in pane.lines:
            for line in (part for one in self.inline.lines(runs) for part in self.sided(one, room)):
                marks = "".join((rule if STRONG in own.split() else " ") * cells(text) for text, own in line).rstrip()
                found.append(line)
                found += [[(marks, style)]] if marks else []
        return found

    def sided(self, line: Line, room: int) -> list[Line]:
        """A line of a file is cut around its mark; what is marked whole, or not at all, is broken."""
        marks = {STRONG in style.split() for _, style in line}
        return [around(line, room, STRONG, MUTED)] if len(marks) > 1 else wrapped(line, room)

    def code(self, block: Code) -> None:
        """Lines as they are; one that is too long goes on below."""
        for text in block.text.split("\n"):
            line = self.inline.signs(visible(text)).replace(" ", GLUE)
            self.put(*(wrapped([(line, "")], self.width - INDENT) or [[]]), indent=INDENT)

    def fields(self, block: Fields) -> None:
        """Lines to write on."""
        for label in block.labels:
            line = [*self.inline.line(label, MUTED), (":", MUTED)]
            self.prose([line], INDENT)
            self.put([("_" * (min(self.width, BESIDE) - INDENT), MUTED)], indent=INDENT)


def drawn(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, those that say the same in the place of every picture; what is empty is left out."""
    for block in blocks:
        if isinstance(block, Picture):
            yield from drawn(block.otherwise)
        elif not _empty(block):
            yield block


def _empty(block: Block) -> bool:
    match block:
        case Facts(rows) | Table(_, rows):
            return not rows
        case Items(items) | Tiles(items):
            return not items
        case Tallies(columns):
            return not any(rows or none for _, rows, none in columns)
        case Paragraph(runs):
            return not runs
        case _:
            return False
