"""Weights of both sides that stand together at one place of one layer, layers alike together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from moeaudit.evidence.boxes import Box, Boxes
from moeaudit.evidence.rows import product_boxes
from moeaudit.ledger.packing.unpacked import Logical
from moeaudit.ledger.pairs import How, Pair, Wanted, part


def together(
    ours: Sequence[tuple[Wanted, str, Box, str]],
    theirs: Sequence[tuple[Logical, str, Box, str]],
    same: Callable[[Sequence[Wanted], Sequence[Logical]], bool],
) -> tuple[list[Pair], list[Wanted], list[Logical]]:
    """Pair all that stands at one place of one layer in one role, layers alike together; what is left on either side.

    Each side comes as (weights, place, the numbers of the place, role)."""
    rows: dict[tuple[str, str], tuple[list[tuple[Wanted, Box]], list[tuple[Logical, Box]]]] = {}
    for mine, place, box, role in ours:
        rows.setdefault((place, role), ([], []))[0].append((mine, box))
    for found, place, box, role in theirs:
        rows.setdefault((place, role), ([], []))[1].append((found, box))
    pairs: list[Pair] = []
    left: list[Wanted] = []
    extra: list[Logical] = []
    for mine_here, found_here in rows.values():
        for numbers, at_mine, at_found in _alike(mine_here, found_here):
            wanted = tuple(_narrow(one, numbers) for one in at_mine)
            seen = tuple(_narrow_seen(one, numbers) for one in at_found)
            if wanted and seen and same(wanted, seen):
                pairs.append(Pair(wanted, seen, frozenset({How.RELAID})))
            else:
                left += wanted
                extra += seen
    return pairs, left, extra


def _alike(
    ours: Sequence[tuple[Wanted, Box]], theirs: Sequence[tuple[Logical, Box]]
) -> Iterator[tuple[Box, list[Wanted], list[Logical]]]:
    """Layers in which the same weights stand on both sides, as boxes of their numbers."""
    by_box: dict[Box, tuple[list[Wanted], list[Logical]]] = {}
    for mine, box in ours:
        by_box.setdefault(box, ([], []))[0].append(mine)
    for found, box in theirs:
        by_box.setdefault(box, ([], []))[1].append(found)
    known = Boxes(by_box)
    if all(len(known.meeting(box)) == 1 for box in by_box):
        yield from ((box, *held) for box, held in by_box.items())
    else:
        yield from _each_alike(ours, theirs)


def _each_alike(
    ours: Sequence[tuple[Wanted, Box]], theirs: Sequence[tuple[Logical, Box]]
) -> Iterator[tuple[Box, list[Wanted], list[Logical]]]:
    """The same where some boxes overlap others, number by number."""
    here: dict[tuple[int, ...], tuple[list[int], list[int]]] = {}
    for side, rows in enumerate((ours, theirs)):
        for which, (_, box) in enumerate(rows):
            for numbers in product(*box):  # layers, never experts
                here.setdefault(numbers, ([], []))[side].append(which)
    groups: dict[tuple[tuple[int, ...], tuple[int, ...]], list[tuple[int, ...]]] = {}
    for numbers, (mine, found) in here.items():
        groups.setdefault((tuple(mine), tuple(found)), []).append(numbers)
    for (ours_here, theirs_here), all_numbers in groups.items():
        for box in product_boxes(sorted(all_numbers)):
            yield box, [ours[which][0] for which in ours_here], [theirs[which][0] for which in theirs_here]


def _narrow(one: Wanted, numbers: Box) -> Wanted:
    return one.at((*numbers, *one.weight.index[len(numbers) :]))


def _narrow_seen(one: Logical, numbers: Box) -> Logical:
    return part(one, (*numbers, *one.group.index[len(numbers) :]))
