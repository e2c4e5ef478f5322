"""Figures bound to their nouns: which field each figure of a sentence or cell states, and why one states none."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, combinations

from moeaudit.claims.card.bound import Bound
from moeaudit.claims.card.constructions import CONSTRUCTIONS
from moeaudit.claims.card.context import sort_of_tokens
from moeaudit.claims.card.fields import PARAMETERS, Row, field_of, fits
from moeaudit.claims.card.nouns import LABELLING, Marks, Phrase, introduced
from moeaudit.claims.card.parts import bracketed, is_numbered, settled
from moeaudit.claims.card.reasons import Reason

LAYERS = "architecture.layers"
NEAR = 4
"""Counts before and behind one that it may add up."""


def bind(marks: Marks) -> list[Bound]:
    """Every figure of a sentence, in order."""
    found: list[Bound] = []
    for at, one in enumerate(marks):
        if one.figure is not None:
            found.append(_within(marks, _bound(marks, at), found))
    found = settled(marks, _without_sums(marks, found))
    return _without_people(marks, _without_groups(_selected(marks, found)))


def _bound(marks: Marks, at: int) -> Bound:
    one = marks[at]
    assert one.figure is not None
    if is_numbered(marks, at):
        return Bound(one, at, None, Reason.OTHER_NOUN)
    reason: Reason | None = None
    for construction in CONSTRUCTIONS:
        for phrase in construction.reads(marks, at):
            row = _row(marks, at, phrase)
            if row is not None and fits(row.sort, one.figure) and _counts(marks, at, phrase):
                return Bound(one, at, None, Reason.PART) if _of_a_part(marks, at, row) else Bound(one, at, row)
            why = Reason.SIZE if row is not None else Reason.OTHER_NOUN if phrase.noun == "other" else Reason.PART
            reason = reason or why
            if why is Reason.OTHER_NOUN or (why is Reason.PART and phrase.sure):
                return Bound(one, at, None, reason)
    return Bound(one, at, None, reason or Reason.NO_NOUN)


def _of_a_part(marks: Marks, at: int, row: Row) -> bool:
    """Whether the clause's subject is a part of the model: `The attention layers hold 6B parameters`."""
    if row.noun == "training":
        return _part_was_trained(marks, at)
    if row.noun in {"parameters", "experts", "layers"} and _is_of_each(marks, at):
        return True
    told = any(one.is_("adjective", "active") for one in marks)
    if row.path != "architecture.total_parameters" and (told or row.path != "architecture.active_parameters"):
        return False
    for place in range(at - 1, -1, -1):
        one = marks[place]
        if one.kind in {"name", "who", "stop"} or one.figure or one.text in {":", "：", ",", "，", ";", "|"}:
            return False
        if one.is_("noun", "model", "parameters", "size") or one.is_("adjective", "total"):
            return False
        part = one.is_("adjective", "component", "embedding", "mtp", "vision")
        if part or one.is_("noun", "experts", "layers", "context"):
            return any(other.kind in {"link", "verb", "word"} for other in marks[place + 1 : at])
    return False


def _is_of_each(marks: Marks, at: int) -> bool:
    """Whether the sentence tells of each of several parts: `Each expert has a width of 2048 and 44M parameters`."""
    start = introduced(marks)
    first, second = (*marks[start : start + 2], *marks[:1], *marks[:1])[:2]
    led = first.is_("per", "part") or (first.kind == "generic" and second.is_("noun", "other", "experts", "layers"))
    return led and not any(one.kind in {"name", "who", "stop"} or one.text == ":" for one in marks[start + 1 : at])


def _counts(marks: Marks, at: int, phrase: Phrase) -> bool:
    """Not a factor of a product such as `16 × 3.8B` nor half of a fraction; "one" counts shared experts alone."""
    one = marks[at]
    if one.text.lower() == "one" and "shared" not in phrase.modifiers:
        return False
    for over, under in ((at - 2, at), (at, at + 2)):
        if _is_fraction(marks, over, under) and not _is_counted(marks, under):
            return False  # `1/32`
    if at > 1 and marks[at - 1].text == "×" and marks[at - 2].text[:1].isdigit():
        return False  # `16 × 3.8B`
    return at + 1 == len(marks) or marks[at + 1].text not in {"×", "%", "^"}


def _is_fraction(marks: Marks, over: int, under: int) -> bool:
    """Whether two figures that are no sizes are written as one: `1/32`."""
    if over < 0 or under >= len(marks) or marks[over + 1].text != "/":
        return False
    first, second = marks[over].figure, marks[under].figure
    close = marks[over].end + 1 == marks[under].start
    return close and first is not None and second is not None and not fits(PARAMETERS, second)


def _part_was_trained(marks: Marks, at: int) -> bool:
    """`The tokenizer was trained on 40B tokens`."""
    verb = next((place for place in range(at - 1, 0, -1) if marks[place].is_("verb", "trained")), 0)
    head = [one for one in marks[:verb] if not one.silent and not one.is_("link", "copula")]
    return bool(head) and head[-1].is_("adjective", "component", "vision", "embedding", "mtp")


def _is_counted(marks: Marks, at: int) -> bool:
    """Whether the second of `8/256 experts` has its noun beside it, or a label before both."""
    rest = next((one for one in marks[at + 1 :] if one.kind != "adjective"), None)
    head = marks[:at]
    labelled = any(one.text in LABELLING for one in head) and any(one.is_("noun", "experts") for one in head)
    return labelled or (rest is not None and rest.is_("noun", "experts"))


def _row(marks: Marks, at: int, phrase: Phrase) -> Row | None:
    noun, modifiers = phrase.noun, phrase.modifiers
    if noun == "tokens":
        noun = sort_of_tokens(marks, at)
    elif noun in {"model", "size"}:
        modifiers -= {"routed", "dense", "shared", "component"}
        noun = "size" if "stored" in modifiers else "parameters"
    return field_of(noun, modifiers)


def _within(marks: Marks, one: Bound, earlier: list[Bound]) -> Bound:
    """A figure in the brackets behind another one: `1.4B activated (non-embedding 789M)` is a part of the active one,
    `196.81B (196B Backbone + 0.81B Head)` are parts, `720억 (72B)` and `18.6B-31.3B (averaging 27B)` the same again."""
    last = earlier[-1] if earlier else None
    if last is None or (last.row is None and last.reason is not Reason.PART) or not bracketed(marks, last.at, one.at):
        return one
    if last.row is None:
        return one._replace(row=None, reason=Reason.PART) if one.row and one.row.noun == "parameters" else one
    if one.row is not None and "non_embedding" in one.row.needs and "active" in last.row.needs:
        return one._replace(row=field_of("parameters", {"non_embedding", "active"}))
    inside = marks[last.at + 1 : next((at for at in range(one.at, len(marks)) if marks[at].closes), len(marks))]
    figure, before = one.mark.figure, last.mark.figure
    assert figure is not None and before is not None
    if fits(PARAMETERS, figure) and any(mark.text == "+" for mark in inside):
        return one._replace(row=None, reason=Reason.PART)
    same = before.low <= figure.low <= before.high or (figure.unit != "" and figure.matches(before.low) is not None)
    again = same and fits(last.row.sort, figure)
    return one._replace(row=last.row, reason=None) if again and (one.row is None or before.is_range) else one


def _without_sums(marks: Marks, found: list[Bound]) -> list[Bound]:
    """`8 routed plus one shared (9 experts in total)`: a figure that adds up two others of its clause, and of the same
    model, is no count of its own."""
    values = {
        one.at: one.mark.figure.low
        for one in found
        if one.row is not None and one.row.noun == "experts" and one.mark.figure is not None
    }

    order = sorted(values)
    breaks = list(accumulate(one.kind in {"name", "stop", "compare"} for one in marks))  # before them another model's

    def adds_up(place: int) -> bool:
        at = order[place]
        near = [one for one in order[max(0, place - NEAR) : place + NEAR + 1] if one != at]
        return any(
            values[first] + values[second] == values[at] and breaks[min(first, at)] == breaks[max(second, at)]
            for first, second in combinations(near, 2)
        )

    sums = {at for place, at in enumerate(order) if len(values) > 2 and adds_up(place)}
    return [one._replace(row=None, reason=Reason.SUM) if one.at in sums else one for one in found]


def _selected(marks: Marks, found: list[Bound]) -> list[Bound]:
    """`256 experts (8 routed + 1 shared per token)`: the fewer routed ones are those of a token, unless they and the
    shared ones make up the whole."""
    counts = [one for one in found if one.row is not None and one.row.noun == "experts"]
    routed = sorted((one for one in counts if one.row and not one.row.needs), key=_low)
    if len(routed) != 2 or any(one.row and one.row.path.endswith("per_token") for one in counts):
        return found
    few, many = routed
    beside = sum(_low(one) for one in counts if one not in routed)
    told = any(one.is_("per", "token") for one in marks) or bracketed(marks, many.at, few.at)
    if not told or 2 * _low(few) > _low(many) or _low(few) + beside == _low(many):
        return found
    return [one._replace(row=field_of("experts", {"selected"})) if one is few else one for one in found]


def _low(one: Bound) -> Fraction:
    assert one.mark.figure is not None
    return one.mark.figure.low


def _without_groups(found: list[Bound]) -> list[Bound]:
    """`48 layers in 12 blocks of 4 layers`: of several counts of layers the largest is the model's."""
    counts = [_low(one) for one in found if one.row is not None and one.row.path == LAYERS]
    return [
        one._replace(row=None, reason=Reason.PART)
        if one.row is not None and one.row.path == LAYERS and 2 * _low(one) <= max(counts)
        else one
        for one in found
    ]


def _without_people(marks: Marks, found: list[Bound]) -> list[Bound]:
    """Experts that were hired, or of some field, are people."""
    if not any(one.kind == "people" for one in marks):
        return found
    return [
        one._replace(row=None, reason=Reason.OTHER_NOUN) if one.row is not None and one.row.noun == "experts" else one
        for one in found
    ]
