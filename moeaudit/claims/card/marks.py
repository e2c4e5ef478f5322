"""A sentence as marks: figures, names, words with a known sense, signs. What is bound to what comes later."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from moeaudit.claims.card.lexicon import changes, lexicon, tokens_of
from moeaudit.claims.card.numbers import number_at
from moeaudit.claims.card.subject import Mention, Relation
from moeaudit.claims.figures import Figure, find_figures, halves, parse_figure
from moeaudit.later import expression

ACTIVE_ALONE = expression(r"(?<![A-Za-z0-9.-])A(\d{1,4}(?:\.\d{1,2})?[BM])(?![A-Za-z0-9-])")
"""`237B (A23B active)`."""
ACTIVE_SIZE = expression(r"-[Aa](\d{1,4}(?:\.\d{1,2})?[BbMm])(?![A-Za-z0-9])")
"""The second half of `397B-A17B`."""


SHORT = 80
"""Characters of a text that may come again, as headings and cells do."""
SILENT = frozenset(["-", "–", "*", "+", "†", "‡", "“", "”", "’", "'", '"'])
ARROWS = frozenset(["→", ">", "->", "➔", "⇒", "=>"])
"""Between an old value and a new one."""
FROM = expression(r"(?:\bfrom|从|由|から|de|von|desde)\s*$", re.IGNORECASE)


class Mark(NamedTuple):
    """A stretch of a sentence: its kind and sense, where it stands, and the figure or relation where it has one."""

    kind: str
    sense: str
    start: int
    end: int
    text: str
    figure: Figure | None = None
    relation: Relation | None = None

    def is_(self, kind: str, *senses: str) -> bool:
        return self.kind == kind and (not senses or self.sense in senses)

    @property
    def modifier(self) -> str | None:
        """What the word says of a noun beside it: `active`, `token` of "per token"; None where it says nothing."""
        if self.kind == "adjective" and self.sense != "plain":
            return self.sense
        if self.kind == "per":
            return "part_of" if self.sense == "part" else self.sense
        return None

    @property
    def silent(self) -> bool:
        """Whether nothing is said by it: `only`, `its`, a hyphen, a dagger."""
        return self.is_("adjective", "plain") or self.text in SILENT

    @property
    def opens(self) -> bool:
        return self.text in {"(", "（"}

    @property
    def closes(self) -> bool:
        return self.text in {")", "）"}

    @property
    def joined(self) -> bool:
        """Whether the script is written without spaces: nothing need link a noun to what follows it."""
        return self.text[:1] >= "\u3040"


def mark(text: str, mentions: Iterable[Mention] = ()) -> list[Mark]:
    """The marks of a sentence in order, longest first."""
    mentions = list(mentions)
    return _marked(text, mentions) if mentions or len(text) > SHORT else list(_kept(text))


@lru_cache(maxsize=2048)
def _kept(text: str) -> tuple[Mark, ...]:
    """Headings and cells come again."""
    return tuple(_marked(text, []))


def _marked(text: str, mentions: list[Mention]) -> list[Mark]:
    fixed = [Mark("name", "", one.start, one.end, one.name, relation=one.relation) for one in mentions]
    taken = [(one.start, one.end) for one in fixed]
    for figure, start, end in _figures(text):
        glued = text[end : end + 1].isascii() and text[end : end + 1].isalpha()
        if not glued and not any(start < last and first < end for first, last in taken):
            fixed.append(Mark("figure", figure.unit, start, end, text[start:end], figure))
            if active := ACTIVE_SIZE.match(text, end):
                size = parse_figure(active[1])
                assert size is not None
                fixed[-1] = fixed[-1]._replace(sense="whole")
                fixed.append(Mark("figure", "active", active.start(1), active.end(), active[1], size))
    for found in ACTIVE_ALONE.finditer(text):
        size = parse_figure(found[1])
        if size is not None and not any(found.start() < last and first < found.end() for first, last in taken):
            fixed.append(Mark("figure", "active", found.start(1), found.end(), found[1], size))
    fixed.sort(key=lambda one: one.start)
    return list(_merged(text, fixed))


def _figures(text: str) -> Iterator[tuple[Figure, int, int]]:
    """Figures; of `extended from 4K to 128K` both ends, since that is a change and no range."""
    for figure, start, end in find_figures(text):
        changed = figure.is_range and FROM.search(text, max(0, start - 12), start)
        if changed and any(word in text[:start].lower() for word in changes()):
            yield from halves(figure, text, start)
        else:
            yield figure, start, end


def _merged(text: str, fixed: list[Mark]) -> list[Mark]:
    tokens = tokens_of(text)
    words = [token for token, _ in tokens]
    starts = [start for _, start in tokens]
    known = lexicon()
    marks: list[Mark] = []
    at, place = 0, 0
    while at < len(tokens):
        start = tokens[at][1]
        while place < len(fixed) and fixed[place].end <= start:
            marks.append(fixed[place])
            place += 1
        if place < len(fixed) and fixed[place].start < start + len(words[at]):
            at += 1
            continue
        limit = fixed[place].start if place < len(fixed) else len(text)
        found = known.longest(words, at, bisect_left(starts, limit, at) - at)
        written = number_at(words, at, found) if found is not None and found[1].kind in {"number", "unit"} else None
        count = written.tokens if written else found[0] if found else 1
        end = tokens[at + count - 1][1] + len(words[at + count - 1])
        if written is not None:
            figure = written.figure(text[start:end])
            marks.append(Mark("figure", figure.unit, start, end, figure.text, figure))
        elif found is not None and found[1].kind not in {"number", "unit"}:
            marks.append(Mark(found[1].kind, found[1].sense, start, end, text[start:end]))
        else:
            kind = "word" if words[at][0].isalnum() else "sign"
            marks.append(Mark(kind, words[at] if kind == "sign" else "", start, end, text[start:end]))
        at += count
    marks += fixed[place:]
    return marks
