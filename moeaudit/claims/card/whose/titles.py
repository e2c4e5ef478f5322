"""What a card's head calls its model: headings, or the line at its head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.shape import like_a_name
from moeaudit.claims.card.subject import Subject
from moeaudit.claims.card.text import Block
from moeaudit.later import expression

DECORATION = "".join(map(chr, range(0x1F300, 0x1FAFF))) + " *#\u2600\ufe0f™®"
_SUBTITLE = expression(r"[:：(（|]|\s[-–—]\s|,\s")
MOST_IN_A_TITLE = 80
SHORT = 4
"""Words of a name."""
LEAD = 6
"""Blocks at the head of a card that say what it is about."""


def bare(heading: str) -> str:
    """A heading without what cards put around a name: `Introducing X-2`, `X-2 Model Card`, `X-2: a new model`."""
    head = _SUBTITLE.split(heading, maxsplit=1)[0].strip(DECORATION)
    words = head.split()
    while words and words[0].lower() in words_of("around_titles"):
        del words[0]
    end = next((at for at, word in enumerate(words) if at and word in words_of("title_ends")), len(words))
    del words[end:]  # `X-2 in C`, `X-2 on a Mac`
    while words and words[-1].lower() in words_of("around_titles"):
        del words[-1]
    return " ".join(words)


def titles_of(parts: Sequence[Block]) -> list[str]:
    """The names in the card's first headings, else in the line at its head."""
    return list(_named_by_headings(parts)) or list(_heads_of_html(parts))


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
