"""A document read back from each medium: every line of every block, in order, as that medium shows it.

A medium is text after all. So each has a reader of its own that knows nothing of our writers (an HTML parser, a
CommonMark parser, poppler, a terminal's lines), and what it reads is held against the lines that the document's own
values make. Spaces do not count: where a line ends is a medium's matter. Nor do the signs around somebody else's words,
and those that bars and rules are drawn with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import assert_never

from markdown_it import MarkdownIt

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
from moeaudit.reports.document.runs import (
    Bar,
    Break,
    Link,
    Muted,
    Name,
    Plain,
    Quote,
    Run,
    Runs,
    Strong,
    Tag,
    Value,
)
from moeaudit.reports.plain import Plain as Page
from moeaudit.reports.writers import html, markdown, pdf, terminal
from moeaudit.reports.writers.escape import legible
from moeaudit.reports.writers.glyphs import settable
from moeaudit.reports.writers.laid import merged
from moeaudit.reports.writers.templates import Templates
from moeaudit.reports.writers.values import shown
from moeaudit.text import visible
from tests.documents.pages import drawn

DROPPED = re.compile(r"[\s\u200b\u2060“”█-▏─]+")
TURNED = "\ue000"
"""Where a page ends. What goes on below it may come after the head of its table, which is drawn anew."""
HEAD = 400
"""Signs that such a head has at most."""


@dataclass(frozen=True)
class Medium:
    """`read`: the text of the document in it, `says`: how it writes foreign words; whether it draws `pictures` and
    `bars`; `turned`: kinds of blocks whose parts it may put in another order; `paged`: it has a page with the report's
    title on it, links that lead somewhere, and heads of tables that are whole."""

    name: str
    read: Callable[[Document, Templates], str]
    says: Callable[[str], str]
    pictures: bool = True
    bars: bool = True
    turned: tuple[type, ...] = ()
    paged: bool = True


class Reader(HTMLParser):
    """The words of a page, without style, scripts and drawings."""

    SILENT = frozenset({"style", "script", "svg", "nav", "head"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.silent += tag in self.SILENT

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)


def words_of(page: str) -> str:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return "".join(reader.words)


def from_html(document: Document, templates: Templates) -> str:
    return words_of(html.render(document, templates))


def from_markdown(document: Document, templates: Templates) -> str:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    return words_of(parser.render(markdown.render(document, templates)))


def from_pdf(document: Document, templates: Templates) -> str:
    data = pdf.render(document, templates)
    return TURNED.join("\n".join(page) for page in drawn(data))


def from_terminal(document: Document, templates: Templates) -> str:
    """On a page so wide that no cell is broken; narrow ones leave columns out."""
    page = Page(9_999, "utf-8")
    terminal.write(document, page)
    return "\n".join(page.lines)


MEDIA = (
    Medium("markdown", from_markdown, legible, False, False, (Tiles,)),
    Medium("html", from_html, legible),
    Medium("pdf", from_pdf, lambda text: settable(legible(text)), turned=(Tiles,)),
    Medium("terminal", from_terminal, visible, False, False, (Tiles, Table, Note), False),
)


def said(runs: Runs, medium: Medium, new_line: str = "") -> str:
    """A line as the medium shows it."""
    return "".join(_said(run, medium, new_line) for run in merged(runs))


def _said(run: Run, medium: Medium, new_line: str) -> str:
    match run:
        case Plain(text) | Name(text) | Quote(text):
            return medium.says(text)
        case Tag(word, text):
            return medium.says(text or word)
        case Link(text, url):
            beside = f" ({url})" if text and url and text != url and not medium.paged else ""
            return medium.says((text or url) + beside)
        case Strong(runs) | Muted(runs):
            return said(runs, medium, new_line)
        case Break():
            return new_line
        case Bar():
            return ""
        case _ if isinstance(run, Value):
            return shown(run)
    assert_never(run)


def lines_of(block: Block, medium: Medium) -> Iterator[Runs | str]:
    """What a block says, line by line, in the order in which it is read."""
    match block:
        case Heading(text):
            yield text
        case Paragraph(text):
            yield text
        case Facts(rows, title):
            yield title
            yield from (cell for row in rows for cell in row)
        case Table():
            yield from ((block.title,) if block.shown else ())
            kept = [place for place in range(len(block.columns)) if medium.bars or not bars(block, place)]
            for place in kept:
                title = block.columns[place].title
                yield from (title,) if medium.paged else said(title, medium).split()
            yield from (row[place] for row in block.rows for place in kept)
        case Tiles(items):
            yield from (part for tile in items for part in tile)
        case Tallies(columns):
            for title, rows, none in columns:
                yield title
                yield from (part for count, word in rows for part in ((Plain(str(count)),), word))
                yield from () if rows else (none,)
        case Items(items):
            yield from items
        case Note(_, title, lines, panes, foot):
            yield title
            yield from lines
            yield from (part for pane in panes for part in (pane.title, *pane.lines))
            yield foot
        case Picture(otherwise=otherwise):
            if not medium.pictures:
                yield from (line for one in otherwise for line in lines_of(one, medium))
        case Code(text):
            yield text
        case Fields(labels):
            yield from labels
        case _:
            assert_never(block)


def bars(table: Table, place: int) -> bool:
    """Whether a column holds nothing but bars: what draws none leaves it out."""
    return all(isinstance(run, Bar) for row in table.rows for run in row[place])


def packed(text: str) -> str:
    return DROPPED.sub("", text)


def place_of(line: str, text: str, start: int) -> int | None:
    """Where the line ends, from `start` on; it may be divided by the end of a page."""
    found = text.find(line, start)
    if found >= 0:
        return found + len(line)
    turn = text.find(TURNED, start)
    while turn >= 0:
        for first in range(min(len(line), turn - start), 0, -1):
            if text.startswith(line[:first], turn - first):
                rest = text.find(line[first:], turn, turn + HEAD + len(line))
                if rest >= 0:
                    return rest + len(line) - first
        turn = text.find(TURNED, turn + 1)
    return None


def missing(document: Document, medium: Medium, text: str) -> list[str]:
    """The lines that the medium's text does not show, or not where they belong: block after block, and within a block
    in order, but for tiles, whose parts a medium may turn."""
    text, at, lost = packed(text), 0, []

    def find(lines: list[str], ordered: bool) -> None:
        nonlocal at
        start, end = at, at
        for line in lines:
            found = place_of(line, text, end if ordered else start)
            if found is None:
                lost.append(line)
            else:
                end = max(end, found)
        at = end

    def packed_lines(lines: Iterator[Runs | str] | tuple[Runs | str, ...]) -> list[str]:
        made = [line if isinstance(line, str) else said(line, medium, "\n") for line in lines]
        return [line for text in made for line in map(packed, text.split("\n")) if line]

    title = document.title if medium.paged else ""
    find(packed_lines((title, medium.says(document.subject), *document.about)), True)
    for section in document.sections:
        find(packed_lines((section.title, section.intro)), True)
        for block in section.blocks:
            find(packed_lines(lines_of(block, medium)), not isinstance(block, medium.turned))
    return lost
