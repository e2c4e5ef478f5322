"""Figures bound to their nouns: which field each figure of a sentence or cell states, and why one states none."""

from __future__ import annotations

from typing import NamedTuple

from moeaudit.claims.card.constructions import CONSTRUCTIONS
from moeaudit.claims.card.fields import CONTEXT, PARAMETERS, TOKENS, Row, field_of, fits
from moeaudit.claims.card.marks import Mark
from moeaudit.claims.card.nouns import Marks, Phrase
from moeaudit.claims.card.reasons import Reason

NEAR = 12
"""Marks around a figure in which the words stand that tell a context from a corpus."""


class Bound(NamedTuple):
    """A figure and the row of fields that its noun states, or the reason why it states none."""

    mark: Mark
    at: int
    row: Row | None
    reason: Reason | None = None


def bind(marks: Marks) -> list[Bound]:
    """Every figure of a sentence, in order."""
    found: list[Bound] = []
    for at, one in enumerate(marks):
        if one.figure is not None:
            found.append(_within(marks, _bound(marks, at), found))
    return _without_people(marks, _without_sums(found))


def _bound(marks: Marks, at: int) -> Bound:
    one = marks[at]
    assert one.figure is not None
    reason: Reason | None = None
    for construction in CONSTRUCTIONS:
        for phrase in construction.reads(marks, at):
            row = _row(marks, at, phrase)
            if row is not None and fits(row.sort, one.figure) and _counts(marks, at, phrase):
                return Bound(one, at, row)
            why = Reason.SIZE if row is not None else Reason.OTHER_NOUN if phrase.noun == "other" else Reason.PART
            reason = reason or why
            if why is Reason.OTHER_NOUN or (why is Reason.PART and phrase.sure):
                return Bound(one, at, None, reason)
    return Bound(one, at, None, reason or Reason.NO_NOUN)


def _counts(marks: Marks, at: int, phrase: Phrase) -> bool:
    """Not a factor of a product such as `16 × 3.8B` nor half of a fraction; "one" counts shared experts alone."""
    one = marks[at]
    if one.text.lower() == "one" and "shared" not in phrase.modifiers:
        return False
    fraction = at > 1 and marks[at - 1].text == "/" and marks[at - 2].figure and marks[at - 2].end + 1 == one.start
    if fraction and one.figure is not None and not fits(PARAMETERS, one.figure):
        return False  # `1/32`
    return at + 1 == len(marks) or marks[at + 1].text not in {"×", "%", "^"}


def _row(marks: Marks, at: int, phrase: Phrase) -> Row | None:
    noun, modifiers = phrase.noun, phrase.modifiers
    if noun == "tokens":
        noun = _sort_of_tokens(marks, at)
    elif noun in {"model", "size"}:
        modifiers -= {"routed", "dense", "shared", "component"}
        noun = "size" if "stored" in modifiers else "parameters"
    return field_of(noun, modifiers)


def _sort_of_tokens(marks: Marks, at: int) -> str:
    """Tokens are a context or a corpus, as the sentence says."""
    figure = marks[at].figure
    assert figure is not None
    if fits(TOKENS, figure) and any(one.is_("verb", "trained") or one.is_("noun", "training") for one in marks):
        return "training"
    near = marks[max(0, at - NEAR) : at + NEAR]
    supports = any(one.is_("verb", "supports") for one in marks[max(0, at - NEAR) : at])
    return "context" if fits(CONTEXT, figure) and (supports or any(one.is_("noun", "context") for one in near)) else ""


def _within(marks: Marks, one: Bound, earlier: list[Bound]) -> Bound:
    """A figure in the brackets behind another one: `1.4B activated (non-embedding 789M)` is a part of the active one,
    `196.81B (196B Backbone + 0.81B Head)` are parts, `720억 (72B)` and `18.6B-31.3B (averaging 27B)` the same again."""
    last = earlier[-1] if earlier else None
    if last is None or last.row is None or not _bracketed(marks, last.at, one.at):
        return one
    if one.row is not None and "non_embedding" in one.row.needs and "active" in last.row.needs:
        return one._replace(row=field_of("parameters", {"non_embedding", "active"}))
    inside = marks[last.at + 1 : next((at for at in range(one.at, len(marks)) if marks[at].closes), len(marks))]
    figure, before = one.mark.figure, last.mark.figure
    assert figure is not None and before is not None
    if fits(PARAMETERS, figure) and any(mark.text == "+" for mark in inside):
        return one._replace(row=None, reason=Reason.PART)
    again = before.low <= figure.low <= before.high and fits(last.row.sort, figure)
    return one._replace(row=last.row, reason=None) if again and (one.row is None or before.is_range) else one


def _bracketed(marks: Marks, first: int, second: int) -> bool:
    """Whether a bracket opens right behind the first figure's words and still stands open at the second."""
    between = marks[first + 1 : second]
    return any(one.opens for one in between) and not any(one.closes or one.text in {",", "，"} for one in between)


def _without_sums(found: list[Bound]) -> list[Bound]:
    """`8 routed plus one shared (9 experts in total)`: a figure that adds up two others is no count of its own."""
    values = {
        one.at: one.mark.figure.low
        for one in found
        if one.row is not None and one.row.noun == "experts" and one.mark.figure is not None
    }
    pairs = {first + second for first in values.values() for second in values.values() if first != second}
    return [one._replace(row=None, reason=Reason.SUM) if values.get(one.at) in pairs else one for one in found]


def _without_people(marks: Marks, found: list[Bound]) -> list[Bound]:
    """Experts that were hired, or of some field, are people."""
    if not any(one.kind == "people" for one in marks):
        return found
    return [
        one._replace(row=None, reason=Reason.OTHER_NOUN) if one.row is not None and one.row.noun == "experts" else one
        for one in found
    ]
