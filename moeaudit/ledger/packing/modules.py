"""Stored tensors put together by the module they belong to, without expanding groups that agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from math import prod

from moeaudit.architecture.weights import Indices, indices
from moeaudit.evidence.tables import TensorGroup, product_boxes
from moeaudit.ledger.packing.scheme import BARE, MODULE
from moeaudit.ledger.packing.schemes import SCHEMES

Box = tuple[Indices, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """Equal weights (`weight`, by its suffix) and the tensors beside them that share their stem, by suffix."""

    stem: str
    suffix: str
    weight: TensorGroup
    beside: Mapping[str, TensorGroup]


@cache
def suffixes() -> tuple[frozenset[str], frozenset[str]]:
    """Suffixes of weights, and of what stands beside them, over all schemes."""
    weights: set[str] = set()
    beside: set[str] = set()
    for scheme in SCHEMES:
        for spelling in scheme.spellings:
            for slot, suffix in spelling:
                (weights if slot == "weight" else beside).add(suffix)
    return frozenset(weights), frozenset(beside)


def find_modules(groups: Iterable[TensorGroup]) -> Iterator[Module]:
    """Every weight that has scales beside it or a name that only packed weights have, in pieces whose neighbours
    agree."""
    weights, beside = suffixes()
    named: dict[str, list[TensorGroup]] = {}
    for group in groups:
        named.setdefault(group.template, []).append(group)
    neighbours: dict[str, set[str]] = {}
    for template in named:
        for suffix in ending(template, beside | (weights - {MODULE, BARE})):
            neighbours.setdefault(template.removesuffix(suffix), set()).add(suffix)
    for stem, found in neighbours.items():
        for suffix in sorted(weights if not stem.endswith(MODULE) else weights - {BARE}):
            for weight in named.get(stem + suffix, ()):
                near = {other: named[stem + other] for other in sorted(found) if other in beside and other != suffix}
                yield from (Module(stem, suffix, piece, there) for piece, there in split(weight, near))


def ending(template: str, known: Iterable[str]) -> list[str]:
    return [suffix for suffix in known if template.endswith(suffix) and len(template) > len(suffix)]


def split(
    weight: TensorGroup, near: Mapping[str, list[TensorGroup]]
) -> Iterator[tuple[TensorGroup, dict[str, TensorGroup]]]:
    """The weight in pieces; within one, every tensor has the same neighbours, of the same type and shape."""
    whole: dict[str, TensorGroup] = {}
    for suffix, groups in near.items():
        boxes = [(group, common) for group in groups if (common := intersection(weight.index, group.index)) is not None]
        if not boxes:
            continue
        group, common = boxes[0]
        if len(boxes) > 1 or size(common) != weight.tensors:
            yield from _split_by_tensor(weight, near)
            return
        whole[suffix] = replace(group, index=common)
    yield weight, whole


def _split_by_tensor(
    weight: TensorGroup, near: Mapping[str, list[TensorGroup]]
) -> Iterator[tuple[TensorGroup, dict[str, TensorGroup]]]:
    """The slow way, for the few weights whose neighbours differ from tensor to tensor."""
    places: dict[tuple[int, ...], list[tuple[str, TensorGroup]]] = {at: [] for at in product(*weight.index)}
    for suffix, groups in near.items():
        for group in groups:
            common = intersection(weight.index, group.index)
            for at in product(*common) if common is not None else ():
                places[at].append((suffix, group))
    alike: dict[tuple[tuple[str, TensorGroup], ...], list[tuple[int, ...]]] = {}
    for at, beside in places.items():
        alike.setdefault(tuple(beside), []).append(at)
    for around, tuples in alike.items():
        for box in product_boxes(tuples):
            yield replace(weight, index=box), {suffix: replace(group, index=box) for suffix, group in around}


def intersection(left: Box, right: Box) -> Box | None:
    """The numbers in both boxes, None where there are none."""
    if len(left) != len(right):
        return None
    common: list[Indices] = []
    for ours, theirs in zip(left, right, strict=True):
        shared = ours if ours == theirs else indices(sorted(set(ours) & set(theirs)))
        if not shared:
            return None
        common.append(shared)
    return tuple(common)


def size(box: Box) -> int:
    return prod(len(numbers) for numbers in box)


def without(group: TensorGroup, taken: list[Box]) -> Iterator[TensorGroup]:
    """What is left of a group once these disjoint boxes are gone."""
    if not taken:
        yield group
    elif sum(size(box) for box in taken) < group.tensors:
        gone = {at for box in taken for at in product(*box)}
        left = [at for at in product(*group.index) if at not in gone]
        yield from (replace(group, index=box) for box in product_boxes(left))
