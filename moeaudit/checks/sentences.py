"""Running text as rules on wording read it: sentences of cards and texts of claim files, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from moeaudit.claims.claim import Claim, Origin, Status
from moeaudit.errors import Place
from moeaudit.later import dataclass, expression

if TYPE_CHECKING:
    from moeaudit.claims.card import Card

DENIED = expression(
    r"\b(?:not|never|no longer|cannot|neither|nor|myth|misconception|mistaken\w*|wrong\w*|incorrect\w*|false\w*"
    r"|instead of|rather than)\b"
    r"|n't\b|并非|不是|不会|不等于|误解|错误",
    re.IGNORECASE,
)
"""Words that deny what the sentence would otherwise state."""


@dataclass(frozen=True)
class Sentence:
    """A sentence and where it begins; in a card, `at` holds the line and column of every character."""

    text: str
    place: Place
    at: tuple[tuple[int, int], ...] = ()

    def spot(self, offset: int) -> Place:
        """Where the character at `offset` stands."""
        return Place(self.place.file, *self.at[offset]) if self.at else self.place

    @property
    def denies(self) -> bool:
        return DENIED.search(self.text) is not None


def sentences(cards: Iterable[Card], claims: Iterable[Claim]) -> Iterator[Sentence]:
    """Sentences of the cards' own words (no quotations, no code), and values of claim files that are words."""
    for card in cards:
        for block in card.blocks:
            if block.text is not None and not block.quoted:
                yield from (
                    Sentence(text.value, Place(card.file, *text.at[0]), text.at)
                    for text in block.text.sentences()
                    if text.value
                )
    for claim in claims:
        if claim.origin is Origin.CLAIM_FILE and claim.status is Status.STATED and isinstance(claim.value, str):
            yield Sentence(claim.value, claim.location)
