"""Two lists of tensors held against each other, by name and shape, without expanding what is equal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from moeaudit.evidence.tables import TensorGroup, TensorTable, common, product_boxes
from moeaudit.ledger.layouts import transposed


@dataclass(frozen=True, slots=True)
class ShapeDifference:
    """Tensors that both sides name with different shapes; `group` holds the seen shape."""

    group: TensorGroup
    expected: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is on both sides, on one only, and of different shape on both."""

    matched: int
    missing: TensorTable  # expected, not seen
    unexpected: TensorTable  # seen, not expected
    shapes: tuple[ShapeDifference, ...] = ()

    @property
    def equal(self) -> bool:
        return not (self.missing.tensors or self.unexpected.tensors or self.shapes)


def compare(expected: Iterable[TensorGroup], seen: Iterable[TensorGroup]) -> Comparison:
    """Hold expected tensors against seen ones. Shapes are compared where both sides know them."""
    ours, theirs = _by_template(expected), _by_template(seen)
    matched, missing, unexpected, shapes = 0, [], [], []
    for template in {**ours, **theirs}:
        left, right = ours.get(template, []), theirs.get(template, [])
        if len(left) == len(right) == 1 and left[0].index == right[0].index:
            matched += left[0].tensors
            if _differ(left[0], right[0]):
                shapes.append(ShapeDifference(right[0], left[0].shape or ()))
            continue
        together = _both(left, right)
        if together == sum(group.tensors for group in left) == sum(group.tensors for group in right):
            matched += together
            shapes += [
                ShapeDifference(replace(found, index=box), one.shape or ())
                for one in left
                for found in right
                if _differ(one, found) and (box := common(one.index, found.index)) is not None
            ]
            continue
        left_at, right_at = _places(left), _places(right)
        matched += len(left_at.keys() & right_at.keys())
        missing += _groups(template, {at: group for at, group in left_at.items() if at not in right_at})
        unexpected += _groups(template, {at: group for at, group in right_at.items() if at not in left_at})
        odd: dict[tuple[int, ...], dict[tuple[int, ...], TensorGroup]] = {}
        for at in left_at.keys() & right_at.keys():
            if _differ(left_at[at], right_at[at]):
                odd.setdefault(left_at[at].shape or (), {})[at] = right_at[at]
        shapes += [ShapeDifference(group, shape) for shape, there in odd.items() for group in _groups(template, there)]
    return Comparison(matched, TensorTable(tuple(missing)), TensorTable(tuple(unexpected)), tuple(shapes))


def _both(left: list[TensorGroup], right: list[TensorGroup]) -> int:
    """Tensors that both sides name: the groups of either side share none among themselves."""
    boxes = (common(one.index, found.index) for one in left for found in right)
    return sum(prod(map(len, box)) for box in boxes if box is not None)


def _differ(left: TensorGroup, right: TensorGroup) -> bool:
    return (
        left.shape is not None
        and right.shape is not None
        and left.shape != right.shape
        and not transposed(left.shape, right.shape)
    )


def _by_template(groups: Iterable[TensorGroup]) -> dict[str, list[TensorGroup]]:
    found: dict[str, list[TensorGroup]] = {}
    for group in groups:
        plain = group.canonical()
        if plain.tensors:
            found.setdefault(plain.template, []).append(plain)
    return found


def _places(groups: list[TensorGroup]) -> dict[tuple[int, ...], TensorGroup]:
    return {at: group for group in groups for at in product(*group.index)}


def _groups(template: str, places: dict[tuple[int, ...], TensorGroup]) -> list[TensorGroup]:
    """The tensors at these numbers as groups, apart by type and shape."""
    alike: dict[tuple[str | None, tuple[int, ...] | None], list[tuple[int, ...]]] = {}
    for at in sorted(places):
        alike.setdefault((places[at].dtype, places[at].shape), []).append(at)
    return [
        TensorGroup(template, box, dtype, shape)
        for (dtype, shape), numbers in alike.items()
        for box in product_boxes(numbers)
    ]
