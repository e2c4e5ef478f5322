"""A word with what there is to say of it."""

from __future__ import annotations

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Topic:
    """One word: what kind of word it is, a sentence, and labelled lines. `aliases`: other forms of it."""

    name: str
    kind: str
    sentence: str
    lines: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        width = max((len(label) for label, text in self.lines if text), default=0)
        rows = [f"  {label:<{width}}  {text}" for label, text in self.lines if text]
        return "\n".join([f"{self.name} ({self.kind})", f"  {self.sentence}", *rows])


def begun(text: str) -> str:
    """A sentence of words that begin small and end without a stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
