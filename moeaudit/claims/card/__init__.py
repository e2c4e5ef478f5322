"""Model cards: README.md read into claims with line and column. A number is a claim only when its unit and noun
say so."""

from moeaudit.claims.card.reader import Card, Notice, read_card
from moeaudit.claims.names import name_claims

__all__ = ["Card", "Notice", "name_claims", "read_card"]
