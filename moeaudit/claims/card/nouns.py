"""The words around a figure or a noun: what modifies it, before and behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from moeaudit.claims.card.marks import Mark

LABELLING = frozenset([":", "：", "=", "|", "†", "‡", "*", "#"])
REACH = 8
"""Marks that are looked at on each side."""

Marks = Sequence[Mark]


INTRODUCING = 3
"""Marks before a comma or colon that only lead to what is said: `Overall,`, `In short:`."""


class Phrase(NamedTuple):
    """A noun with what modifies it. `sure`: its words stand so close that nothing else can be meant."""

    noun: str
    modifiers: frozenset[str]
    sure: bool = False


def before(marks: Marks, at: int) -> set[str]:
    """Modifiers right before a figure: `activates only`, `a total of`, `shared:`."""
    found: set[str] = set()
    for place in range(at - 1, max(-1, at - REACH), -1):
        one = marks[place]
        if one.modifier:
            found.add(one.modifier)
        elif one.is_("link", "of") and any(other.figure for other in marks[max(0, place - 4) : place]):
            break  # the words before belong to the part, not to the whole
        elif one.text == "+":
            break  # those of what is added to
        elif not one.silent and (
            (one.kind not in {"link", "who"} and one.text not in LABELLING) or one.is_("link", "and", "from")
        ):
            break
    return found


def after(marks: Marks, at: int) -> set[str]:
    """Modifiers right behind a figure that has no noun: `active`, `(total)`, `of which are dense`."""
    found: set[str] = set()
    bracketed = at + 1 < len(marks) and marks[at + 1].opens
    for place in range(at + 1, min(at + REACH, len(marks))):
        one = marks[place]
        if one.modifier:
            found.add(one.modifier)
        elif one.silent or (one.opens and place == at + 1):
            continue
        elif not one.is_("link", "copula", "of", "which") or found:
            # `31.6B (active 3.2B)`: the word in the brackets is the next figure's.
            return set() if one.figure and bracketed else found
    return found


def ahead(marks: Marks, place: int) -> set[str]:
    """Modifiers right before a noun that stands left of its figure: `total number of`, `activated`."""
    found: set[str] = set()
    for at in range(place - 1, max(-1, place - REACH), -1):
        one = marks[at]
        if one.modifier:
            found.add(one.modifier)
        elif not one.silent and one.text not in {"(", "#"}:
            break
    return found


def behind(marks: Marks, place: int) -> set[str]:
    """Modifiers right behind a noun: `parameters in total`, `experts are selected per token`, `experts (active)`."""
    found: set[str] = set()
    opened = False
    for at in range(place + 1, min(place + REACH, len(marks))):
        one = marks[at]
        if one.modifier:
            found.add(one.modifier)
        elif one.opens and not opened and not found:
            opened = True
        elif opened and one.closes:
            return found
        elif not one.silent and not one.is_("link", "copula"):
            # Brackets with more than such words in them speak of something else.
            return set() if opened else found
    return set() if opened else found


def opening(marks: Marks, place: int) -> int:
    """The bracket that a closing one belongs to; -1 where there is none."""
    return next((at for at in range(place - 1, -1, -1) if marks[at].opens), -1)


def introduced(marks: Marks) -> int:
    """Where a sentence begins behind words that only lead to it: `Overall, each expert has …`."""
    for place, one in enumerate(marks[: INTRODUCING + 1]):
        if one.text in {",", "，", ":", "："}:
            return place + 1 if place else 0
        if one.kind not in {"word", "adjective", "link"} or one.figure:
            return 0
    return 0
