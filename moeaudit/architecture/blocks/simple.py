"""Embedding, head, norm, linear: the blocks with nothing inside."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class Linear(Block):
    """`weight` (outputs, inputs) and an optional `bias` (outputs)."""

    inputs: int
    outputs: int
    bias: bool = False
    component: Component = Component.OTHER
    sharding: Sharding = Sharding.REPLICATED
    note: str = ""

    def weights(self) -> Iterator[Weight]:
        yield Weight(
            "weight", (self.outputs, self.inputs), self.component, linear=True, sharding=self.sharding, note=self.note
        )
        if self.bias:
            split = self.sharding if self.sharding is Sharding.COLUMN else Sharding.REPLICATED
            yield Weight("bias", (self.outputs,), self.component, sharding=split, note=self.note)


@dataclass(frozen=True)
class Norm(Block):
    """RMSNorm (`weight`) or LayerNorm (`weight`, `bias`) over `size` features. `dtype`: where releases store it in
    another than the model's."""

    size: int
    bias: bool = False
    component: Component = Component.NORM
    dtype: str | None = None

    def weights(self) -> Iterator[Weight]:
        for name in ("weight", "bias") if self.bias else ("weight",):
            yield Weight(name, (self.size,), self.component, dtype=self.dtype)


@dataclass(frozen=True)
class Embedding(Block):
    """The token table, (vocabulary, hidden): looked up, never multiplied."""

    vocabulary: int
    hidden: int
    component: Component = Component.EMBEDDING

    def weights(self) -> Iterator[Weight]:
        yield Weight("weight", (self.vocabulary, self.hidden), self.component, sharding=Sharding.VOCABULARY)


@dataclass(frozen=True)
class Head(Block):
    """The output projection, (vocabulary, hidden). Tied: the input table is used again and nothing is stored."""

    vocabulary: int
    hidden: int
    tied: bool = False
    bias: bool = False

    def weights(self) -> Iterator[Weight]:
        if not self.tied:
            yield Weight(
                "weight", (self.vocabulary, self.hidden), Component.HEAD, linear=True, sharding=Sharding.VOCABULARY
            )
        if self.bias:
            yield Weight("bias", (self.vocabulary,), Component.HEAD, sharding=Sharding.VOCABULARY)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """A tied head stores nothing but multiplies all the same: 2 · vocabulary · hidden."""
        return 2 * self.vocabulary * self.hidden if self.tied else 0
