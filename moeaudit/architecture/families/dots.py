"""dots.llm1 (arXiv:2506.05767)."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Experts, FeedForward, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    decoder_layer,
    decoder_model,
    grouped_attention,
    layer_count,
    routed,
    shared_experts,
    sparse_layers,
    windows,
)
from moeaudit.architecture.model import Architecture


def dots1(c: Config) -> Architecture:
    """DeepSeek's experts under multi-head attention with query and key norms."""
    hidden, layers, width = c.int("hidden_size"), layer_count(c), c.int("moe_intermediate_size")
    experts, selected = routed(c)
    sparse = moe(
        Router(
            hidden,
            experts,
            selected,
            scoring="sigmoid",
            correction_bias="e_score_correction_bias",
            correction_dtype="F32",
            groups=c.int("n_group", default=1),
            top_groups=c.int("topk_group", default=1),
            renormalise=c.flag("norm_topk_prob", default=False),
            scaling=c.number("routed_scaling_factor", default=1.0),
        ),
        Experts(hidden, width, experts, selected),
        shared_experts(hidden, width, c.int("n_shared_experts", default=0, least=0)),
    )
    dense = FeedForward(hidden, c.int("intermediate_size"))
    attention = grouped_attention(c, kv_heads=32, qk_norm="head")
    full = c.int("max_window_layers", default=62, least=0)
    return decoder_model(
        c,
        "dots.llm1",
        [
            decoder_layer(hidden, replace(attention, window=window), sparse if is_sparse else dense)
            for window, is_sparse in zip(
                windows(c, layers, default=lambda number: number >= full, window=4096),
                sparse_layers(c, layers),
                strict=True,
            )
        ],
        tied=c.flag("tie_word_embeddings", default=False),
    )
