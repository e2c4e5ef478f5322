"""Beam: gated sliding attention and group-limited sigmoid routing."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Block, FeedForward, Module, Norm, Tensor, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention, routed_experts, sigmoid_router
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_groups, layer_count, sparse_layers, windows
from moeaudit.architecture.weights import Sharding
from moeaudit.vocabulary import Component


def beam(c: Config) -> Architecture:
    """Norms on both sides of attention and feed-forward; every sixth layer and the last one attend to everything."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    router = sigmoid_router(c, groups=8, top_groups=4, scaling=2.5)
    sparse = moe(router, routed_experts(c, router))
    dense = FeedForward(hidden, c.int("intermediate_size"))
    check_groups(c, 8)
    attention = replace(grouped_attention(c, kv_heads=8, head_dim=128, qk_norm="head"), gate="full")
    gate_bias = Tensor(
        "gate_bias", (attention.heads,), Component.ATTENTION, sharding=Sharding.COLUMN, note="one a head"
    )
    norm = Norm(hidden)

    def layer(window: int | None, ffn: Block) -> Block:
        return module(
            {
                "self_attn": Module((("", replace(attention, window=window)), ("", gate_bias))),
                "mlp": ffn,
                "input_layernorm": norm,
                "post_attention_layernorm": norm,
                "pre_feedforward_layernorm": norm,
                "post_feedforward_layernorm": norm,
            }
        )

    slides = windows(c, layers, default=lambda number: (number + 1) % 6 != 0 and number != layers - 1, window=512)
    return decoder_model(
        c,
        "Beam",
        [
            layer(window, sparse if is_sparse else dense)
            for window, is_sparse in zip(slides, sparse_layers(c, layers, 3), strict=True)
        ],
        tied=c.flag("tie_word_embeddings", default=False),
    )
