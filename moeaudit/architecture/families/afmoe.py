"""AFMoE: Arcee's Trinity models."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Block, FeedForward, Norm, Router, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    counted_shared_experts,
    decoder_model,
    grouped_attention,
    routed_experts,
)
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed, windows

OUTSIDE = (("weight", "router.gate.weight"),)
"""The router's weight stands one level deeper than its correction bias."""


def afmoe(c: Config) -> Architecture:
    """Gated attention that slides except in every n-th layer, four norms a layer, sigmoid-routed experts after dense
    layers."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    router = Router(
        hidden,
        *routed(c),
        scoring="sigmoid",
        correction_bias="expert_bias",
        scaling=c.number("route_scale", default=1.0),
        names=OUTSIDE,
    )
    shared = counted_shared_experts(c, "num_shared_experts", default=2)
    sparse = moe(router, routed_experts(c, router), shared, router_name="")
    dense = FeedForward(hidden, c.int("intermediate_size"))
    attention = replace(grouped_attention(c, head_dim=128, qk_norm="head"), gate="full")
    every = c.int("global_attn_every_n_layers", default=4)
    norm = Norm(hidden)

    def layer(window: int | None, ffn: Block) -> Block:
        return module(
            {
                "self_attn": replace(attention, window=window),
                "mlp": ffn,
                "input_layernorm": norm,
                "post_attention_layernorm": norm,
                "pre_mlp_layernorm": norm,
                "post_mlp_layernorm": norm,
            }
        )

    dense_layers = c.int("num_dense_layers", default=1, least=0)
    slides = windows(c, layers, default=lambda number: (number + 1) % every != 0, window=1024)
    return decoder_model(
        c,
        "AFMoE",
        [layer(window, dense if number < dense_layers else sparse) for number, window in enumerate(slides)],
        tied=c.flag("tie_word_embeddings", default=False),
    )
