"""Clean text in which every character keeps its place, and blocks of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moeaudit.later import dataclass, expression
from moeaudit.limits import CARD_LINE, CARD_SENTENCE

HYPHENS = str.maketrans("\u2010\u2011", "--")
"""Hyphens at which no line breaks are hyphens."""
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


def clean(lines: list[tuple[int, str]]) -> Text:
    """Join source lines (number, text) into one clean text: markup blanked, white space single."""
    return joined([(number, 0, blank(line[:CARD_LINE])) for number, line in lines])


def joined(pieces: list[tuple[int, int, str]]) -> Text:
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


def blank(line: str) -> str:
    line = line.replace("&times;", "×      ").translate(HYPHENS)
    for pattern in _BLANKED:
        line = pattern.sub(lambda found: " " * len(found.group()), line)
    return line
