"""Encoder–decoder layers: T5's numbered sub-layers and the fairseq arrangement of M2M and NLLB."""

from __future__ import annotations

from moeaudit.architecture.blocks.attention import Attention
from moeaudit.architecture.blocks.base import Block, Module, Names, Tensor, module
from moeaudit.architecture.blocks.experts import Experts, Router, moe
from moeaudit.architecture.blocks.ffn import FeedForward
from moeaudit.architecture.blocks.simple import Norm
from moeaudit.architecture.weights import Sharding
from moeaudit.vocabulary import Component

T5_ATTENTION: Names = (("q_proj", "q"), ("k_proj", "k"), ("v_proj", "v"), ("o_proj", "o"))
FAIRSEQ_ATTENTION: Names = (("o_proj", "out_proj"),)


def t5_attention(hidden: int, heads: int, head_dim: int, *, buckets: int = 0, cross: bool = False) -> Block:
    """Attention without biases. `buckets`: rows of the relative position bias, one value per head, which only a stack's
    first layer stores and all its layers use (Raffel et al., arXiv:1910.10683, section 2.1)."""
    attention = Attention(hidden, heads, heads, head_dim, cross=cross, names=T5_ATTENTION)
    if not buckets:
        return attention
    bias = Tensor(
        "weight", (buckets, heads), Component.ATTENTION, sharding=Sharding.COLUMN, note="relative position bias"
    )
    return module({"": attention, "relative_attention_bias": bias})


def t5_layer(hidden: int, attention: Block, ffn: Block, *, cross: Block | None = None) -> Module:
    """Sub-layers under `layer.0`, `layer.1`, `layer.2`, each with its norm in front: self-attention, cross-attention in
    decoders, feed-forward."""
    norm = Norm(hidden)
    last = 1 if cross is None else 2
    return module(
        {
            "layer.0.SelfAttention": attention,
            "layer.0.layer_norm": norm,
            "layer.1.EncDecAttention": cross,
            "layer.1.layer_norm": norm if cross else None,
        }
        | {f"layer.{last}.mlp": ffn, f"layer.{last}.layer_norm": norm}
    )


def fairseq_layer(hidden: int, heads: int, ffn: Block, *, decoder: bool) -> Module:
    """Pre-norm layer with LayerNorms and a bias on every projection; decoders attend to the encoder in between."""
    norm = Norm(hidden, bias=True)

    def attention(*, cross: bool) -> Attention:
        return Attention(
            hidden,
            heads,
            heads,
            hidden // heads,
            query_bias=True,
            key_bias=True,
            value_bias=True,
            output_bias=True,
            cross=cross,
            names=FAIRSEQ_ATTENTION,
        )

    return module(
        {
            "self_attn": attention(cross=False),
            "self_attn_layer_norm": norm,
            "cross_attention": attention(cross=True) if decoder else None,
            "cross_attention_layer_norm": norm if decoder else None,
            "ffn": ffn,
            "ff_layer_norm": norm,
        }
    )


def plain_ffn(hidden: int, width: int, *, up: str, down: str, bias: bool) -> FeedForward:
    """Two matrices with a ReLU between them, under the family's names."""
    return FeedForward(hidden, width, gated=False, bias=bias, names=(("up_proj", up), ("down_proj", down)))


def plain_experts(
    hidden: int, width: int, experts: int, selected: int, *, up: str, down: str, bias: bool, router_bias: bool
) -> Module:
    """A router's `classifier` and ungated experts stored one by one as `expert_0`, `expert_1`, …"""
    return moe(
        Router(hidden, experts, selected, bias=router_bias),
        Experts(
            hidden,
            width,
            experts,
            selected,
            gated=False,
            bias=bias,
            names=(("expert", "expert_{}"), ("up_proj", up), ("down_proj", down)),
        ),
        router_name="router.classifier",
    )
