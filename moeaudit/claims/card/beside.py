"""Words around values that are no figures, as expressions made of the lexicons' `beside` parts."""

from __future__ import annotations

import re
from functools import cache

from moeaudit.claims.card.lexicon import BESIDE, CJK, groups


def words_of(group: str) -> list[str]:
    """The words of a group in every language, the longest first."""
    return sorted(set(groups(BESIDE)[group]), key=lambda word: (-len(word), word))


def may_hold(text: str, *names: str) -> bool:
    """Whether a word of these groups stands somewhere in the text, be it within another: what costs little to ask."""
    lowered = text.lower()
    return any(word in lowered for name in names for word in _plain(name))


@cache
def _plain(group: str) -> tuple[str, ...]:
    return tuple(word.rstrip("*").lower() for word in words_of(group))


def any_of(*groups: str) -> str:
    """An expression that finds one word of these groups: whole ones where the script parts words, stems where `*` ends
    them."""
    return "(?:" + "|".join(_expression(word) for group in groups for word in words_of(group)) + ")"


def _expression(word: str) -> str:
    stem, bare = word.endswith("*"), re.escape(word.rstrip("*"))
    bare = bare.replace(r"\ ", r"\s")
    if re.match(rf"[{CJK}]", word):
        return bare
    head = r"(?<![^\W_])" if word[0].isalnum() else ""
    return f"{head}{bare}" + ("" if stem or not word[-1].isalnum() else rf"(?![^\W\d_{CJK}])")


@cache
def pattern(template: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """`template` with each `{group}` or `{group|group}` as one word of them."""
    return re.compile(re.sub(r"\{([a-z_|]+)\}", lambda found: any_of(*found[1].split("|")), template), flags)
