"""The recurrent layer that experts first stood between (Shazeer et al., arXiv:1701.06538)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.blocks.cache import CacheNeed, SequenceState
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class LSTM(Block):
    """Long short-term memory: four gates over `units` cells, from `inputs` features and the units themselves.

    `projection`: features that a linear projection leaves as the recurrent output (Sak et al., arXiv:1402.1128), 0
    for none.
    """

    inputs: int
    units: int
    projection: int = 0
    bias: bool = True

    @property
    def outputs(self) -> int:
        return self.projection or self.units

    def weights(self) -> Iterator[Weight]:
        yield Weight(
            "input_weight", (4 * self.units, self.inputs), Component.MIXER, linear=True, sharding=Sharding.COLUMN
        )
        yield Weight(
            "recurrent_weight", (4 * self.units, self.outputs), Component.MIXER, linear=True, sharding=Sharding.COLUMN
        )
        if self.bias:
            yield Weight("bias", (4 * self.units,), Component.MIXER, sharding=Sharding.COLUMN)
        if self.projection:
            yield Weight(
                "projection.weight", (self.projection, self.units), Component.MIXER, linear=True, sharding=Sharding.ROW
            )

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Three products and a sum in every cell."""
        return 4 * self.units

    def caches(self) -> Iterator[CacheNeed]:
        """Cells and outputs of the last step."""
        yield SequenceState(recurrent=self.units + self.outputs, heads=self.units)

    def describe(self) -> str:
        return f"LSTM {self.units}"
