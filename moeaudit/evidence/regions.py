"""Boxes under labelled boxes: which labels hold where, without a product of the numbers that different labels name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from typing import Any, NamedTuple, TypeVar

from moeaudit.evidence.boxes import Box
from moeaudit.evidence.indices import Indices, indices

T = TypeVar("T", bound=Hashable)


def regions(
    box: Box, labelled: Collection[tuple[T, Box]], spend: Callable[[int], None]
) -> Iterator[tuple[Box, frozenset[T]]]:
    """The box in disjoint boxes, each with the labels of the boxes that cover it.

    Numbers with the same labels over the same rests stay together: what two labels name on two axes costs their sum,
    and what one label names costs no more than its numbers. `spend` is told how many numbers are looked at.
    """
    if not box or not labelled:
        yield box, frozenset(label for label, _ in labelled)
    else:
        yield from _boxes(box, _told(box[0], labelled, spend), spend)


class _Told(NamedTuple):
    """What labels tell apart on one axis: those on all of it, numbers named by others, and numbers alike in those.

    Numbers that nothing names are not written out yet: they go with those that nothing but `common` covers.
    """

    common: set[tuple[Any, Box]]
    named: Collection[int]
    alike: dict[frozenset[tuple[Any, Box]], list[int]]


def _told(axis: Indices, labelled: Collection[tuple[T, Box]], spend: Callable[[int], None]) -> _Told:
    members = axis if isinstance(axis, range) else frozenset(axis)
    common: set[tuple[T, Box]] = set()
    over: dict[int, set[tuple[T, Box]]] = {}
    for label, (numbers, *rest) in labelled:
        named = (label, tuple(rest))
        if numbers == axis:
            common.add(named)
            continue
        spend(len(numbers))
        for number in numbers:
            if number in members:
                over.setdefault(number, set()).add(named)
    alike: dict[frozenset[tuple[T, Box]], list[int]] = {}
    for number in sorted(over):
        alike.setdefault(frozenset(over[number] - common), []).append(number)
    if len(over) < len(axis):
        spend(len(axis) if over else 0)
        alike.setdefault(frozenset(), [])
    spend(sum(len(more) + len(common) for more in alike))
    return _Told(common, over.keys(), alike)


def _boxes(box: Box, told: _Told, spend: Callable[[int], None]) -> Iterator[tuple[Box, frozenset[Any]]]:
    """What all parts cost on their next axis is spent before the first of them is worked on."""
    axis, *rest = box
    common, named, alike = told
    inner = {}
    for more in alike:
        labels = common | more
        inner[more] = (labels, _told(rest[0], labels, spend) if rest and labels else None)
    if len(named) < len(axis):
        alike[frozenset()].extend([number for number in axis if number not in named] if named else axis)
    for more, (labels, next_told) in inner.items():
        numbers = indices(sorted(alike[more]))
        if next_told is None:
            yield (numbers, *rest), frozenset(label for label, _ in labels)
        else:
            for rest_box, found in _boxes(tuple(rest), next_told, spend):
                yield (numbers, *rest_box), found
