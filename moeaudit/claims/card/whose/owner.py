"""Whose a figure is: the model of the card, one of its family, another one, or nobody's in particular."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from moeaudit.claims.card.clauses import generic
from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.marks import ARROWS, Mark
from moeaudit.claims.card.reasons import Reason
from moeaudit.claims.card.subject import Relation
from moeaudit.claims.card.whose.in_turn import jointly_ours

EDGES = frozenset([",", ";", "，", "；", "、", "。"])
LEADING = 8
"""Marks at the head of a sentence among which the name stands that it speaks of."""
ATTACHING = frozenset({"link", "adjective", "noun", "per"})


class Owner(StrEnum):
    """How sure it is whose a figure is."""

    STATED = "stated"
    ASSUMED = "assumed"
    FAMILY = "family"
    OTHER = "other"


class Owned(NamedTuple):
    """The owner, the name or word that says so, and the reason where the figure is compared with or denied."""

    owner: Owner
    why: str = ""
    reason: Reason | None = None


def of_relation(relation: Relation, why: str) -> Owned:
    if relation is Relation.SAME:
        return Owned(Owner.STATED, why)
    if relation is Relation.FAMILY:
        return Owned(Owner.FAMILY, why, Reason.OTHER_MODEL)
    if relation is Relation.RIVAL:
        return Owned(Owner.ASSUMED, why)
    return Owned(Owner.OTHER, why, Reason.OTHER_MODEL)


def owner_of(marks: list[Mark], at: int, carried: Owned) -> Owned:
    """Whose the figure at `at` is. `carried` is what the sentence before, the heading or the card says."""
    if any(one.is_("who", "frame") for one in marks):
        return Owned(Owner.OTHER, "an experiment", Reason.OTHER_MODEL)
    if (anyone := generic(marks, at)) is not None:
        return Owned(Owner.OTHER, anyone.text, Reason.OTHER_MODEL)
    held = _held_in_brackets(marks, at)
    if held is not None:
        return of_relation(held.relation or Relation.OTHER, held.text)
    follower = _name_behind(marks, at)
    if follower is not None:
        return of_relation(follower.relation or Relation.OTHER, follower.text)
    passed = False
    depth = 0
    for place in range(at - 1, -1, -1):
        one = marks[place]
        # What stands in brackets that are closed before the figure says nothing of it.
        depth = max(0, depth + one.closes - one.opens)
        if depth:
            continue
        if one.kind == "name":
            if _is_shrunk(marks, place, at):
                return carried
            led = _led_by_comparison(marks, place)
            if led is not None and led.kind == "compare" and _by_using(marks, place, at):
                passed = True
                continue
            if led is None and one.relation is not Relation.SAME and jointly_ours(marks, place):
                return Owned(Owner.STATED, one.text)
            if led is None or (not led.is_("parent", "of") and _attached(marks, place, at)):
                return of_relation(one.relation or Relation.OTHER, one.text)
            passed = True
        elif one.is_("who", "other"):
            if (place < LEADING or _same_part(marks, place, at)) and not _is_predicate(marks, place):
                return Owned(Owner.OTHER, one.text, Reason.OTHER_MODEL)
        elif one.is_("who", "us"):
            return Owned(Owner.STATED, one.text)
        elif one.is_("who", "own") and place and marks[place - 1].text.lower() in words_of("not_it"):
            return Owned(Owner.OTHER, f"{marks[place - 1].text} {one.text}", Reason.OTHER_MODEL)
        elif one.is_("who", "own"):
            return _pronoun(marks, place, carried)
        elif one.kind == "compare" and not (passed or _sets_apart(marks, place, at)) and _same_part(marks, place, at):
            return Owned(Owner.OTHER, one.text, Reason.COMPARED)
    fronted = next((place for place in range(at + 1, len(marks)) if marks[place].text in {",", "，"}), len(marks))
    if fronted + 1 < len(marks) and marks[fronted + 1].kind == "name" and marks[0].text.lower() in words_of("fronting"):
        return of_relation(marks[fronted + 1].relation or Relation.OTHER, marks[fronted + 1].text)
    return carried


def _sets_apart(marks: list[Mark], place: int, at: int) -> bool:
    """Whether two sizes of one model are compared: `671B total vs 37B active`."""
    before, after = marks[place - 1 : place], marks[at + 1 : at + 2]
    sizes = {one.sense for one in (*before, *after) if one.kind == "adjective"}
    return place + 1 == at and {"total", "active"} <= sizes


def _is_shrunk(marks: list[Mark], place: int, at: int) -> bool:
    """Whether a figure is what a named parent was made into: `compressed X from 1.07T to 32.5B`."""
    verb = any(one.kind == "shrink" for one in marks[max(0, place - 3) : at])
    return verb and any(one.is_("link", "to") or one.text in ARROWS for one in marks[place + 1 : at])


def _held_in_brackets(marks: list[Mark], at: int) -> Mark | None:
    """The name right before the brackets that a figure stands in: all in them is that model's."""
    depth = 0
    for place in range(at - 1, 0, -1):
        depth += marks[place].closes - marks[place].opens
        if depth < 0:
            return marks[place - 1] if marks[place - 1].kind == "name" else None
    return None


def _name_behind(marks: list[Mark], at: int) -> Mark | None:
    """The name that a figure stands in front of: `the 1.07T parameter Kimi-K2 model`."""
    for place in _without_figures(marks, at + 1, at + 8):
        one = marks[place]
        if one.kind == "name" or (one.is_("who", "other") and one.joined):
            return one
        apart = one.kind == "sign" and one.start > marks[place - 1].end
        if apart or (one.kind not in {"noun", "adjective"} and one.sense != "active" and not one.silent):
            return None
    return None


def _without_figures(marks: list[Mark], start: int, end: int) -> Iterator[int]:
    """Places but those of brackets that hold the same figure in another form: `70억 개(7B) 매개변수`."""
    place = start
    while place < min(end, len(marks)):
        held = marks[place].opens and place + 2 < len(marks) and marks[place + 1].figure and marks[place + 2].closes
        place += 3 if held else 0
        if place < len(marks):
            yield place
        place += 1


def _led_by_comparison(marks: list[Mark], place: int) -> Mark | None:
    """The word that makes a name the one compared with, or the parent: `than X`, `based on X`, `from X`."""
    after = marks[place + 1] if place + 1 < len(marks) else None
    if after is not None and after.kind == "compare" and after.text >= "\u3040":
        return after  # 与 X 相比
    for before in range(place - 1, max(-1, place - 5), -1):
        one = marks[before]
        if one.kind in {"compare", "parent"} or one.is_("link", "from"):
            return one
        if one.kind == "name" or one.text in EDGES:
            # A list of those compared with: `than X, Y and Z`.
            if one.kind == "name":
                return _led_by_comparison(marks, before)
            continue
    return None


def _attached(marks: list[Mark], place: int, at: int) -> bool:
    """Whether nothing but links and nouns stands between a name and a figure, or only an opening bracket."""
    return all(
        (one.kind in ATTACHING and not one.is_("link", "and"))
        or one.text in {"(", "（", "'", "s", "'s", "’s", "-", ":"}
        or (one.text in {",", "，"} and marks[index + 1].text.lower() in {"which", "who", "whose", "其"})
        for index, one in enumerate(marks[place + 1 : at], place + 1)
    )


def _by_using(marks: list[Mark], place: int, at: int) -> bool:
    """Whether it is told by what a name is outdone: `outperforms X by using 3.6B`, `beats X while activating 3B`."""
    between = [one.text.lower() for one in marks[place + 1 : at]]
    return any(" ".join(between[:count]) in words_of("means") for count in (1, 2) if len(between) >= count)


def _same_part(marks: list[Mark], place: int, at: int) -> bool:
    return not any(one.text in EDGES or one.kind == "stop" for one in marks[place + 1 : at])


def _is_predicate(marks: list[Mark], place: int) -> bool:
    """Whether a word says what a named model, or this one, is: `X is a distilled version of`."""
    for before in range(place - 1, -1, -1):
        one = marks[before]
        if one.is_("link", "copula") or one.text == "是":
            said = marks[before - 1] if before else None
            return said is not None and (said.kind in {"name", "who"} or said.is_("noun", "model"))
        if (one.kind not in {"adjective", "word"} and not one.silent) or one.text.lower() in {"as", "like"}:
            return False
    return False


def _pronoun(marks: list[Mark], place: int, carried: Owned) -> Owned:
    """`it` is what the sentence speaks of: its first name that is not compared with, else what is carried."""
    for before in range(place):
        if marks[before].kind == "name" and _led_by_comparison(marks, before) is None:
            return of_relation(marks[before].relation or Relation.OTHER, marks[before].text)
    if carried.owner in {Owner.OTHER, Owner.FAMILY}:
        return carried
    return Owned(Owner.STATED, marks[place].text)


def topic_of(marks: list[Mark]) -> Mark | None:
    """What a sentence speaks of: the first name, near its beginning, that is neither compared with nor a parent."""
    for place, one in enumerate(marks):
        near = place < LEADING or one.relation is Relation.SAME
        if one.kind == "name" and near and _led_by_comparison(marks, place) is None:
            return None if one.relation is not Relation.SAME and _is_told_of(marks, place) else one
    return None


def _is_told_of(marks: list[Mark], place: int) -> bool:
    """Whether a name stands in what is said of something else: `MLA was adopted by X`, `MLA는 이후 X`."""
    head = marks[:place]
    if any(one.kind in {"name", "who"} for one in head):
        return False
    return any(one.kind == "verb" or one.is_("link", "copula") or one.text in words_of("topic") for one in head)
