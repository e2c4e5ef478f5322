"""Encoders: patch and audio convolutions, bidirectional attention, the arrangement of a ViT layer
(arXiv:2010.11929)."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from moeaudit.architecture.blocks.base import Block, Module, Names, module
from moeaudit.architecture.blocks.ffn import FeedForward
from moeaudit.architecture.blocks.simple import Norm
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class Convolution(Block):
    """`weight` (outputs, inputs ÷ groups, *kernel) and an optional `bias`. `transposed` swaps the first two axes.

    `component`: `other` unless the convolution belongs to a mixer. `dtype`: where releases store it in another than
    the model's.
    """

    inputs: int
    outputs: int
    kernel: tuple[int, ...]
    bias: bool = True
    groups: int = 1
    transposed: bool = False
    component: Component = Component.OTHER
    dtype: str | None = None

    def weights(self) -> Iterator[Weight]:
        first, second = (self.inputs, self.outputs) if self.transposed else (self.outputs, self.inputs)
        shape = (first, second // self.groups, *self.kernel)
        yield Weight("weight", shape, self.component, linear=True, dtype=self.dtype)
        if self.bias:
            yield Weight("bias", (self.outputs,), self.component, dtype=self.dtype)

    @property
    def patch(self) -> int:
        """Inputs that one output sees."""
        return self.inputs // self.groups * prod(self.kernel)


@dataclass(frozen=True)
class EncoderAttention(Block):
    """Bidirectional attention of an encoder: nothing is cached.

    `fused`: q, k and v stored as one matrix, `qkv`. `qk_norm`: RMSNorms of head_dim on queries and keys. `infix`: a
    level between a projection and its tensors (`q_proj.linear.weight`). `names` renames q_proj, k_proj, v_proj, qkv,
    o_proj, q_norm, k_norm; `joint` writes `qkv_weight` and `qkv_bias` without a dot, as torch's MultiheadAttention
    does. `value_heads`: of the values, where they are not as many as the keys'.
    """

    hidden: int
    heads: int
    head_dim: int
    kv_heads: int | None = None
    bias: bool = True
    key_bias: bool | None = None
    output_bias: bool | None = None
    fused: bool = False
    joint: bool = False
    qk_norm: bool = False
    infix: str = ""
    names: Names = ()
    value_heads: int | None = None

    def weights(self) -> Iterator[Weight]:
        word = dict(self.names)
        values = (self.value_heads or self.kv_heads or self.heads) * self.head_dim
        width, keys = self.heads * self.head_dim, (self.kv_heads or self.heads) * self.head_dim
        key_bias = self.bias if self.key_bias is None else self.key_bias
        rows = (
            (("qkv", width + keys + values, self.bias),)
            if self.fused
            else (("q_proj", width, self.bias), ("k_proj", keys, key_bias), ("v_proj", values, self.bias))
        )
        for name, outputs, bias in rows:
            stem = word.get(name, name) + ("_" if self.joint else f".{self.infix}." if self.infix else ".")
            yield Weight(
                f"{stem}weight", (outputs, self.hidden), Component.ATTENTION, linear=True, sharding=Sharding.COLUMN
            )
            if bias:
                yield Weight(f"{stem}bias", (outputs,), Component.ATTENTION, sharding=Sharding.COLUMN)
        stem = word.get("o_proj", "o_proj") + (f".{self.infix}." if self.infix else ".")
        yield Weight(f"{stem}weight", (self.hidden, width), Component.ATTENTION, linear=True, sharding=Sharding.ROW)
        if self.bias if self.output_bias is None else self.output_bias:
            yield Weight(f"{stem}bias", (self.hidden,), Component.ATTENTION)
        if self.qk_norm:
            for name in ("q_norm", "k_norm"):
                yield Weight(f"{word.get(name, name)}.weight", (self.head_dim,), Component.ATTENTION)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Scores and values over all `context` patches: 4 · width each."""
        return 4 * self.heads * self.head_dim * context


def encoder_mlp(hidden: int, width: int, up: str = "fc1", down: str = "fc2", *, bias: bool = True) -> FeedForward:
    """The plain feed-forward of a ViT."""
    return FeedForward(hidden, width, gated=False, bias=bias, names=(("up_proj", up), ("down_proj", down)))


def encoder_layer(
    attention: Block,
    mlp: Block,
    norm: Norm,
    *,
    attention_name: str = "self_attn",
    mlp_name: str = "mlp",
    norms: tuple[str, str] = ("layer_norm1", "layer_norm2"),
    extra: tuple[tuple[str, Block], ...] = (),
) -> Module:
    """Pre-norm encoder layer; `extra` holds what a family adds, such as layer scales."""
    layer = module({attention_name: attention, mlp_name: mlp, norms[0]: norm, norms[1]: norm})
    return Module((*layer.parts, *extra))
