"""Figures of cards that look like claims and were not taken, each with the reason: what a person and a program see of
a card's reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from moeaudit.checks.card_readings import untaken
from moeaudit.claims.card import Card
from moeaudit.later import dataclass


@dataclass(frozen=True)
class Row:
    """A figure that was not taken: where, as printed, the field it would state, whose it is and by which word, and why
    it is no claim."""

    file: str
    line: int
    column: int
    figure: str
    field: str | None
    owner: str
    owner_word: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "figure": self.figure,
            "field": self.field,
            "owner": self.owner,
            "owner_word": self.owner_word,
            "reason": self.reason,
        }


def rows(cards: Iterable[Card]) -> Iterator[Row]:
    """Every such figure in the order of the text."""
    for card in cards:
        for one in untaken(card):
            line, column = one.text.at[one.start]
            reason = one.reason.value if one.reason is not None else ""
            yield Row(card.file, line, column, one.printed, one.path, one.owner.value, one.name, reason)
