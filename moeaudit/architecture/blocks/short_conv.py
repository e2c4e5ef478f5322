"""Gated short convolution (LFM2, arXiv:2511.23404)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.blocks.cache import CacheNeed, SequenceState
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

MIXER = Component.MIXER


@dataclass(frozen=True)
class ShortConv(Block):
    """One projection to two gates and an input, a depthwise convolution over `kernel` tokens, one projection back."""

    hidden: int
    kernel: int
    bias: bool = False

    def weights(self) -> Iterator[Weight]:
        rows = (
            ("in_proj", (3 * self.hidden, self.hidden), Sharding.COLUMN),
            ("conv", (self.hidden, 1, self.kernel), Sharding.COLUMN),
            ("out_proj", (self.hidden, self.hidden), Sharding.ROW),
        )
        for name, shape, sharding in rows:
            yield Weight(f"{name}.weight", shape, MIXER, linear=True, sharding=sharding)
            if self.bias:
                yield Weight(
                    f"{name}.bias",
                    shape[:1],
                    MIXER,
                    sharding=sharding if sharding is Sharding.COLUMN else Sharding.REPLICATED,
                )

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """The two gates: one multiplication per channel each."""
        return 2 * self.hidden

    def caches(self) -> Iterator[CacheNeed]:
        yield SequenceState(convolution=self.hidden * (self.kernel - 1), heads=self.hidden)

    def describe(self) -> str:
        return f"short convolution {self.kernel}"


@dataclass(frozen=True)
class DepthwiseConv(Block):
    """One depthwise convolution over `kernel` tokens that stand `dilation` apart, beside the mixer of a layer."""

    channels: int
    kernel: int
    dilation: int = 1
    component: Component = MIXER

    def weights(self) -> Iterator[Weight]:
        yield Weight("weight", (self.channels, 1, self.kernel), self.component, linear=True, sharding=Sharding.COLUMN)

    def caches(self) -> Iterator[CacheNeed]:
        yield SequenceState(convolution=self.channels * (self.kernel - 1) * self.dilation, heads=self.channels)
