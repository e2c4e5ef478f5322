"""Linear attention: a state of fixed size instead of a cache that grows."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block, Names
from moeaudit.architecture.blocks.cache import CacheNeed, SequenceState
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

MIXER = Component.MIXER


@dataclass(frozen=True)
class GatedDeltaNet(Block):
    """Gated delta rule with a short convolution over q, k and v (arXiv:2412.06464).

    Each value head keeps a (key_head_dim × value_head_dim) state; key heads serve several value heads.
    `fused`: the input projections are stored as two matrices, `in_proj_qkvz` and `in_proj_ba`, instead of four;
    `joint`: as one, `in_proj`.
    `chunk`: tokens per block of the prefill algorithm. `decay_dtype` (of `A_log`) and `norm_dtype`: where releases
    store these in another than the model's. `state_dtype`: of the recurrent state, where the config states it.
    """

    hidden: int
    key_heads: int
    value_heads: int
    key_head_dim: int
    value_head_dim: int
    kernel: int = 4
    fused: bool = False
    chunk: int = 64
    decay_dtype: str | None = None
    norm_dtype: str | None = None
    joint: bool = False
    names: Names = ()
    state_dtype: str = ""

    @property
    def value_width(self) -> int:
        return self.value_heads * self.value_head_dim

    @property
    def convolved(self) -> int:
        """Channels of the convolution: queries, keys and values."""
        return 2 * self.key_heads * self.key_head_dim + self.value_width

    def weights(self) -> Iterator[Weight]:
        rows = (
            (("in_proj", self.convolved + self.value_width + 2 * self.value_heads),)
            if self.joint
            else (("in_proj_qkvz", self.convolved + self.value_width), ("in_proj_ba", 2 * self.value_heads))
            if self.fused
            else (
                ("in_proj_qkv", self.convolved),
                ("in_proj_z", self.value_width),
                ("in_proj_b", self.value_heads),
                ("in_proj_a", self.value_heads),
            )
        )
        for name, outputs in rows:
            yield Weight(f"{name}.weight", (outputs, self.hidden), MIXER, linear=True, sharding=Sharding.COLUMN)
        yield Weight("conv1d.weight", (self.convolved, 1, self.kernel), MIXER, linear=True, sharding=Sharding.COLUMN)
        yield Weight("dt_bias", (self.value_heads,), MIXER, sharding=Sharding.COLUMN)
        yield Weight("A_log", (self.value_heads,), MIXER, sharding=Sharding.COLUMN, dtype=self.decay_dtype)
        norm = dict(self.names).get("norm", "norm")
        yield Weight(f"{norm}.weight", (self.value_head_dim,), MIXER, dtype=self.norm_dtype)
        yield Weight("out_proj.weight", (self.hidden, self.value_width), MIXER, linear=True, sharding=Sharding.ROW)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Per value head. Decode: decay (1), read (2), write (2) and query (2) per state element.

        Prefill in chunks of C (arXiv:2412.06464, section 3.3): three products with the state (6 per element) and,
        inside the chunk, three products of width C with keys and two with values: 2C · (3 d_k + 2 d_v).
        """
        state = self.key_head_dim * self.value_head_dim
        if decode:
            return self.value_heads * 7 * state
        inside = 2 * min(self.chunk, context) * (3 * self.key_head_dim + 2 * self.value_head_dim)
        return self.value_heads * (6 * state + inside)

    def caches(self) -> Iterator[CacheNeed]:
        recurrent, convolution = self.value_width * self.key_head_dim, self.convolved * (self.kernel - 1)
        yield SequenceState(recurrent, convolution, self.value_heads, dtype=self.state_dtype)

    def describe(self) -> str:
        heads = f"{self.key_heads}/{self.value_heads} heads × {self.key_head_dim}/{self.value_head_dim}"
        return f"gated DeltaNet {heads}, conv {self.kernel}"


@dataclass(frozen=True)
class LightningAttention(Block):
    """Linear attention with one fixed decay per head, a norm and a full output gate (MiniMax-01, arXiv:2501.08313).

    The decay tables follow from the head count and the layer number; checkpoints do not store them.
    `block`: tokens per block of the prefill algorithm. `qk_norms`: names of norms of head_dim on queries and keys.
    `bias`: on queries, keys and values; `output_bias`: on the output.
    """

    hidden: int
    heads: int
    head_dim: int
    block: int = 256
    names: Names = ()
    qk_norms: tuple[str, ...] = ()
    bias: bool = False
    output_bias: bool = False

    def weights(self) -> Iterator[Weight]:
        word, width = dict(self.names), self.heads * self.head_dim
        for name, shape, sharding in (
            ("qkv_proj", (3 * width, self.hidden), Sharding.COLUMN),
            ("output_gate", (width, self.hidden), Sharding.COLUMN),
            ("out_proj", (self.hidden, width), Sharding.ROW),
        ):
            yield Weight(f"{word.get(name, name)}.weight", shape, MIXER, linear=True, sharding=sharding)
        yield Weight(f"{word.get('norm', 'norm')}.weight", (width,), MIXER, sharding=Sharding.COLUMN)
        for norm in self.qk_norms:
            yield Weight(f"{norm}.weight", (self.head_dim,), MIXER)
        if self.bias:
            yield Weight(f"{word.get('qkv_proj', 'qkv_proj')}.bias", (3 * width,), MIXER, sharding=Sharding.COLUMN)
        if self.output_bias:
            yield Weight(f"{word.get('out_proj', 'out_proj')}.bias", (self.hidden,), MIXER)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Per head. Decode: decay (1), write (2), query (2) per state element. Prefill in blocks of B (Lightning
        Attention-2, arXiv:2401.04658): two products with the state and two of width B inside the block."""
        state = self.head_dim * self.head_dim
        return self.heads * (5 * state if decode else 4 * state + 4 * min(self.block, context) * self.head_dim)

    def caches(self) -> Iterator[CacheNeed]:
        yield SequenceState(self.heads * self.head_dim * self.head_dim, heads=self.heads)

    def describe(self) -> str:
        return f"lightning attention {self.heads} × {self.head_dim}"
