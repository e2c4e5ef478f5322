"""Solar Open, from Upstage."""

from __future__ import annotations

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
)
from moeaudit.architecture.model import Architecture


def solar_open(c: Config) -> Architecture:
    """GLM-4.5's blocks: sigmoid-routed experts beside a shared one, in every layer unless leading ones are said to
    be dense."""
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
            renormalise=c.flag("norm_topk_prob", default=True),
            scaling=c.number("routed_scaling_factor", default=1.0),
        ),
        Experts(hidden, width, experts, selected),
        shared_experts(hidden, width, c.int("n_shared_experts", default=1, least=0)),
    )
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
