"""Inkling's parts: relative position logits, convolutions over the sequence, shared experts stacked like routed
ones."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.attention import ATTENTION
from moeaudit.architecture.blocks.base import Block, Names
from moeaudit.architecture.blocks.cache import CacheNeed, SequenceState
from moeaudit.architecture.blocks.experts import SharedExperts
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class RelativeLogits(Block):
    """Position enters as a bias: each head mixes `rank` learned profiles over `extent` distances."""

    hidden: int
    heads: int
    rank: int
    extent: int
    names: Names = ()

    def weights(self) -> Iterator[Weight]:
        yield Weight(
            f"{dict(self.names).get('r_proj', 'r_proj')}.weight",
            (self.heads * self.rank, self.hidden),
            ATTENTION,
            linear=True,
            sharding=Sharding.COLUMN,
        )
        yield Weight("rel_logits_proj.proj", (self.rank, self.extent), ATTENTION)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Every head mixes the profiles for all distances: 2 · heads · rank · extent."""
        return 2 * self.heads * self.rank * self.extent


@dataclass(frozen=True)
class CausalConvolution(Block):
    """Depthwise convolution over the last `kernel` tokens, `weight` (channels, 1, kernel)."""

    channels: int
    kernel: int

    def weights(self) -> Iterator[Weight]:
        yield Weight("weight", (self.channels, 1, self.kernel), Component.MIXER, linear=True, sharding=Sharding.COLUMN)

    def caches(self) -> Iterator[CacheNeed]:
        yield SequenceState(convolution=self.channels * (self.kernel - 1), heads=self.channels)


@dataclass(frozen=True)
class DynamicConvolution(Block):
    """The same with weights that a projection of the token adds to, one set for each of `heads` groups of channels."""

    channels: int
    kernel: int
    hidden: int
    heads: int

    def weights(self) -> Iterator[Weight]:
        yield Weight("static_w", (self.kernel, self.channels), Component.MIXER, linear=True, sharding=Sharding.COLUMN)
        yield Weight(
            "weight_proj",
            (self.heads * self.kernel, self.hidden),
            Component.MIXER,
            linear=True,
            sharding=Sharding.COLUMN,
        )

    def caches(self) -> Iterator[CacheNeed]:
        yield SequenceState(convolution=self.channels * (self.kernel - 1), heads=self.heads)


@dataclass(frozen=True)
class MessageGate(Block):
    """Mixes what a layer reads with a message of the pass before, by two gates of rank `rank` that read both (Inkling 2
    Mini's looped layers). `passes`: how often that happens, once less than the layer is run through."""

    hidden: int
    rank: int
    passes: int

    def weights(self) -> Iterator[Weight]:
        for name, outputs, inputs in (
            ("down_weight", self.rank, 2 * self.hidden),
            ("forget_weight", self.hidden, self.rank),
            ("gain_weight", self.hidden, self.rank),
        ):
            yield Weight(name, (outputs, inputs), Component.OTHER, linear=True, note="message gate", passes=self.passes)


@dataclass(frozen=True)
class StackedSharedExperts(SharedExperts):
    """Shared experts of `width` each, kept apart in tensors of (count, outputs, inputs). `fused`: gate and up in
    one."""

    def weights(self) -> Iterator[Weight]:
        word = dict(self.names)
        ups = (
            (("gate_up_proj", 2 * self.width),) if self.fused else (("gate_proj", self.width), ("up_proj", self.width))
        )
        for name, outputs, inputs in (
            *((name, outputs, self.hidden) for name, outputs in ups),
            ("down_proj", self.hidden, self.width),
        ):
            yield Weight(
                word.get(name, name),
                (self.count, outputs, inputs),
                Component.SHARED_EXPERTS,
                linear=True,
                sharding=Sharding.COLUMN if inputs == self.hidden else Sharding.ROW,
            )
