"""Doge (arXiv:2412.11834): attention with a dynamic mask, and thousands of one-neuron experts beside a dense
feed-forward."""

from __future__ import annotations

from math import isqrt

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Linear, Module, Norm, Router, Tensor, module
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed
from moeaudit.architecture.weights import Sharding
from moeaudit.vocabulary import Component

EMBEDDING_EXPERTS = (("up_proj", "down_embed"), ("down_proj", "up_embed"))
"""An expert is one row of two look-up tables: the first scores the token, the second is added by that score."""


def doge(c: Config) -> Architecture:
    """Both residual connections carry a learned scale for each feature; experts are there where `is_moe` says so."""
    hidden = c.int("hidden_size")
    layer = module(
        {
            "input_layernorm": Norm(hidden),
            "self_attn": masked_attention(c),
            "post_attention_layernorm": Norm(hidden),
            "mlp": feed_forward(c),
            "": Module(
                tuple(
                    ("", Tensor(name, (hidden,), Component.OTHER, note="residual scale"))
                    for name in ("input_residual", "post_attention_residual")
                )
            ),
        }
    )
    return decoder_model(c, "Doge", (layer,) * layer_count(c), tied=c.flag("tie_word_embeddings", default=False))


def masked_attention(c: Config) -> Module:
    """Grouped queries; the mask comes from the values through `dt_proj` and a scale `A` for each key-value head."""
    attention = grouped_attention(c, qk_norm="head", window=c.maybe_int("sliding_window"))
    mask = Linear(
        attention.kv_heads * attention.head_dim,
        attention.kv_heads,
        bias=attention.query_bias,
        component=Component.ATTENTION,
        sharding=Sharding.REPLICATED,
        note="dynamic mask",
    )
    return Module(
        (
            ("", attention),
            ("", Tensor("A", (attention.kv_heads,), Component.ATTENTION, note="dynamic mask")),
            ("dt_proj", mask),
        )
    )


def feed_forward(c: Config) -> Block:
    """A dense feed-forward; with `is_moe` also a router by product keys and the experts' two tables."""
    hidden = c.int("hidden_size")
    dense = FeedForward(hidden, c.int("intermediate_size"), bias=c.flag("mlp_bias", default=False))
    if not c.flag("is_moe", default=False):
        return dense
    experts, selected = routed(c)
    router = Router(hidden, experts, selected, keys=isqrt(experts), renormalise=c.flag("norm_topk_prob", default=False))
    return Module(
        (
            ("", dense),
            ("router_gate", router),
            (
                "",
                Experts(
                    hidden, 1, experts, selected, gated=False, layout="flat", suffix="weight", names=EMBEDDING_EXPERTS
                ),
            ),
        )
    )
