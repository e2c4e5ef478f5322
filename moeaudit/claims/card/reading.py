"""What was read and what was not: each figure of a card with its field and owner, or why it is no claim."""

from __future__ import annotations

from moeaudit.claims.card.reasons import Reason
from moeaudit.claims.card.text import Text
from moeaudit.claims.card.whose.owner import Owner
from moeaudit.claims.figures import Figure
from moeaudit.later import dataclass


@dataclass(frozen=True)
class Reading:
    """A value found in a card: where it starts in its text, the field it states, whose it is.

    `path` is None where no field is stated; `reason` says why a reading is not taken as a claim of the card's model,
    and is None where it is taken.
    """

    text: Text
    start: int
    printed: str
    path: str | None
    owner: Owner
    figure: Figure | None = None
    reason: Reason | None = None
    name: str = ""
    """The name, or the word, that the figure is given to."""

    @property
    def taken(self) -> bool:
        return self.reason is None and self.path is not None
