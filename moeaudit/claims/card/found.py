"""A value found in a card, before it is known whose it is."""

from __future__ import annotations

from moeaudit.claims.figures import Figure
from moeaudit.later import dataclass


@dataclass(frozen=True)
class Found:
    """A value found in a card: its field, its printed form, where it starts in the text, and its figure where it
    is one."""

    path: str
    text: str
    start: int
    figure: Figure | None = None
