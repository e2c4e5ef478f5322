"""A packet as a page of each medium, as the command makes it; and what stands in its document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from moeaudit.reports.document.blocks import (
    Block,
    Code,
    Facts,
    Fields,
    Heading,
    Items,
    Note,
    Paragraph,
    Picture,
    Table,
    Tallies,
    Tiles,
)
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.runs import Muted, Plain, Run, Runs, Strong
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.packet.report import packet_document
from moeaudit.reports.writers import html as html_writer
from moeaudit.reports.writers import markdown as markdown_writer
from moeaudit.reports.writers import pdf as pdf_writer
from moeaudit.reports.writers.templates import Templates


def document(packet: Packet, preset: str = "procurement", templates: Templates | None = None) -> Document:
    return packet_document(packet, templates or Templates(), preset)


def html(packet: Packet, preset: str = "procurement", templates: Templates | None = None) -> str:
    templates = templates or Templates()
    return html_writer.render(document(packet, preset, templates), templates, packet)


def markdown(packet: Packet, preset: str = "procurement", templates: Templates | None = None) -> str:
    templates = templates or Templates()
    return markdown_writer.render(document(packet, preset, templates), templates, packet)


def pdf(packet: Packet, preset: str = "procurement", templates: Templates | None = None, paper: str = "a4") -> bytes:
    templates = templates or Templates()
    return pdf_writer.render(document(packet, preset, templates), templates, paper=paper)


def runs(found: Document) -> Iterator[Run]:
    """Every run of a document, of media without drawings."""
    for one in found.about:
        yield from flat(one)
    for section in found.sections:
        yield from flat(section.title)
        yield from flat(section.intro)
        yield from in_blocks(section.blocks)


def in_blocks(blocks: Iterable[Block]) -> Iterator[Run]:
    for block in blocks:
        for line in lines(block):
            yield from flat(line)


def lines(block: Block) -> Iterator[Runs]:
    """Every line of runs in a block."""
    match block:
        case Heading(text):
            yield text
        case Paragraph(found):
            yield found
        case Facts(rows, title):
            yield title
            for row in rows:
                yield from row
        case Table(columns, rows, title):
            yield title
            yield from (column.title for column in columns)
            for row in rows:
                yield from row
        case Tiles(items):
            for tile in items:
                yield from tile
        case Tallies(columns):
            for title, counted, nothing in columns:
                yield from (title, nothing, *(word for _, word in counted))
        case Items(items):
            yield from items
        case Note(_, title, found, panes, foot):
            yield from (title, *found, foot)
            for pane in panes:
                yield from (pane.title, *pane.lines)
        case Picture():
            for other in block.otherwise:
                yield from lines(other)
        case Code(text):
            yield (Plain(text),)
        case Fields(labels):
            yield from labels


def flat(line: Runs) -> Iterator[Run]:
    for run in line:
        if isinstance(run, Strong | Muted):
            yield from flat(run.runs)
        else:
            yield run
