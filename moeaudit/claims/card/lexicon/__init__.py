"""What words are to a reader of figures: one file of data per language, one table of phrases for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from moeaudit.data import parsed
from moeaudit.later import expression

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
TOKEN = expression(rf"[{CJK}]|->|=>|[^\W\d_](?:(?![{CJK}])[\w'’])*|\d[A-Za-z0-9_.]*|[^\s\w]|_")
"""A token: one CJK character, one word of another script, one number, one sign."""

LONGEST = 9
"""Tokens of the longest phrase."""


class Term(NamedTuple):
    """A phrase's kind (`noun`, `adjective`, `link` …) and its sense among those."""

    kind: str
    sense: str


class Lexicon(NamedTuple):
    """Phrases by their tokens, and stems of words (`evaluat*`)."""

    phrases: dict[tuple[str, ...], Term]
    stems: dict[str, Term]
    starts: frozenset[str]
    """First tokens of phrases of two and more."""

    def longest(self, tokens: list[str], at: int, most: int) -> tuple[int, Term] | None:
        """The longest phrase of at most `most` tokens that begins at a token: how many it has, and its term."""
        first = tokens[at]
        if first in self.starts:
            for length in range(min(LONGEST, most), 1, -1):
                term = self.phrases.get(tuple(tokens[at : at + length]))
                if term is not None:
                    return length, term
        term = self.phrases.get((first,))
        if term is not None:
            return 1, term
        for length in range(len(first), 3, -1):
            term = self.stems.get(first[:length])
            if term is not None:
                return 1, term
        return None


ACCENTS = str.maketrans("áàâäãåéèêëíìîïóòôöõúùûüñç", "aaaaaaeeeeiiiiooooouuuunc")
"""Accents are often left out: a word is the same with and without them."""


def tokens_of(text: str) -> list[tuple[str, int]]:
    """The tokens of a text in lower case without accents, and where each begins."""
    return [(found.group().lower().translate(ACCENTS), found.start()) for found in TOKEN.finditer(text)]


APART = frozenset({"finite", "imperative", "plural", "politeness"})
"""Kinds of words that are only looked up, and have another sense, or none, as marks: see `words_of`."""


@cache
def words_of(kind: str) -> frozenset[str]:
    """The words of a kind in every language, as they are looked up."""
    return frozenset(phrase for one, _, phrase in entries() if one == kind)


@cache
def lexicon() -> Lexicon:
    """Every language's phrases; where languages share one, English decides, then
    the first file by name."""
    phrases: dict[tuple[str, ...], Term] = {}
    stems: dict[str, Term] = {}
    for kind, sense, phrase in entries():
        if kind in APART:
            continue
        tokens = tuple(token for token, _ in tokens_of(phrase.rstrip("*")))
        if phrase.endswith("*") and len(tokens) == 1:
            stems.setdefault(tokens[0], Term(kind, sense))
        else:
            phrases.setdefault(tokens, Term(kind, sense))
    return Lexicon(phrases, stems, frozenset(tokens[0] for tokens in phrases if len(tokens) > 1))


def entries() -> Iterator[tuple[str, str, str]]:
    """Kind, sense and phrase of every line of data, file by file."""
    folder = files(__package__)
    for file in sorted(folder.iterdir(), key=lambda file: (file.name != "en.yaml", file.name)):
        if not file.name.endswith(".yaml"):
            continue
        for kind, senses in parsed(file.read_text(encoding="utf-8")).items():
            groups = senses.items() if isinstance(senses, dict) else [("", senses)]
            for sense, words in groups:
                yield from ((kind, sense, str(word)) for word in words)


@cache
def changes() -> tuple[str, ...]:
    """Stems of words for a change of a value: what stands behind them `from A to B` is no range."""
    return tuple(phrase.rstrip("*") for kind, _, phrase in entries() if kind in {"change", "shrink"})
