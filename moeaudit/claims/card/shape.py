"""What a model's name looks like, and which words that look so are none (not_names.yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache, lru_cache
from importlib.resources import files

from moeaudit.claims.card.lexicon import ACCENTS, lexicon
from moeaudit.claims.card.subject import words_of_names
from moeaudit.data import parsed
from moeaudit.later import expression

LIKE_A_NAME = expression(r"[A-Za-z].*\d|[A-Z][a-z]+-?[A-Z]|(?<!\S)[A-Za-z]+(?:-[A-Za-z0-9.]+)+(?!\S)")
"""A version, a size, capitals inside, or words joined by hyphens."""

SIZED = expression(r"[^\W\d_][\w.]*[-_ ](?:[\w.]+[-_ ]){0,5}(?:\d{1,3}[x×])?\d{1,4}(?:\.\d{1,2})?[BT](?![A-Za-z])")
"""Words joined to a size: a name, whatever its first word is, as in `Chinese-Alpha-8x7B`."""

HEAD = expression(
    r"(?:[A-Z]|[a-z]{1,20}[A-Z])[A-Za-z0-9]{0,30}(?:\.[A-Za-z0-9]{1,20}){0,3}"
    r"(?:[-_][A-Za-z0-9]{1,20}(?:\.\d{1,4}){0,2}){0,8}(?![A-Za-z0-9_%])"
)
"""The first word of a name."""

INSIDE = expression(r"\d|[a-z][A-Z]|[A-Z]{2,}[a-z]|[-_][A-Z0-9]")
_ORDINARY = expression(
    r"(?:ing|tion|tions|ity|ities|ness|ment|ments|ency|ance|ence|ly|ism|ed|able|ible|ful|less|ive|ous|ics|ware|ally|ung"
    r"|ungen|keit|heit|ción|ciones|mente|dad|eur|eurs|ement)$"
)
"""Ends of ordinary words."""
Words = tuple[frozenset[str], frozenset[str]]
"""Phrases and stems."""

SHORT_STEM = 4
ENDING = 3
"""A stem of four letters or fewer stands for words with up to three letters more."""


class Shape(Enum):
    """How much a word looks like a model's name: not at all, as any name of something may, or surely."""

    NONE = 0
    WEAK = 1
    STRONG = 2


def like_a_name(text: str) -> bool:
    """Whether a title, a folder or a repository is called like a model, which need not be one that is known."""
    bare = text.rpartition("/")[2]
    if len(text) < 80 and SIZED.match(bare) and not _is_of("hardware", bare.split("-")[0]):
        return True
    return len(text) < 80 and LIKE_A_NAME.search(bare.replace("MoE", "")) is not None and not is_no_name(bare)


@lru_cache(maxsize=4096)
def shape_of(word: str) -> Shape:
    """The shape of a name's first word."""
    letters = sum(one.isalpha() for one in word)
    if letters < 3 or is_no_name(word) or re.fullmatch(r"[A-Z]+s?", word):
        return Shape.NONE
    parts = [one for one in re.split(r"[-_]", word.lower()) if one]
    if all(knows(one) or is_no_name(one) or _is_edition(one) for one in parts):
        return Shape.NONE
    if INSIDE.search(word):
        return Shape.STRONG
    weak = letters > 3 and not _ORDINARY.search(word) and not knows(parts[0])
    return Shape.WEAK if weak else Shape.NONE


def is_no_name(words: str) -> bool:
    """Whether words are known to name no model, by all of them or by the first: `SWE-Bench`, `FP8`, `H100`, `vLLM`."""
    phrases, stems = _not_names()
    bare = re.sub(r"[-_\s]+", " ", words.lower().translate(ACCENTS)).strip()
    first = bare.partition(" ")[0]
    return any(one in phrases or _by_stem(one, stems) for one in (bare, first, first.rstrip("0123456789.")))


def is_benchmark(word: str) -> bool:
    """Whether a word, written as a name is, names a benchmark."""
    return word[:1].isupper() and len(word) > 2 and _is_of("benchmarks", word)


def is_company(word: str) -> bool:
    """Whether a word names a company or an institute."""
    return _is_of("companies", word)


def _is_of(group: str, word: str) -> bool:
    phrases, stems = _group(group)
    bare = word.lower()
    return bare in phrases or _by_stem(bare, stems)


def _by_stem(word: str, stems: frozenset[str]) -> bool:
    return any(
        word[:length] in stems and (length > SHORT_STEM or len(word) - length <= ENDING)
        for length in range(2, len(word) + 1)
    )


def _is_edition(word: str) -> bool:
    return word in words_of_names("editions") or word in words_of_names("variants")


def knows(word: str) -> bool:
    """Whether a word has a sense in some lexicon."""
    return lexicon().longest([word.lower()], 0, 1) is not None


@cache
def _groups() -> Mapping[str, list[str]]:
    groups = parsed(files(__package__).joinpath("not_names.yaml").read_text(encoding="utf-8"))
    return {name: [str(word).lower().translate(ACCENTS) for word in words] for name, words in groups.items()}


def _phrases_and_stems(words: Iterable[str]) -> Words:
    words = list(words)
    stems = frozenset(word.rstrip("*") for word in words if word.endswith("*"))
    return frozenset(word.replace("-", " ") for word in words if not word.endswith("*")), stems


@cache
def _not_names() -> Words:
    return _phrases_and_stems(word for words in _groups().values() for word in words)


@cache
def _group(name: str) -> Words:
    return _phrases_and_stems(_groups()[name])
