"""Solar Open, from Upstage."""

from __future__ import annotations

from moeaudit.architecture.blocks import FeedForward, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    counted_shared_experts,
    decoder_layer,
    decoder_model,
    grouped_attention,
    routed_experts,
    sigmoid_router,
)
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, sparse_layers


def solar_open(c: Config) -> Architecture:
    """GLM-4.5's blocks: sigmoid-routed experts beside a shared one, in every layer unless leading ones are said to
    be dense."""
    hidden, layers, router = c.int("hidden_size"), layer_count(c), sigmoid_router(c)
    sparse = moe(router, routed_experts(c, router), counted_shared_experts(c, "n_shared_experts", default=1))
    attention = grouped_attention(
        c,
        kv_heads=8,
        head_dim=128,
        output_bias=False,
        qk_norm="head" if c.flag("use_qk_norm", default=False) else "none",
    )
    return decoder_model(
        c,
        "Solar Open",
        [
            decoder_layer(hidden, attention, sparse if is_sparse else FeedForward(hidden, c.int("intermediate_size")))
            for is_sparse in sparse_layers(c, layers)
        ],
        tied=c.flag("tie_word_embeddings", default=False),
    )
