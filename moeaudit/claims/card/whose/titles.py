"""What a card's head calls its model: headings, the line at its head, what its first texts present."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.shape import INSIDE, is_no_name, like_a_name
from moeaudit.claims.card.subject import Subject
from moeaudit.claims.card.text import Block
from moeaudit.later import expression

DECORATION = "".join(chr(code) for code in range(0x1F300, 0x1FAFF)) + " *#\u2600\ufe0f™®"
_SUBTITLE = expression(r"[:：(（|]|\s[-–—]\s|,\s")
_AROUND = frozenset(
    {"model", "models", "card", "cards", "readme", "documentation", "overview", "summary", "details", "information"}
    | {"introduction", "introducing", "announcing", "welcome", "meet", "to", "the", "of", "for", "about", "official"}
    | {"repository", "repo", "release", "weights", "technical", "report", "family", "series", "moe", "notes"}
    | {"language", "multimodal", "foundation", "large", "llms", "llm", "we", "present", "releasing", "presenting"}
    | {"模型", "模型卡", "介绍", "模型介绍", "简介"}
)
"""Words around a name in a title that are no part of it."""
_PRESENTS = (
    r"(?:,? (?:is|are) (?:an?|our|the|one)\b|\s?(?:是|は|은|는)"
    r"|(?: ist| est| es) (?:ein|eine|un|une|unser|notre|nuestro)\b)"
    r"(?=.{0,160}(?:[Mm]ode[lr]|LLM|MoE|[Mm]odèle|模型|モデル|모델))"
)
"""Behind a name what it is said to be."""
MOST_IN_A_TITLE = 80
SHORT = 4
"""Words of a name."""
LEAD = 6
"""Blocks at the head of a card that say what it is about."""


def bare(heading: str) -> str:
    """A heading without what cards put around a name: `Introducing X-2`, `X-2 Model Card`, `X-2: a new model`."""
    head = _SUBTITLE.split(heading, maxsplit=1)[0].strip(DECORATION)
    words = head.split()
    while words and words[0].lower() in _AROUND:
        del words[0]
    end = next((at for at, word in enumerate(words) if at and word in words_of("title_ends")), len(words))
    del words[end:]  # `X-2 in C`, `X-2 on a Mac`
    while words and words[-1].lower() in _AROUND:
        del words[-1]
    return " ".join(words)


def titles_of(parts: Sequence[Block]) -> list[str]:
    """The names in the card's first headings, else in the line at its head, else of what its first texts present."""
    return list(_named_by_headings(parts)) or list(_heads_of_html(parts)) or list(_presented(parts))


def _named_by_headings(parts: Sequence[Block]) -> Iterator[str]:
    """A known model's name in a heading, else the heading itself where it is like a name."""
    anybody = Subject("")
    for block in parts[: 4 * LEAD]:
        if block.kind == "heading" and block.text is not None and not block.headings:
            title = bare(block.text.value)
            names = [one.name for one in anybody.mentions(title)]
            if names and (len(title.split()) > 4 or len(names) > 1 or not title.isascii()):
                yield from names
            elif like_a_name(title):
                yield title


def _heads_of_html(parts: Sequence[Block]) -> Iterator[str]:
    """A short line at the card's very head that is a name, or a name and a subtitle."""
    first = next((block for block in parts if block.text is not None and block.text.value), None)
    if first is None or first.text is None or not first.text.value.isascii():
        return
    title = bare(first.text.value)
    if len(first.text.value) < 2 * MOST_IN_A_TITLE and len(title.split()) <= SHORT and like_a_name(title):
        yield title


def _presented(parts: Sequence[Block]) -> Iterator[str]:
    """What a heading or the line at the head is, where a text begins by saying what that is: `Alpha is a family of`."""
    heads = [block.text.value for block in parts[: 4 * LEAD] if block.text is not None and block.text.value]
    for name in dict.fromkeys(bare(one) for one in heads[:LEAD]):
        inside = name.isascii() and len(name.split()) <= SHORT and INSIDE.search(name)
        if not inside or _is_ordinary(name):
            continue
        presents = re.compile(rf"(?:[^.:]{{0,40}}?\s)?{re.escape(name)}\s*(?:[(（][^()（）]{{0,40}}[)）])?{_PRESENTS}")
        if any(presents.match(text) for text in heads):
            yield name
            return


def _is_ordinary(name: str) -> bool:
    """Whether every word of a title is one that names no model: `MODEL-Card`, `FP8 weights`."""
    return all(is_no_name(word) for word in re.split(r"[-_\s]+|(?<=[a-z])(?=[A-Z])", name) if word)
