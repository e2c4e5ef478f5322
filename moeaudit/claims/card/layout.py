"""A card's Markdown as blocks of clean text whose every character still knows its line and column.

Only the block structure is parsed; inline markup, links, images and HTML tags are blanked out character by
character, so that positions stay exact and no line costs more than its length.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from moeaudit.claims.card.html import html_blocks
from moeaudit.claims.card.text import Block, Text, clean
from moeaudit.later import dataclass, expression
from moeaudit.limits import CARD_CODE, CARD_CODE_LINE, CARD_LEAD, CARD_LINE, CARD_PARAGRAPH, TABLE_COLUMNS

_CONTENTS = expression(r"\W{0,12}(?:\d[\d.]*\s*)?\[[^\]\n]{1,200}\]\(#[^)\n]{0,200}\)\s*")
_CELL_BREAK = re.compile(r"(?<!\\)\|")


@dataclass
class _State:
    headings: list[tuple[int, str]] = field(default_factory=list)
    leads: list[tuple[int, str]] = field(default_factory=list)
    """Paragraphs and items that end in a colon, by nesting level: each heads the list or table below it."""
    quotes: int = 0
    titled: bool = False
    table_ends: list[int] = field(default_factory=list)
    """The lines, counted from 1, in which an HTML table ends."""
    read: int = 0
    """The lines that an HTML table has taken, blank ones among them, which end a block of HTML in Markdown."""


def blocks(source: str, first_line: int = 1) -> Iterator[Block]:
    """The blocks of a card's body in order. `first_line` is the line number of the body's first line."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable(["inline"])
    lines = source.split("\n")
    state = _State(table_ends=[number for number, line in enumerate(lines, 1) if "</table" in line[:CARD_LINE].lower()])
    for token in parser.parse("\n".join(line[:CARD_LINE] for line in lines)):
        state.quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        yield from _blocks_of(token, lines, first_line, state)


def _blocks_of(token: Token, lines: list[str], first_line: int, state: _State) -> Iterator[Block]:
    if token.map is None:
        return
    start, end = token.map
    if start < state.read:
        return
    if token.type == "html_block":
        end = state.read = _html_end(lines, start, end, state.table_ends)
    numbered = [(first_line + number, lines[number]) for number in range(start, min(end, len(lines)))]
    if token.type in {"heading_open", "table_open", "paragraph_open", "html_block"}:
        numbered = _without_comments(numbered)
    if token.type == "paragraph_open":
        state.leads = [lead for lead in state.leads if lead[0] < token.level]
    headings = tuple(title for _, title in (*state.headings, *state.leads))
    if token.type == "heading_open":
        level, title = int(token.tag[1]), clean(numbered[:1])
        state.leads.clear()
        if level == 1 and not state.titled:
            # The card's own title heads everything; it does not say that a section is about another model.
            state.titled = True
            yield Block("heading", title)
            return
        state.headings = [*((other, text) for other, text in state.headings if other < level), (level, title.value)]
        yield Block("heading", title, headings=headings)
    elif token.type == "table_open":
        yield Block(
            "table",
            rows=tuple(row for number, line in numbered if not _is_rule(line) and (row := _row(number, line))),
            headings=headings,
        )
    elif token.type == "paragraph_open" and all(_CONTENTS.fullmatch(line) for _, line in numbered):
        return  # a table of contents says nothing of its own
    elif token.type == "paragraph_open":
        quoted = state.quotes > 0 and _is_quotation(numbered)
        for first in range(0, len(numbered), CARD_PARAGRAPH):
            text = clean(numbered[first : first + CARD_PARAGRAPH])
            yield Block("text", text, headings=headings, quoted=quoted)
            if text.value.endswith((":", "：")):
                state.leads.append((token.level, text.value[-CARD_LEAD:]))
    elif token.type == "html_block":
        yield from html_blocks(numbered, headings)
    elif token.type == "fence":
        rows = tuple((_verbatim(number, line),) for number, line in numbered[1:-1][:CARD_CODE])
        yield Block("code", rows=rows, headings=headings, language=token.info.strip().lower())


def _verbatim(number: int, line: str) -> Text:
    """A line of code as it stands."""
    line = line[:CARD_CODE_LINE]
    return Text(line, tuple((number, column) for column in range(1, len(line) + 1)))


def _without_comments(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines with HTML comments blanked; a comment may run over several of them."""
    source = "\n".join(line for _, line in lines)
    start = source.find("<!--")
    if start < 0:
        return lines
    parts: list[str] = []
    done = 0
    while start >= 0:
        end = source.find("-->", start + 4)
        if end < 0:
            break
        parts += (source[done:start], re.sub(r"[^\n]", " ", source[start : end + 3]))
        done = end + 3
        start = source.find("<!--", done)
    parts.append(source[done:])
    return [(number, line) for (number, _), line in zip(lines, "".join(parts).split("\n"), strict=True)]


def _row(number: int, line: str) -> tuple[Text, ...]:
    line = line[:CARD_LINE]
    cells: list[Text] = []
    start = 0
    for found in (*_CELL_BREAK.finditer(line), None):
        end = found.start() if found else len(line)
        cell = clean([(number, " " * start + line[start:end])])
        if not (start == 0 and not cell.value) and not (found is None and not cell.value):
            cells.append(cell)
        start = end + 1
        if len(cells) == TABLE_COLUMNS:
            break
    return tuple(cells)


def _is_rule(line: str) -> bool:
    return "-" in line and not line.strip("|-: \t>")


def _is_quotation(lines: list[tuple[int, str]]) -> bool:
    """A block quotation of somebody's words, not the box that cards use for notes."""
    text = " ".join(line.strip(" >\t") for _, line in lines)
    return text[:1] in {'"', "“", "「", "«"} or bool(re.search(r"(?:—|--)\s?[A-Z][\w .]{2,40}$", text))


def _html_end(lines: list[str], start: int, end: int, table_ends: list[int]) -> int:
    """Where a block of HTML ends: not before the table does that it opens."""
    source = "\n".join(lines[start:end]).lower()
    after = bisect_right(table_ends, end)
    return table_ends[after] if source.count("<table") > source.count("</table") and after < len(table_ends) else end
