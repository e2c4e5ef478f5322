"""Residual streams mixed by gates (Qwen4-Exp)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.weights import Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class GatedResidual(Block):
    """`streams` residual streams become the input of one sub-layer, through a low-rank gate over all of them;
    `inject` says how much of its output each stream takes. Without it: the one before the head, which only mixes."""

    hidden: int
    streams: int
    rank: int
    inject: bool = True

    def weights(self) -> Iterator[Weight]:
        width = self.streams * self.hidden
        yield Weight("hc_norm.weight", (width,), Component.OTHER, note="hyper-connection")
        rows = [("input_mix_weight_down", self.rank, width), ("input_mix_weight_up", width, self.rank)]
        if self.inject:
            rows.append(("block_inject_weight", self.streams, width))
        for name, outputs, inputs in rows:
            yield Weight(f"{name}.weight", (outputs, inputs), Component.OTHER, linear=True, note="hyper-connection")

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Gate and sum of the streams, and the injection back into them: 2 per stream and feature each."""
        return (4 if self.inject else 2) * self.streams * self.hidden
