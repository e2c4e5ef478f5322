"""Model cards: README.md read into claims with line and column. A number is a claim only when its unit and noun
say so."""

from moeaudit.claims.card.names import name_claims
from moeaudit.claims.card.reader import Card, Notice, read_card

__all__ = ["Card", "Notice", "name_claims", "read_card"]
