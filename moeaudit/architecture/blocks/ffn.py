"""The dense feed-forward."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block, Names
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class FeedForward(Block):
    """Gated (SwiGLU and kin: gate, up, down) or plain (up, down), with a width of `width`.

    `fused`: gate and up stored as one `gate_up_proj` of (2 · width, hidden).
    """

    hidden: int
    width: int
    gated: bool = True
    bias: bool = False
    fused: bool = False
    component: Component = Component.DENSE_FFN
    names: Names = ()

    def weights(self) -> Iterator[Weight]:
        word = dict(self.names)
        ups = (
            (("gate_up_proj", 2 * self.width),)
            if self.gated and self.fused
            else (("gate_proj", self.width), ("up_proj", self.width))
            if self.gated
            else (("up_proj", self.width),)
        )
        for name, outputs in ups:
            yield from self._linear(word.get(name, name), outputs, self.hidden, Sharding.COLUMN)
        yield from self._linear(word.get("down_proj", "down_proj"), self.hidden, self.width, Sharding.ROW)

    def _linear(self, name: str, outputs: int, inputs: int, sharding: Sharding) -> Iterator[Weight]:
        yield Weight(f"{name}.weight", (outputs, inputs), self.component, linear=True, sharding=sharding)
        if self.bias:
            split = Sharding.COLUMN if sharding is Sharding.COLUMN else Sharding.REPLICATED
            yield Weight(f"{name}.bias", (outputs,), self.component, sharding=split)
