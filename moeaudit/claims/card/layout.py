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

from moeaudit.later import dataclass, expression
from moeaudit.limits import (
    CARD_CODE,
    CARD_CODE_LINE,
    CARD_LEAD,
    CARD_LINE,
    CARD_PARAGRAPH,
    CARD_SENTENCE,
    TABLE_COLUMNS,
)

_CONTENTS = expression(r"\W{0,12}(?:\d[\d.]*\s*)?\[[^\]\n]{1,200}\]\(#[^)\n]{0,200}\)\s*")
_SPACES = re.compile(r"\s+")
_BLANKED = (
    expression(r"~~[^~\n]{1,300}~~"),
    re.compile(r"!\[[^\]\[]{0,500}\]\([^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,500})?(?:\s\"[^\"]{0,200}\")?\)"),
    re.compile(r"</?[A-Za-z][^<>]{0,2000}>"),
    re.compile(r"(?<=\])\([^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,500})?(?:\s\"[^\"]{0,200}\")?\)"),
    re.compile(r"https?://[^\s|)\]]{1,2000}"),
    re.compile(r"\[\^[^\]\s]{1,20}\]|\[!\w{1,20}\]"),
    re.compile(
        r"\*{2,3}|__|~~|`+|(?<![A-Za-z0-9])\*|\*(?![A-Za-z0-9])|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)|\\(?=[^\w\s])|[\[\]$]"
    ),
    re.compile(r"&(?:nbsp|emsp|ensp|lt|gt|amp);"),
)
_LEAD = re.compile(r"\s*(?:>\s?)*\s*(?:(?:[-*+]|\d{1,3}[.)])\s+)?(?:#{1,6}\s+)?")
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)(?<!approx\.)\s+(?=[A-Z\"“(\d*•✅-])|(?<=[。！？])|(?<=[다요음함]\.)\s+"
)
_LABELLED = expression(r"\s*[^\s.:：!?。][^.:：!?。\n]{0,48}(?:[:：]|\s[—–=])\s*[~≈]?\d")
_CELL_BREAK = re.compile(r"(?<!\\)\|")
_HTML_PARTS = re.compile(
    r"<(?P<close>/?)(?P<tag>table|tr|td|th)(?=[\s/>])(?P<spans>[^<>]{0,2000})>|</(?:p|li|div|h\d)>|<br\b|\n\s*\n",
    re.IGNORECASE,
)
_SPAN = r"\b{}\s*=\s*[\"']?(\d{{1,3}})"


@dataclass(frozen=True)
class Text:
    """Clean text; `at` holds the line and column (from 1) of every character."""

    value: str
    at: tuple[tuple[int, int], ...]

    def cut(self, start: int, end: int) -> Text:
        return Text(self.value[start:end], self.at[start:end])

    def sentences(self) -> Iterator[Text]:
        """Sentences; a line that begins with `label:` begins one, however the paragraph is wrapped."""
        ends = {(found.start(), found.end()) for found in _SENTENCE_END.finditer(self.value)}
        ends |= {(place, place) for place in self._labelled_lines()}
        start = 0
        for end, following in (*sorted(ends), (len(self.value), len(self.value))):
            for piece in range(start, end, CARD_SENTENCE):
                yield self.cut(piece, min(end, piece + CARD_SENTENCE))
            start = max(start, following)

    def _labelled_lines(self) -> Iterator[int]:
        """Where lines begin with a label."""
        for place in range(1, len(self.at)):
            if self.at[place][0] != self.at[place - 1][0] and _LABELLED.match(self.value, place):
                yield place


@dataclass(frozen=True)
class Block:
    """A paragraph, list item or line of HTML (`text`), or a table (`rows`), with the headings above it."""

    kind: str
    text: Text | None = None
    rows: tuple[tuple[Text, ...], ...] = ()
    headings: tuple[str, ...] = ()
    quoted: bool = False
    headed: bool = True
    """Whether the first row of a table heads its columns; in HTML it need not."""
    language: str = ""
    """What a block of code says it is in; its lines are rows of one cell."""


@dataclass(frozen=True)
class _Cell:
    """A cell of an HTML table and how many columns and rows it spans."""

    text: Text
    columns: int
    rows: int
    heads: bool


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


def clean(lines: list[tuple[int, str]]) -> Text:
    """Join source lines (number, text) into one clean text: markup blanked, white space single."""
    return _joined([(number, 0, _blank(line[:CARD_LINE])) for number, line in lines])


def _joined(pieces: list[tuple[int, int, str]]) -> Text:
    """Join blanked pieces of lines (number, columns before it, text), white space single."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    for number, before, bare in pieces:
        lead = _LEAD.match(bare)
        start = lead.end() if lead else 0
        for offset, character in enumerate(bare[start:], before + start + 1):
            if character.isspace() and (not characters or characters[-1] == " "):
                continue
            characters.append(" " if character.isspace() else character)
            places.append((number, offset))
        if characters and characters[-1] != " ":
            characters.append(" ")
            places.append((number, before + len(bare) + 1))
    while characters and characters[-1] == " ":
        characters.pop()
        places.pop()
    return Text("".join(characters), tuple(places))


def _blank(line: str) -> str:
    line = line.replace("&times;", "×      ")
    for pattern in _BLANKED:
        line = pattern.sub(lambda found: " " * len(found.group()), line)
    return line


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
        yield from _html_blocks(numbered, headings)
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


def _html_blocks(lines: list[tuple[int, str]], headings: tuple[str, ...]) -> Iterator[Block]:
    """HTML as paragraphs and tables. A table within a cell is left out, since it is not the outer table's row."""
    source = "\n".join(line[:CARD_LINE] for _, line in lines)
    starts = [0]
    for _, line in lines:
        starts.append(starts[-1] + min(len(line), CARD_LINE) + 1)
    blanked = _blank(source)

    def text(start: int, end: int) -> Text:
        pieces: list[tuple[int, int, str]] = []
        for index in range(bisect_right(starts, start) - 1, len(lines)):
            if starts[index] >= end:
                break
            first, last = max(start, starts[index]), min(end, starts[index + 1] - 1)
            pieces.append((lines[index][0], first - starts[index], blanked[first:last]))
        return _joined(pieces)

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
