"""The feed-forward of OpenMoE (arXiv:2402.01739)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.weights import Sharding, Share, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class HalvedGate(Block):
    """Feed-forward whose gate has two features for each of the `width` it leaves, one of which gates the other.

    The release's code (OpenMoeMLP and MLPExperts) splits the gate's output once more before it meets `up`.
    `experts`: 0 for a dense one, with weights as torch stores them; else stacked as (experts, inputs, outputs).
    """

    hidden: int
    width: int
    experts: int = 0
    selected: int = 0

    def weights(self) -> Iterator[Weight]:
        shapes = (
            ("gate_proj", "wi_gate", self.hidden, 2 * self.width),
            ("up_proj", "wi_up", self.hidden, self.width),
            ("down_proj", "wo", self.width, self.hidden),
        )
        for dense, stacked, inputs, outputs in shapes:
            if self.experts:
                yield Weight(
                    stacked,
                    (self.experts, inputs, outputs),
                    Component.ROUTED_EXPERTS,
                    linear=True,
                    share=Share.of(self.selected, self.experts),
                    sharding=Sharding.EXPERTS,
                )
            else:
                split = Sharding.ROW if dense == "down_proj" else Sharding.COLUMN
                yield Weight(f"{dense}.weight", (outputs, inputs), Component.DENSE_FFN, linear=True, sharding=split)
