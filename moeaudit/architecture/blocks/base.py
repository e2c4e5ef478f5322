"""What every block is, and the two that hold others together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from moeaudit.architecture.blocks.cache import CacheNeed
from moeaudit.architecture.weights import WHOLE, Indices, Sharding, Share, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component, Kind

Names = tuple[tuple[str, str], ...]
"""Renamed tensors, as (the block's own word, the family's word) pairs."""


@dataclass(frozen=True)
class Block:
    """A part of a model. Blocks are values: equal fields, equal block.

    `names` maps a block's own words for its tensors (those of the Llama lineage) to the family's words; None drops one.
    """

    @property
    def children(self) -> tuple[tuple[str, Block], ...]:
        return ()

    def weights(self) -> Iterator[Weight]:
        """The tensors stored here, named relative to this block."""
        for name, block in self.children:
            for weight in block.weights():
                yield weight.under(name)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """FLOPs for one token at a context length beyond 2 per linear weight element: scores, values, scans.

        `context`: tokens visible to this one, itself included. `decode`: one token at a time, with what is cached.
        """
        return sum(block.mixing_flops(context, decode=decode) for _, block in self.children)

    def caches(self) -> Iterator[CacheNeed]:
        """What one layer of this block keeps between tokens."""
        for _, block in self.children:
            yield from block.caches()

    def walk(self) -> Iterator[Block]:
        """This block and every block inside it."""
        yield self
        for _, block in self.children:
            yield from block.walk()

    def describe(self) -> str:
        """A few words for the architecture line, empty where there is nothing to say."""
        return ""

    def spec(self) -> dict[str, object]:
        """Fields that differ from their defaults, for spec files."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}


@dataclass(frozen=True)
class Module(Block):
    """Named blocks side by side, like a torch module. An empty name adds no level."""

    parts: tuple[tuple[str, Block], ...] = ()

    @property
    def children(self) -> tuple[tuple[str, Block], ...]:
        return self.parts


@dataclass(frozen=True)
class EveryToken(Block):
    """What every token of a prompt runs through, though its layer is there for the last of them alone."""

    block: Block

    @property
    def children(self) -> tuple[tuple[str, Block], ...]:
        return (("", self.block),)

    def weights(self) -> Iterator[Weight]:
        for weight in self.block.weights():
            yield replace(weight, tail=0)


@dataclass(frozen=True)
class Vectors(Block):
    """A block whose one-dimensional tensors (norms, biases, scales) releases store in another type than the model's."""

    block: Block
    dtype: str

    @property
    def children(self) -> tuple[tuple[str, Block], ...]:
        return (("", self.block),)

    def weights(self) -> Iterator[Weight]:
        for weight in self.block.weights():
            own = weight.dtype is None and len(weight.shape) == 1
            yield replace(weight, dtype=self.dtype) if own else weight


def module(parts: Mapping[str, Block | None]) -> Module:
    """A `Module` from a mapping; None entries are left out, so that a family can write `"x": X(...) if flag else
    None`."""
    return Module(tuple((name, block) for name, block in parts.items() if block is not None))


@dataclass(frozen=True)
class Tensor(Block):
    """One stored tensor as it is, for what no other block describes. `index` numbers a `{}` in the name.
    `per_expert`: its last axis counts the layer's routed experts. `passes`: as in `Weight`."""

    name: str
    shape: tuple[int, ...]
    component: Component
    kind: Kind = Kind.PARAMETER
    linear: bool = False
    share: Share = WHOLE
    sharding: Sharding = Sharding.REPLICATED
    dtype: str | None = None
    index: tuple[Indices, ...] = ()
    note: str = ""
    per_expert: bool = False
    passes: int | None = None

    def weights(self) -> Iterator[Weight]:
        yield Weight(
            self.name,
            self.shape,
            self.component,
            index=self.index,
            kind=self.kind,
            linear=self.linear,
            share=self.share,
            sharding=self.sharding,
            dtype=self.dtype,
            note=self.note,
            passes=self.passes,
        )
