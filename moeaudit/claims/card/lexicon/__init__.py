"""What words are to a reader of figures: one file of data per language, one table of phrases for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from moeaudit.data import parsed
from moeaudit.later import expression

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
TOKEN = expression(rf"[{CJK}]|->|=>|[^\W\d_](?:(?![{CJK}_])[\w'’])*|\d[A-Za-z0-9.]*|[^\s\w]")
"""A token: one CJK character, one word of another script, one number, one sign. `_` parts words."""

BESIDE, LABEL = "beside", "label"
"""The parts of a file that are no marks: words around values that are no figures, and labels of such values."""


class Term(NamedTuple):
    """A phrase's kind (`noun`, `adjective`, `link` …) and its sense among those."""

    kind: str
    sense: str


class Lexicon(NamedTuple):
    """Phrases by their tokens, and stems of words (`evaluat*`)."""

    phrases: dict[tuple[str, ...], Term]
    stems: dict[str, Term]
    starts: dict[str, int]
    """First tokens of phrases of two and more, and how many tokens the longest of them has."""

    def longest(self, tokens: list[str], at: int, most: int) -> tuple[int, Term] | None:
        """The longest phrase of at most `most` tokens that begins at a token: how many it has, and its term."""
        first = tokens[at]
        if first in self.starts:
            for length in range(min(self.starts[first], most), 1, -1):
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


APART = (
    frozenset(["architecture", "around_titles", "batch", "family", "finite", "fronting", "imperative", "index"])
    | frozenset(["inturn", "maker", "means", "not_it", "placing", "plural", "politeness", "rate", "title_ends"])
    | frozenset(f"column_{one}" for one in ("machines", "models", "no_models", "ours", "parents", "rows", "totals"))
    | frozenset(["column_values", "topic"])
)
"""Kinds of words that are only looked up, and have another sense, or none, as marks: see `words_of`."""


def words_of(kind: str) -> frozenset[str]:
    """The words of a kind in every language, as they are looked up."""
    return _read()[1][kind]


def lexicon() -> Lexicon:
    """Every language's phrases; where languages share one, English decides, then
    the first file by name."""
    return _read()[0]


@cache
def _read() -> tuple[Lexicon, dict[str, frozenset[str]]]:
    """The phrases that are marks, and the words of each kind."""
    phrases: dict[tuple[str, ...], Term] = {}
    stems: dict[str, Term] = {}
    kinds: dict[str, set[str]] = {}
    for kind, sense, words in _lists():
        kinds.setdefault(kind, set()).update(map(str, words))
        if kind in APART:
            continue
        term = Term(kind, sense)
        for phrase in map(str, words):
            tokens = tuple(TOKEN.findall(phrase.rstrip("*").lower().translate(ACCENTS)))
            if phrase.endswith("*") and len(tokens) == 1:
                stems.setdefault(tokens[0], term)
            else:
                phrases.setdefault(tokens, term)
    starts: dict[str, int] = {}
    for tokens in phrases:
        if len(tokens) > 1:
            starts[tokens[0]] = max(len(tokens), starts.get(tokens[0], 0))
    return Lexicon(phrases, stems, starts), {kind: frozenset(words) for kind, words in kinds.items()}


def entries() -> Iterator[tuple[str, str, str]]:
    """Kind, sense and phrase of every line of data, file by file."""
    return ((kind, sense, str(word)) for kind, sense, words in _lists() for word in words)


def _lists() -> Iterator[tuple[str, str, list[Any]]]:
    """Kind, sense and phrases of every list, file by file."""
    for data in languages():
        for kind, senses in data.items():
            if kind in {BESIDE, LABEL}:
                continue
            groups = senses.items() if isinstance(senses, dict) else [("", senses)]
            yield from ((kind, str(sense), words) for sense, words in groups)


@cache
def languages() -> tuple[dict[str, Any], ...]:
    """The files of words, English first, then by name."""
    found = sorted(files(__package__).iterdir(), key=lambda file: (file.name != "en.yaml", file.name))
    return tuple(parsed(file.read_text(encoding="utf-8")) for file in found if file.name.endswith(".yaml"))


@cache
def groups(part: str) -> dict[str, tuple[str, ...]]:
    """The words of a part by their group, of all languages together."""
    found: dict[str, list[str]] = {}
    for data in languages():
        for group, words in data.get(part, {}).items():
            found.setdefault(group, []).extend(map(str, words))
    return {group: tuple(dict.fromkeys(words)) for group, words in found.items()}


@cache
def changes() -> tuple[str, ...]:
    """Stems of words for a change of a value: what stands behind them `from A to B` is no range."""
    return tuple(sorted(phrase.rstrip("*") for phrase in words_of("change") | words_of("shrink")))
