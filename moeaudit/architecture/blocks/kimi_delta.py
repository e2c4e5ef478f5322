"""Kimi Delta Attention (Kimi Linear, arXiv:2510.26692)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block, Names
from moeaudit.architecture.blocks.cache import CacheNeed, SequenceState
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

MIXER = Component.MIXER


@dataclass(frozen=True)
class KimiDelta(Block):
    """Delta rule with a decay for every channel, short convolutions over q, k and v, and an output gate.

    Each head keeps a (head_dim × head_dim) state. Decay and output gate come from a pair of rank head_dim each
    (`f_a_proj`, `f_b_proj`, `g_a_proj`, `g_b_proj`); with `full_decay` or `full_gate` from one matrix (`f_proj`,
    `g_proj`). `decay_shape`: shape of `A_log` where it is not (heads,). `chunk`: tokens per block of the prefill
    algorithm. `decay_dtype` (of `A_log` and `dt_bias`) and `mixing_dtype` (of convolutions and output norm): where
    releases store these in another than the model's.
    """

    hidden: int
    heads: int
    head_dim: int
    kernel: int = 4
    full_decay: bool = False
    full_gate: bool = False
    decay_shape: tuple[int, ...] = ()
    chunk: int = 64
    names: Names = ()
    decay_dtype: str | None = None
    mixing_dtype: str | None = None

    @property
    def width(self) -> int:
        return self.heads * self.head_dim

    def weights(self) -> Iterator[Weight]:
        word = dict(self.names)
        for name in ("q_proj", "k_proj", "v_proj"):
            yield Weight(f"{name}.weight", (self.width, self.hidden), MIXER, linear=True, sharding=Sharding.COLUMN)
        for name in ("q_conv1d", "k_conv1d", "v_conv1d"):
            yield Weight(
                f"{name}.weight",
                (self.width, 1, self.kernel),
                MIXER,
                linear=True,
                sharding=Sharding.COLUMN,
                dtype=self.mixing_dtype,
            )
        for gate, full in (("f", self.full_decay), ("g", self.full_gate)):
            if full:
                yield Weight(
                    f"{gate}_proj.weight", (self.width, self.hidden), MIXER, linear=True, sharding=Sharding.COLUMN
                )
            else:
                yield Weight(f"{gate}_a_proj.weight", (self.head_dim, self.hidden), MIXER, linear=True)
                yield Weight(
                    f"{gate}_b_proj.weight", (self.width, self.head_dim), MIXER, linear=True, sharding=Sharding.COLUMN
                )
        yield Weight("b_proj.weight", (self.heads, self.hidden), MIXER, linear=True, sharding=Sharding.COLUMN)
        for name, shape in (("A_log", self.decay_shape or (self.heads,)), ("dt_bias", (self.width,))):
            yield Weight(word.get(name, name), shape, MIXER, sharding=Sharding.COLUMN, dtype=self.decay_dtype)
        yield Weight("o_norm.weight", (self.head_dim,), MIXER, dtype=self.mixing_dtype)
        yield Weight(
            f"{word.get('o_proj', 'o_proj')}.weight",
            (self.hidden, self.width),
            MIXER,
            linear=True,
            sharding=Sharding.ROW,
        )

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Per head. Decode: decay (1), read (2), write (2) and query (2) per state element. Prefill in chunks of C:
        three products with the state and five of width C inside the chunk, as for the gated delta rule
        (arXiv:2412.06464, section 3.3)."""
        state = self.head_dim * self.head_dim
        return self.heads * (7 * state if decode else 6 * state + 10 * min(self.chunk, context) * self.head_dim)

    def caches(self) -> Iterator[CacheNeed]:
        recurrent, convolution = self.width * self.head_dim, 3 * self.width * (self.kernel - 1)
        yield SequenceState(recurrent, convolution, self.heads, dtype="float32")  # its kernels know no other

    def describe(self) -> str:
        return f"Kimi delta attention {self.heads} × {self.head_dim}, conv {self.kernel}"
