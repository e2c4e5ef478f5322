"""ZAYA's compressed convolutional attention and its router with a small network (arXiv:2510.04476)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.attention import ATTENTION, visible
from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed, SequenceState, TokenCache
from moeaudit.architecture.blocks.experts import Router
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class CompressedConvAttention(Block):
    """Attention in a narrower space: queries and keys pass a depthwise and a per-head convolution over the sequence,
    half of each value head comes from the token before; one learned key scale for each key-value head.

    `kernels`: tokens that the depthwise and the per-head convolution see.
    """

    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    kernels: tuple[int, int]
    bias: bool = False
    window: int | None = None

    @property
    def channels(self) -> int:
        """Queries and keys together."""
        return (self.heads + self.kv_heads) * self.head_dim

    def weights(self) -> Iterator[Weight]:
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        for name, shape, bias, sharding in (
            ("qkv_proj.q_proj", (queries, self.hidden), self.bias, Sharding.COLUMN),
            ("qkv_proj.k_proj", (keys, self.hidden), self.bias, Sharding.KV_HEADS),
            ("qkv_proj.v_proj_current", (keys // 2, self.hidden), self.bias, Sharding.KV_HEADS),
            ("qkv_proj.v_proj_delayed", (keys // 2, self.hidden), self.bias, Sharding.KV_HEADS),
            ("qkv_proj.conv_qk_depthwise", (self.channels, 1, self.kernels[0]), True, Sharding.COLUMN),
            ("qkv_proj.conv_qk_grouped", (self.channels, self.head_dim, self.kernels[1]), True, Sharding.COLUMN),
            ("o_proj", (self.hidden, queries), self.bias, Sharding.ROW),
        ):
            yield Weight(f"{name}.weight", shape, ATTENTION, linear=True, sharding=sharding)
            if bias:
                yield Weight(
                    f"{name}.bias",
                    shape[:1],
                    ATTENTION,
                    sharding=Sharding.REPLICATED if sharding is Sharding.ROW else sharding,
                )
        yield Weight("qk_norm.temp", (self.kv_heads,), ATTENTION, sharding=Sharding.KV_HEADS)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Scores and values, each 2 · heads · head_dim, for each visible token."""
        return 4 * self.heads * self.head_dim * visible(context, self.window)

    def caches(self) -> Iterator[CacheNeed]:
        """Keys and values; for the convolutions the tokens before, and the delayed half of the last token's values."""
        yield TokenCache(CacheKind.HEADS, 2 * self.head_dim, self.kv_heads, self.window)
        behind = sum(self.kernels) - len(self.kernels)
        yield SequenceState(
            convolution=self.channels * behind + self.kv_heads * self.head_dim // 2, heads=self.kv_heads
        )

    def describe(self) -> str:
        return f"compressed convolutional attention {self.heads}/{self.kv_heads} × {self.head_dim}"


@dataclass(frozen=True)
class NetworkRouter(Router):
    """A router with a network of its own: down to `inner` features, a norm, two hidden layers, then one score per
    expert.

    `carried`: adds the previous layer's router state, scaled feature by feature; a first layer has none.
    """

    inner: int = 0
    carried: bool = False

    def weights(self) -> Iterator[Weight]:
        rows = self.experts + self.extra
        for name, outputs, inputs, bias in (
            ("down_proj", self.inner, self.hidden, True),
            ("router_mlp.fc1", self.inner, self.inner, True),
            ("router_mlp.fc2", self.inner, self.inner, True),
            ("router_mlp.out_proj", rows, self.inner, False),
        ):
            yield Weight(f"{name}.weight", (outputs, inputs), Component.ROUTER, linear=True)
            if bias:
                yield Weight(f"{name}.bias", (outputs,), Component.ROUTER)
        yield Weight("router_mlp.norm.weight", (self.inner,), Component.ROUTER)
        if self.carried:
            yield Weight("router_states_scale", (self.inner,), Component.ROUTER)
        yield Weight(self.correction_bias, (rows,), Component.ROUTER_BIAS, dtype=self.correction_dtype)
