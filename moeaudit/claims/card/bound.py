"""A figure once its noun is known, or the reason why it has none."""

from __future__ import annotations

from typing import NamedTuple

from moeaudit.claims.card.fields import Row
from moeaudit.claims.card.marks import Mark
from moeaudit.claims.card.reasons import Reason


class Bound(NamedTuple):
    """A figure and the row of fields that its noun states, or the reason why it states none."""

    mark: Mark
    at: int
    row: Row | None
    reason: Reason | None = None
