"""Foreign text on one line, with nothing invisible: what every writer does first, before its own marks."""

from __future__ import annotations

from moeaudit.limits import VALUE_LETTERS
from moeaudit.text import visible


def legible(text: str) -> str:
    """One line with single spaces, nothing invisible, at most VALUE_LETTERS and a note of how many were cut."""
    if not (text.isascii() and text.isprintable() and "  " not in text):
        words = " ".join(text.split())
        text = f"{' ' * text[:1].isspace()}{words}{' ' * text[-1:].isspace()}" if words else " " * bool(text)
    if len(text) > VALUE_LETTERS:
        text = f"{text[:VALUE_LETTERS]} … ({len(text) - VALUE_LETTERS:,} more characters)"
    return visible(text)
