"""Who plays which part in a card: of all the names that it tells, the one that it is about.

The names are grouped by their first word. Each group is weighed by how and where it is told; what is only compared
with, or what the model was made from, is never the subject. The evidence's own counts weigh more than any place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from moeaudit.claims.card.fields import borne_out
from moeaudit.claims.card.shape import is_company
from moeaudit.claims.card.subject import is_size, name_tokens
from moeaudit.claims.card.whose.tells import Tell, Where
from moeaudit.claims.names import name_claims
from moeaudit.claims.verdicts import NOTHING, Values

WEIGHTS: Mapping[Where, tuple[float, float]] = {
    Where.TITLE: (6, 8), Where.FIRST: (2, 6), Where.HEADING: (1, 3), Where.TABLE: (0.5, 2), Where.LINK: (1, 6),
    Where.TEXT: (0.25, 3),
}  # fmt: skip
"""What a name told in a place weighs, and all that are told there at most."""
INTRODUCED, MENTIONED, OF_OTHERS = (5, 10), (3, 5), (-1, -4)
"""What a name weighs that is presented at the card's head, one that is presented later or among its news, and one that
is only compared with."""
PARENT = -5
"""What a name weighs that the front matter gives as the base model."""
COUNTED, CONTRADICTED = 6, -8
"""Sizes in a name, or beside it, that are the evidence's, or are not."""
CLOSE = 0.8
"""The share of the first's weight from which a second one is as likely."""


class Part(NamedTuple):
    """A group of names that share their first word, and what speaks for its being what the card is about."""

    head: str
    names: tuple[str, ...]
    weight: float
    shown: bool
    """Whether the card gives it a title, or introduces it."""


class Cast(NamedTuple):
    """The parts in a card. `subject` is None where nothing is told of anybody; `rivals` are as likely as it; `others`
    are names that are only compared with, or made from."""

    subject: Part | None = None
    rivals: tuple[Part, ...] = ()
    others: tuple[str, ...] = ()


def head_of(name: str) -> str:
    """The first word of a name that is no company's: what all of a family share."""
    words = [word for word in name_tokens(name.rpartition("/")[2]) if not is_size(word)]
    while len(words) > 1 and is_company(words[0]):
        del words[0]
    if not words:
        return ""
    first = words[0].rstrip("0123456789.") or words[0]
    return first + words[1] if len(first) == 1 and len(words) > 1 else first


def cast(tells: Sequence[Tell], parents: Iterable[str] = (), known: Values = NOTHING, hint: str | None = None) -> Cast:
    """The parts of a card's names. `parents`: what its front matter says that the model was made from; `hint`: what it
    is called elsewhere, which the card bears out."""
    groups: dict[str, list[Tell]] = {}
    for tell in tells:
        if head := head_of(tell.name):
            groups.setdefault(head, []).append(tell)
    of_parents = {head_of(one) for one in parents}
    parts = [_part(head, group, head in of_parents, known) for head, group in groups.items() if _may_be(group)]
    parts.sort(key=lambda part: -part.weight)
    others = tuple(dict.fromkeys(one.name for group in groups.values() if not _may_be(group) for one in group))
    if not parts or parts[0].weight <= 0:
        return Cast(others=others)
    if hint is not None:
        own = next((one for one in parts if one.head == head_of(hint)), parts[0])
        return Cast(own, (), others)
    first = parts[0]
    beside = _presented_beside(first.head, groups)
    rivals = (one for one in parts[1:] if one.head in beside and one.weight >= CLOSE * first.weight)
    return Cast(first, tuple(rivals), others)


def _presented_beside(head: str, groups: Mapping[str, Sequence[Tell]]) -> set[str]:
    """The groups of which one sentence presents a name beside one of this group's: `We present X and Y`."""
    sentences = {one.at for one in groups[head] if one.introduced}
    return {other for other, group in groups.items() if any(one.introduced and one.at in sentences for one in group)}


def _may_be(group: Sequence[Tell]) -> bool:
    """Whether a name is told at all but as what others are compared with or made from."""
    return any(not one.other and one.where is not Where.LINK for one in group) or all(
        one.where is Where.LINK for one in group
    )


def _part(head: str, group: Sequence[Tell], parent: bool, known: Values) -> Part:
    shown = any(one.introduced or one.where is Where.TITLE for one in group if not one.other)
    weight = weigh(group) + (PARENT if parent else 0) + (_evidence(group, known) if known else 0)
    return Part(head, tuple(dict.fromkeys(one.name for one in group)), weight, shown)


def weigh(group: Sequence[Tell]) -> float:
    """What speaks for some names' being what a card is about: where they are told, and how."""
    plain = [one for one in group if not one.other]
    early = sum(one.introduced and one.where is not Where.TEXT for one in plain)
    late = sum(one.introduced for one in plain) - early
    weight = sum(_capped(*WEIGHTS[where], sum(one.where is where for one in plain)) for where in Where)
    weight += _capped(*INTRODUCED, early) + _capped(*MENTIONED, late)
    return weight + max(OF_OTHERS[1], OF_OTHERS[0] * (len(group) - len(plain)))


def _capped(each: float, most: float, count: int) -> float:
    return min(each * count, most)


def _evidence(group: Sequence[Tell], known: Values) -> float:
    """What the evidence says for or against a group: the sizes in its names, those beside them."""
    said = [all(found) for one in {one.name for one in group} if (found := list(fitting(one, known)))]
    for_it = any(said) + any(one.counts for one in group if not one.other)
    return COUNTED * for_it + (CONTRADICTED if said and not any(said) else 0)


def fitting(name: str, known: Values) -> Iterator[bool]:
    """Whether each size in a name is what the evidence counts."""
    return (borne_out(one.path, one.figure, known) for one in name_claims(name))
