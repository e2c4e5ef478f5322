"""What a storage scheme is: one table of the tensors that stand for a weight, read in both directions.

Forwards, `Scheme.stored(shape)` lists names, types and shapes for a weight of that shape. Backwards, `Scheme.solve`
finds scheme and shape from the tensors seen; what it finds is checked by going forwards again. Shapes are those of
torch: (outputs, inputs), with the experts first where they are stacked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from math import prod
from typing import ClassVar

from moeaudit.later import dataclass
from moeaudit.limits import READINGS
from moeaudit.vocabulary import Kind

Shape = tuple[int, ...]

Spelling = tuple[tuple[str, str], ...]
"""The suffixes of one naming habit, as (slot, suffix) pairs. A module's weight is its name plus `.weight`; a bare
tensor (stacked experts) has no suffix."""

MODULE, BARE, BLOCKS = ".weight", "", "_blocks"


@dataclass(frozen=True)
class Slot:
    """One tensor that a scheme stores for a weight.

    `dtype` is the safetensors word, None for the model's own. `written`: part of what the scheme writes; the others
    are read where they are found (static activation scales, smoothing). `exact`: False where its size varies between
    releases; `checked`: False where its shape says nothing about the weight.
    """

    name: str
    dtype: str | None
    shape: Shape
    kind: Kind = Kind.SCALE
    written: bool = True
    exact: bool = True
    checked: bool = True


@dataclass(frozen=True)
class Seen:
    """One stored tensor as a header lists it."""

    dtype: str
    shape: Shape


@dataclass(frozen=True)
class Tile:
    """`outputs` × `inputs` that share a scale, 1 along an axis that may be cut anywhere. `form`: how engines call it,
    "block" (FP8 blocks), "mxfp8", "mxfp4", "nvfp4" or "group" (integers in groups of inputs)."""

    form: str
    outputs: int = 1
    inputs: int = 1


@dataclass(frozen=True)
class Solution:
    """One way to read what is stored. `confidence`: high where the stored shapes alone settle it, medium where the
    config's word was needed, low where a default was assumed; `note` then says which."""

    scheme: Scheme
    shape: Shape
    confidence: str = "high"
    note: str = ""


@dataclass(frozen=True)
class Scheme(ABC):
    """One way to store a weight. A value: equal parameters, equal scheme."""

    title: ClassVar[str]
    spellings: ClassVar[tuple[Spelling, ...]]
    packs: ClassVar[frozenset[str]]  # types the weight's own tensor may have
    needs: ClassVar[frozenset[str]] = frozenset({"weight", "scale"})  # without these no reader can restore the weight
    certain: ClassVar[bool] = True  # the weight's shape never hangs on a width that only a config names
    pads: ClassVar[int] = 1  # outputs and inputs are stored filled up to a multiple of this

    spelling: Spelling = ()

    @abstractmethod
    def slots(self, shape: Shape) -> Iterator[Slot]:
        """Every tensor stored for a weight of this shape, its own first."""

    @classmethod
    @abstractmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        """Every scheme and weight shape that these tensors can stand for, the most believed first; none where they are
        not of this scheme.

        `hint` is what the config says about this module.
        """

    @abstractmethod
    def describe(self) -> str:
        """The scheme in a few words: "FP8 E4M3, 128×128 blocks"."""

    @property
    def tile(self) -> Tile | None:
        """What of a matrix shares a scale and cannot be cut by who splits it; None where it may be cut anywhere, as
        with one scale per tensor or per output."""
        return None

    def width(self) -> str:
        """What a config says of it: "4 bits, groups of 64", or the whole description."""
        return self.describe()

    def fits(self, shape: Shape) -> bool:
        """Whether a weight of this shape can be stored so; what does not fit is left as it is."""
        return len(shape) >= 2

    def named_for(self, name: str) -> Scheme | None:
        """The same scheme spelled for a weight of this name; None where it has no such spelling, because the format
        only knows modules (`X.weight`), or only bare tensors (`X`)."""
        own = self.suffixes
        if name.endswith(MODULE) or own["weight"] in (BARE, BLOCKS):
            return self if name.endswith(MODULE) == own["weight"].startswith(".") else None
        for spelling in self.spellings:
            there = dict(spelling)
            if there["weight"] == BARE and there["scale"] == bare(own["scale"]):
                return replace(self, spelling=spelling)
        return None

    @property
    def suffixes(self) -> dict[str, str]:
        return dict(self.spelling or self.spellings[0])

    def stored(self, shape: Shape) -> Iterator[tuple[str, Slot]]:
        """(suffix, slot) of everything the scheme writes for a weight of this shape."""
        suffixes = self.suffixes
        return ((suffixes[slot.name], slot) for slot in self.slots(shape) if slot.written and slot.name in suffixes)


def solve(
    scheme: type[Scheme],
    seen: Mapping[str, Seen],
    spelling: Spelling,
    hint: Scheme | None,
    expected: Shape | None,
) -> Solution | None:
    """The reading whose shape is the one an architecture expects, else the most believed; None where there is none.

    What is expected only chooses among readings that the stored shapes allow: it never overrides them.
    """
    readings = [one for one in islice(scheme.solutions(seen, spelling, hint), READINGS) if 0 not in one.shape]
    if not readings:
        return None
    if expected is not None:
        for turned in (False, True):
            for one in readings:
                shape = agreed(one.shape, expected, scheme.pads, turned)
                if shape is not None:
                    return replace(one, shape=shape, confidence="high", note="")
    return readings[0]


def agreed(shape: Shape, expected: Shape, pads: int, turned: bool) -> Shape | None:
    """The weight's shape where a reading is what is expected, None where it is not.

    Stacks may hold another number of matrices (pruned experts). A flattened weight, or one stored filled up, gets the
    expected shape. `turned`: inputs and outputs change places.
    """
    if turned:
        return shape if len(shape) > 1 and shape[-2:] == expected[-2:][::-1] else None
    if len(shape) == 1 and shape != expected:
        return expected if 0 <= shape[0] - prod(expected) <= 1 else None  # two to a byte: an odd one is filled up
    if shape[-2:] == expected[-2:]:
        return shape
    filled = tuple(ceil_div(size, pads) * pads for size in expected)
    return expected if shape == filled else None


def ceil_div(number: int, by: int) -> int:
    return -(-number // by)


def groups(inputs: int, size: int) -> int:
    """How many groups of `size` inputs share a scale; -1 or 0 means one for all."""
    return ceil_div(inputs, size) if size > 0 else 1


def last(shape: Shape, size: int) -> Shape:
    """The shape with its last axis replaced."""
    return (*shape[:-1], size)


def bare(suffix: str) -> str:
    """A module's suffix for a tensor that is no module: `.weight_scale_inv` becomes `_scale_inv`, `.weight_scale`
    `_weight_scale`."""
    return "_scale_inv" if suffix == ".weight_scale_inv" else suffix.replace(".", "_", 1)


def spell(**suffixes: str) -> Spelling:
    return tuple(suffixes.items())
