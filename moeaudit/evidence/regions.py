"""Boxes under labelled boxes: which labels hold where, without a product of the numbers that different labels name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from typing import TypeVar

from moeaudit.evidence.boxes import Box
from moeaudit.evidence.indices import indices

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
        return
    axis = box[0]
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
        others = [number for number in axis if number not in over] if over else axis
        alike.setdefault(frozenset(), []).extend(others)
    spend(sum(len(more) + len(common) for more in alike))
    for more, found in alike.items():
        for rest_box, labels in regions(box[1:], common | more, spend):
            yield (indices(sorted(found)), *rest_box), labels
