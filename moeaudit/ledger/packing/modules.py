"""Stored tensors put together by the module they belong to, without expanding groups that agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from moeaudit.evidence.boxes import Box, Boxes, cells, minus
from moeaudit.evidence.tables import TensorGroup
from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import BARE, MODULE
from moeaudit.ledger.packing.schemes import SCHEMES


@dataclass(frozen=True)
class Module:
    """Equal weights (`weight`, by its suffix) and the tensors beside them that share their stem, by suffix."""

    stem: str
    suffix: str
    weight: TensorGroup
    beside: Mapping[str, TensorGroup]


class Named:
    """The groups of one template, or of one module, found by the numbers they hold."""

    def __init__(self) -> None:
        self.groups: list[TensorGroup] = []
        self.boxes = Boxes()

    def add(self, group: TensorGroup) -> None:
        self.groups.append(group)
        self.boxes.add(group.index)

    def meeting(self, group: TensorGroup) -> list[TensorGroup]:
        """The groups that share a number with this one."""
        return [self.groups[place] for place in self.boxes.meeting(group.index)]

    def split(self, group: TensorGroup) -> list[tuple[TensorGroup, bool]]:
        """A group in pieces, each with whether its numbers are among these."""
        near = [self.boxes.boxes[place] for place in self.boxes.meeting(group.index)]
        return [(replace(group, index=box), bool(over)) for box, over in cells(group.index, near)]

    def partition(self) -> Iterator[tuple[Box, list[TensorGroup]]]:
        """Disjoint boxes over all groups, each with the groups that hold it."""
        done = Boxes()
        for group in self.groups:
            for left in minus(group.index, [done.boxes[place] for place in done.meeting(group.index)]):
                done.add(left)
                around = self.meeting(replace(group, index=left))
                for box, over in cells(left, [one.index for one in around]):
                    yield box, [around[place] for place in over]


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


def by_name(groups: Iterable[TensorGroup]) -> dict[str, Named]:
    named: dict[str, Named] = {}
    for group in groups:
        named.setdefault(group.template, Named()).add(group)
    return named


def find_modules(named: Mapping[str, Named], is_expected: Callable[[str], bool]) -> Iterator[Module]:
    """Every weight that has scales beside it or a name that only packed weights have, in pieces whose neighbours
    agree. A name that an architecture expects is no scale and no packing of another."""
    weights, beside = suffixes()
    neighbours: dict[str, set[str]] = {}
    for template in named:
        if not template.endswith(MODULE) and is_expected(template):
            continue
        for suffix in ending(template, beside | (weights - {MODULE, BARE})):
            neighbours.setdefault(template.removesuffix(suffix), set()).add(suffix)
    for stem, found in neighbours.items():
        for suffix in sorted(weights if not stem.endswith(MODULE) else weights - {BARE}):
            if stem + suffix not in named or (suffix not in (MODULE, BARE, *found)):
                continue
            near = {other: named[stem + other] for other in sorted(found & beside) if other != suffix}
            if suffix == BARE and is_expected(stem.rpartition(".")[0] + MODULE) and not is_expected(stem):
                continue  # part of an unknown packing of the module's own weight
            for weight in named[stem + suffix].groups:
                yield from (Module(stem, suffix, piece, there) for piece, there in split(weight, near))


def ending(template: str, known: Iterable[str]) -> list[str]:
    return [suffix for suffix in known if template.endswith(suffix) and len(template) > len(suffix)]


def split(weight: TensorGroup, near: Mapping[str, Named]) -> Iterator[tuple[TensorGroup, dict[str, TensorGroup]]]:
    """The weight in pieces; within one, every tensor has the same neighbours, of the same type and shape."""
    around = [(suffix, group) for suffix, named in near.items() for group in named.meeting(weight)]
    for box, places in cells(weight.index, [group.index for _, group in around]):
        beside = {around[place][0]: replace(around[place][1], index=box) for place in places}
        yield replace(weight, index=box), beside
