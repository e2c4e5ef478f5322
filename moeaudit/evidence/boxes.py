"""Boxes: products of index ranges, one axis per `{}` of a tensor template. Their algebra, axis after axis: nothing here
walks the numbers of a product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod

from moeaudit.evidence.indices import Indices, indices

Box = tuple[Indices, ...]
"""`(range(3, 61), range(256))` is 58 × 256 numbers of two axes; `()` is the one tensor of a template without numbers.
No axis is empty."""


def size(box: Box) -> int:
    """How many tensors the box stands for."""
    return prod(len(numbers) for numbers in box)


def common(left: Box, right: Box) -> Box | None:
    """The numbers in both boxes, None where there are none or the axes are not as many."""
    if left == right:
        return left
    if len(left) != len(right):
        return None
    shared: list[Indices] = []
    for ours, theirs in zip(left, right, strict=True):
        both = ours if ours == theirs else indices(sorted(set(ours).intersection(theirs)))
        if not len(both):
            return None
        shared.append(both)
    return tuple(shared)


def cells(box: Box, others: Sequence[Box]) -> Iterator[tuple[Box, tuple[int, ...]]]:
    """The box in disjoint boxes, each with the places of the `others` that cover it; no other reaches into it in part.

    Numbers of an axis that the same others cover stay together, so agreeing ranges cost as much as single numbers.
    """
    yield from _cells(box, tuple((place, other) for place, other in enumerate(others) if len(other) == len(box)), 0)


def minus(box: Box, taken: Sequence[Box]) -> list[Box]:
    """What is left of a box without these others, as disjoint boxes."""
    return [cell for cell, over in cells(box, taken) if not over]


def merged(boxes: Sequence[Box]) -> list[Box]:
    """Disjoint boxes as the fewest products that `product_boxes` makes of their numbers, in its order: first numbers
    with equal rests share one."""
    if len(boxes) == 1 or not boxes[0]:
        return [boxes[0]]
    over: dict[int, list[int]] = {}
    for place, box in enumerate(boxes):
        for number in box[0]:
            over.setdefault(number, []).append(place)
    alike: dict[tuple[int, ...], list[int]] = {}
    for number in sorted(over):
        alike.setdefault(tuple(over[number]), []).append(number)
    shared: dict[tuple[Box, ...], list[int]] = {}
    for places, numbers in alike.items():
        rests = tuple(merged([boxes[place][1:] for place in places]))
        shared.setdefault(rests, []).extend(numbers)
    return [(indices(sorted(numbers)), *rest) for rests, numbers in shared.items() for rest in rests]


class Boxes:
    """Boxes that can be asked which of them meet another, without asking each: single tensors are looked up, others
    found by the numbers of the axis that tells most."""

    def __init__(self, boxes: Iterable[Box] = ()) -> None:
        self.boxes: list[Box] = []
        self._single: dict[tuple[int, ...], list[int]] = {}
        self._wide = _Axes(self.boxes)
        self._every = _Axes(self.boxes)
        for box in boxes:
            self.add(box)

    def add(self, box: Box) -> None:
        place = len(self.boxes)
        self.boxes.append(box)
        self._every.places.append(place)
        if size(box) == 1:
            self._single.setdefault(tuple(numbers[0] for numbers in box), []).append(place)
        else:
            self._wide.places.append(place)

    def meeting(self, box: Box) -> list[int]:
        """The places, in order, of the boxes that share a number with this one."""
        if size(box) > 1:
            return self._every.meeting(box)
        single = self._single.get(tuple(numbers[0] for numbers in box), [])
        wide = self._wide.meeting(box)
        return sorted((*single, *wide)) if wide else list(single)


class _Axes:
    """Some of the boxes of a list, by their numbers on each axis. What is added is indexed when first asked for."""

    def __init__(self, boxes: list[Box]) -> None:
        self.boxes = boxes
        self.places: list[int] = []
        self.at: list[dict[int, list[int]]] = []  # per axis: number → places of the boxes that hold it
        self.indexed = 0

    def meeting(self, box: Box) -> list[int]:
        near = self.places
        if len(near) > FEW:
            self._index()
            by_axis = [self._near(axis, numbers) for axis, numbers in enumerate(box[: len(self.at)])]
            if by_axis:
                fewest = min(by_axis, key=len)
                near = sorted(fewest)
        return [place for place in near if common(self.boxes[place], box) is not None]

    def _near(self, axis: int, numbers: Indices) -> set[int]:
        at = self.at[axis]
        if len(numbers) > len(at):
            wanted = set(numbers)
            return {place for number, places in at.items() if number in wanted for place in places}
        return {place for number in numbers for place in at.get(number, ())}

    def _index(self) -> None:
        for place in self.places[self.indexed :]:
            for axis, numbers in enumerate(self.boxes[place]):
                if axis == len(self.at):
                    self.at.append({})
                for number in numbers:
                    self.at[axis].setdefault(number, []).append(place)
        self.indexed = len(self.places)


FEW = 8
"""So many boxes are asked one by one."""


def _cells(box: Box, others: tuple[tuple[int, Box], ...], axis: int) -> Iterator[tuple[Box, tuple[int, ...]]]:
    while axis < len(box) and all(other[axis] == box[axis] for _, other in others):
        axis += 1  # alike in all: nothing to tell apart
    if axis == len(box):
        yield box, tuple(place for place, _ in others)
        return
    over: dict[int, list[int]] = {number: [] for number in box[axis]}
    for which, (_, other) in enumerate(others):
        for number in box[axis] if other[axis] == box[axis] else set(box[axis]).intersection(other[axis]):
            over[number].append(which)
    alike: dict[tuple[int, ...], list[int]] = {}
    for number, covering in over.items():
        alike.setdefault(tuple(covering), []).append(number)
    for places, numbers in alike.items():
        part = (*box[:axis], indices(numbers), *box[axis + 1 :])
        yield from _cells(part, tuple(others[which] for which in places), axis + 1)
