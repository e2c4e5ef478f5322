"""Running text as rules on wording read it: sentences of cards and texts of claim files, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moeaudit.claims.claim import Claim, Origin, Status
from moeaudit.errors import Place

if TYPE_CHECKING:
    from moeaudit.claims.card import Card

DENIED = re.compile(
    r"\b(?:not|never|no longer|cannot|neither|nor|myth|misconception|mistaken\w*|wrong\w*|incorrect\w*|false\w*|instead of|rather than)\b"
    r"|n't\b|并非|不是|不会|不等于|误解|错误",
    re.IGNORECASE,
)
"""Words that deny what the sentence would otherwise state."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it begins."""

    text: str
    place: Place

    @property
    def denies(self) -> bool:
        return DENIED.search(self.text) is not None


def sentences(cards: Iterable[Card], texts: Mapping[str, str], claims: Iterable[Claim]) -> Iterator[Sentence]:
    """Sentences of the cards' own words (no quotations, no code), and values of claim files that are words."""
    for card in cards:
        if card.file in texts:
            yield from _of_card(texts[card.file], card)
    for claim in claims:
        if claim.origin is Origin.CLAIM_FILE and claim.status is Status.STATED and isinstance(claim.value, str):
            yield Sentence(claim.value, claim.location)


def _of_card(text: str, card: Card) -> Iterator[Sentence]:
    from moeaudit.claims.card.layout import MAX_CARD, blocks

    first = card.front_matter.body_line
    body = "\n".join(text[:MAX_CARD].replace("\r\n", "\n").split("\n")[first - 1 :])
    for block in blocks(body, first):
        if block.text is None or block.quoted:
            continue
        for sentence in block.text.sentences():
            if sentence.value:
                yield Sentence(sentence.value, Place(card.file, *sentence.at[0]))
