"""A card's Markdown as blocks of clean text whose every character still knows its line and column.

Only the block structure is parsed; inline markup, links, images and HTML tags are blanked out character by
character, so that positions stay exact and no line costs more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_CARD = 1024 * 1024
MAX_LINE = 20_000
MAX_CELLS = 64
MAX_LEAD = 300
MAX_PARAGRAPH = 200
"""Lines of a paragraph that are read as one text."""
MAX_SENTENCE = 1500
"""A longer run of text without a full stop is read in pieces of this length."""

_SPACES = re.compile(r"\s+")
_BLANKED = (
    re.compile(r"<!--.{0,20000}?-->"),
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
    r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)(?<!approx\.)\s+(?=[A-Z\"“(\d*•✅-])|(?<=[。！？])"
)
_CELL_BREAK = re.compile(r"(?<!\\)\|")
_HTML_CELLS = re.compile(r"</?t[drh]\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """Clean text; `at` holds the line and column (from 1) of every character."""

    value: str
    at: tuple[tuple[int, int], ...]

    def cut(self, start: int, end: int) -> Text:
        return Text(self.value[start:end], self.at[start:end])

    def sentences(self) -> Iterator[Text]:
        start = 0
        for found in (*_SENTENCE_END.finditer(self.value), None):
            end = found.start() if found else len(self.value)
            for piece in range(start, end, MAX_SENTENCE):
                yield self.cut(piece, min(end, piece + MAX_SENTENCE))
            start = found.end() if found else end


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item or line of HTML (`text`), or a table (`rows`), with the headings above it."""

    kind: str
    text: Text | None = None
    rows: tuple[tuple[Text, ...], ...] = ()
    headings: tuple[str, ...] = ()
    quoted: bool = False


@dataclass(slots=True)
class _State:
    headings: list[tuple[int, str]] = field(default_factory=list)
    leads: list[tuple[int, str]] = field(default_factory=list)
    """Paragraphs and items that end in a colon, by nesting level: each heads the list or table below it."""
    quotes: int = 0
    titled: bool = False


def clean(lines: list[tuple[int, str]]) -> Text:
    """Join source lines (number, text) into one clean text: markup blanked, white space single."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    for number, line in lines:
        bare = _blank(line[:MAX_LINE])
        lead = _LEAD.match(bare)
        start = lead.end() if lead else 0
        for offset, character in enumerate(bare[start:], start + 1):
            if character.isspace() and (not characters or characters[-1] == " "):
                continue
            characters.append(" " if character.isspace() else character)
            places.append((number, offset))
        if characters and characters[-1] != " ":
            characters.append(" ")
            places.append((number, len(line) + 1))
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
    state = _State()
    for token in parser.parse("\n".join(line[:MAX_LINE] for line in lines)):
        state.quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        yield from _blocks_of(token, lines, first_line, state)


def _blocks_of(token: Token, lines: list[str], first_line: int, state: _State) -> Iterator[Block]:
    if token.map is None:
        return
    start, end = token.map
    numbered = [(first_line + number, lines[number]) for number in range(start, min(end, len(lines)))]
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
            rows=tuple(_row(number, line) for number, line in numbered if not _is_rule(line)),
            headings=headings,
        )
    elif token.type == "paragraph_open":
        quoted = state.quotes > 0 and _is_quotation(numbered)
        for first in range(0, len(numbered), MAX_PARAGRAPH):
            text = clean(numbered[first : first + MAX_PARAGRAPH])
            yield Block("text", text, headings=headings, quoted=quoted)
            if text.value.endswith((":", "：")):
                state.leads.append((token.level, text.value[-MAX_LEAD:]))
    elif token.type == "html_block":
        yield from (Block("text", clean(part), headings=headings) for part in _html_parts(numbered))


def _row(number: int, line: str) -> tuple[Text, ...]:
    line = line[:MAX_LINE]
    cells: list[Text] = []
    start = 0
    for found in (*_CELL_BREAK.finditer(line), None):
        end = found.start() if found else len(line)
        cell = clean([(number, " " * start + line[start:end])])
        if not (start == 0 and not cell.value) and not (found is None and not cell.value):
            cells.append(cell)
        start = end + 1
        if len(cells) == MAX_CELLS:
            break
    return tuple(cells)


def _is_rule(line: str) -> bool:
    return "-" in line and not line.strip("|-: \t>")


def _is_quotation(lines: list[tuple[int, str]]) -> bool:
    """A block quotation of somebody's words, not the box that cards use for notes."""
    text = " ".join(line.strip(" >\t") for _, line in lines)
    return text[:1] in {'"', "“", "「", "«"} or bool(re.search(r"(?:—|--)\s?[A-Z][\w .]{2,40}$", text))


def _html_parts(lines: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Lines of HTML as paragraphs; rows of HTML tables are left out, since their cells cannot be told apart line
    by line."""
    part: list[tuple[int, str]] = []
    for number, line in lines:
        if _HTML_CELLS.search(line):
            continue
        part.append((number, line))
        if re.search(r"</(?:p|li|div|h\d)>|<br", line) or not line.strip():
            yield part
            part = []
    if part:
        yield part
