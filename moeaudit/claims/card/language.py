"""Which language a card's running text is in, as far as scripts and words tell, and whether a lexicon covers it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from moeaudit.claims.card.lexicon import APART, entries, tokens_of
from moeaudit.claims.card.text import Block
from moeaudit.data import parsed
from moeaudit.later import expression
from moeaudit.limits import LANGUAGE_LETTERS

SCRIPTS = {
    "Latin": r"A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "Han or kana": r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff",
    "Hangul": r"\u1100-\u11ff\uac00-\ud7a3",
    "Cyrillic": r"\u0400-\u052f",
    "Greek": r"\u0370-\u03ff",
    "Hebrew": r"\u0590-\u05ff",
    "Arabic": r"\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "Devanagari": r"\u0900-\u097f",
    "Bengali": r"\u0980-\u09ff",
    "Tamil": r"\u0b80-\u0bff",
    "Telugu": r"\u0c00-\u0c7f",
    "Thai": r"\u0e00-\u0e7f",
    "Georgian": r"\u10a0-\u10ff",
    "Armenian": r"\u0530-\u058f",
}
READ = ("Latin", "Han or kana", "Hangul")
"""Scripts of which some language is read; a character of the last two stands for about two letters."""

RUNS = {name: expression(f"[{characters}]+") for name, characters in SCRIPTS.items()}
ENOUGH = 40
"""Letters, or words, below which a text tells no language."""

KNOWN = 0.3
"""The least share of words known to the lexicons of a text in a language that they cover: the cards of such languages
have 0.37 and more, those of others seldom above 0.27."""

COMMON = 0.05
"""The least share of a text's words that its language's commonest words make."""


class Unread(NamedTuple):
    """What a text is in that is not read: the language or script, and the line where its first words stand."""

    name: str
    line: int


class Language(NamedTuple):
    """A language in Latin script: its commonest words, and whether a lexicon covers it."""

    name: str
    words: frozenset[str]
    read: bool


def unread_language(parts: Iterable[Block]) -> Unread | None:
    """The language of a card whose running text is mostly in one that no lexicon covers; None where it is read, or too
    short to tell. A script tells it, else the language's commonest words, else the share of words that the lexicons
    know."""
    blocks = [block.text for block in parts if block.text is not None and block.kind == "text" and block.text.value]
    line = blocks[0].at[0][0] if blocks else 1
    text = " ".join(block.value for block in blocks)[:LANGUAGE_LETTERS]
    letters = {name: sum(len(run) for run in runs.findall(text)) for name, runs in RUNS.items()}
    whole = sum(letters.values()) + letters["Han or kana"] + letters["Hangul"]
    script = max(letters, key=lambda name: letters[name] * (2 if name in READ[1:] else 1))
    if letters[script] < ENOUGH:
        return None
    if script not in READ:
        return Unread(f"{script} script", line) if 2 * letters[script] > whole else None
    words = [word for word, _ in tokens_of(text) if RUNS["Latin"].match(word)]
    if script != "Latin" or len(words) < ENOUGH:
        return None
    found = likeliest(words)
    if found.read if found is not None else share_known(words) >= KNOWN:
        return None
    return Unread(found.name if found is not None else "a language in Latin script", line)


def share_known(words: list[str]) -> float:
    """The share of words that stand in some lexicon, alone or in a phrase."""
    known = _known_words()
    return sum(word in known for word in words) / max(len(words), 1)


def likeliest(words: list[str]) -> Language | None:
    """The language whose commonest words occur most often, where they make a fair share."""
    counts = Counter(words)
    shares = {one: sum(counts[word] for word in one.words) / max(len(words), 1) for one in languages()}
    best = max(shares, key=lambda one: shares[one])
    return best if shares[best] >= COMMON else None


@cache
def _known_words() -> frozenset[str]:
    phrases = [phrase for kind, _, phrase in entries() if kind not in APART]
    return frozenset(token for phrase in phrases for token, _ in tokens_of(phrase.rstrip("*")))


@cache
def languages() -> tuple[Language, ...]:
    """The languages that can be told, and which of them have a lexicon."""
    data = parsed(files(__package__).joinpath("languages.yaml").read_text(encoding="utf-8"))
    lexicons = files(f"{__package__}.lexicon")
    return tuple(
        Language(one["name"], frozenset(one["words"]), lexicons.joinpath(f"{code}.yaml").is_file())
        for code, one in data.items()
    )
