"""The values of a match: weights that are wanted, and pairs of them with what is stored."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from moeaudit.architecture.weights import Weight
from moeaudit.evidence.boxes import Box, size
from moeaudit.evidence.tables import TensorGroup, total
from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.ledger.packing.unpacked import Logical


class How(StrEnum):
    """What sets a stored weight apart from the one that is implied, none of which changes a count."""

    RENAMED = "renamed"
    RELAID = "relaid"


@dataclass(frozen=True)
class Wanted:
    """Equal weights that the config implies, under a canonical template, all stored alike.

    `place`: the prefix of the piece they stand in; `layered`: their first number counts layers; `scheme`: how the
    config says they are packed, None for as they are.
    """

    weight: Weight
    place: str
    layered: bool
    scheme: Scheme | None = None

    def at(self, box: Box) -> Wanted:
        return self if box == self.weight.index else replace(self, weight=replace(self.weight, index=box))


@dataclass(frozen=True)
class Pair:
    """Weights on both sides that are the same ones. One on either side as a rule; several where one side splits what
    the other joins."""

    wanted: tuple[Wanted, ...]
    seen: tuple[Logical, ...]
    how: frozenset[How] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether all that is stored is stored as it is."""
        return all(one.title == "plain" for one in self.seen)

    @property
    def read(self) -> bool:
        """Whether all shapes were read: from headers, or from those of a file beside the index."""
        return all(one.group.shape is not None for one in self.seen)


def part(seen: Logical, box: Box) -> Logical:
    """Some of equal weights, with what is stored for them."""
    if box == seen.group.index:
        return seen
    return replace(
        seen,
        group=replace(seen.group, index=box),
        weight=replace(seen.weight, index=box),
        beside=tuple(replace(one, index=box) for one in seen.beside),
    )


def canonical(weight: Weight) -> Weight:
    """The weight under its canonical template."""
    plain = TensorGroup(weight.name, weight.index, None, weight.shape).canonical()
    return weight if plain.template == weight.name else replace(weight, name=plain.template, index=plain.index)


def tensors_of(seen: Logical) -> int:
    """Stored tensors of these weights, scales included."""
    return size(seen.group.index) * (1 + len(seen.beside))


def bytes_of(seen: Logical) -> int | None:
    """Bytes of all that is stored for these weights; None where no sizes were read."""
    return total(one.bytes for one in (seen.weight, *seen.beside))
