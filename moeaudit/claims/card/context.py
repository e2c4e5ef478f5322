"""Lengths of a context: what the words around tokens say of them, and a second length in the same sentence."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.claims.card.fields import CONTEXT, TOKENS, fits
from moeaudit.claims.card.nouns import Marks, Phrase

NEAR = 12
"""Marks around a figure in which the words stand that tell a context from a corpus."""
REACH = 5


def sort_of_tokens(marks: Marks, at: int) -> str:
    """Tokens are a context or a corpus, as the sentence says."""
    figure = marks[at].figure
    assert figure is not None
    if fits(TOKENS, figure) and any(one.is_("verb", "trained") or one.is_("noun", "training") for one in marks):
        return "training"
    if not fits(CONTEXT, figure):
        return ""
    head = marks[max(0, at - NEAR) : at]
    if _counts_other(marks, at):
        return ""
    if any(one.is_("verb", "supports") for one in head) or _supported(marks, at):
        return "context"
    counted = next((one for one in reversed(head) if one.is_("noun", "context", "other")), None)
    if counted is not None:
        return "context" if counted.sense == "context" else ""
    return "context" if any(one.is_("noun", "context") for one in marks[at : at + NEAR]) else ""


def _counts_other(marks: Marks, at: int) -> bool:
    """Whether another noun is linked to the figure: `a vocabulary of 248,000 tokens`."""
    place = at - 1
    while place >= 0 and (marks[place].silent or marks[place].kind == "link" or marks[place].text in {":", "："}):
        place -= 1
    return 0 <= place < at - 1 and marks[place].is_("noun", "other")


def _supported(marks: Marks, at: int) -> bool:
    """Whether the verb stands at the end, as Japanese and Korean have it: `128K トークンに対応`."""
    for one in marks[at + 1 : at + NEAR]:
        if one.text in {",", "，", "、", "。", "."}:
            return False
        if one.is_("verb", "supports"):
            return one.joined
    return False


def again(marks: Marks, at: int) -> Iterator[Phrase]:
    """A length beside a verb such as `extends to`, where the sentence names a context."""
    figure = marks[at].figure
    if figure is None or not fits(CONTEXT, figure) or not any(one.is_("noun", "context") for one in marks):
        return
    if not figure.unit and figure.low < 1000:
        return
    if _verb_before(marks, at) or _supported(marks, at):
        yield Phrase("context", frozenset())


def _verb_before(marks: Marks, at: int) -> bool:
    for place in range(at - 1, max(-1, at - REACH), -1):
        one = marks[place]
        if one.is_("verb", "supports") or one.is_("link", "to") or one.kind == "change":
            return True
        earlier = one.figure is not None and fits(CONTEXT, one.figure)
        if not one.silent and not earlier and one.kind not in {"link", "word"}:
            return False
    return False
