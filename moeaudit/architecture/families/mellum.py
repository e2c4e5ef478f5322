"""Mellum 2 (JetBrains): grouped-query attention with windows where `layer_types` says so, experts in every layer."""

from __future__ import annotations

from collections.abc import Callable

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.families.qwen_next import prediction
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, layer_count, sparse_layers, windows


def mellum(c: Config) -> Architecture:
    """Per-layer lists place windows and dense layers; one prediction module, stored as Qwen3-Next's is."""
    layers, hidden, sparse = layer_count(c), c.int("hidden_size"), experts_block(c)
    dense = FeedForward(hidden, c.int("intermediate_size"))

    def layer(window: int | None, mixed: bool) -> Block:
        attention = grouped_attention(c, kv_heads=4, head_dim=128, qk_norm="head", window=window)
        return decoder_layer(hidden, attention, sparse if mixed else dense)

    spans, places = windows(c, layers, default=lambda number: False, window=1024), sparse_layers(c, layers)
    modules = c.int("num_nextn_predict_layers", "num_mtp_layers", default=0, least=0)
    return decoder_model(
        c,
        "Mellum",
        [layer(*both) for both in zip(spans, places, strict=True)],
        tied=c.flag("tie_word_embeddings", default=False),
        after=prediction(c, prediction_layer(c, layer), modules) if modules else (),
    )


def prediction_layer(c: Config, layer: Callable[[int | None, bool], Block]) -> Block:
    """The module's own layer: windowed and with experts unless its lists say otherwise."""
    attends, feeds = (
        c.words("mtp_layer_types", default=("sliding_attention",)),
        c.words("mtp_mlp_layer_types", default=("sparse",)),
    )
    return layer(c.int("sliding_window", default=1024) if "sliding" in attends[0] else None, feeds[0] == "sparse")


def experts_block(c: Config) -> Block:
    hidden, experts = c.int("hidden_size"), c.int("num_local_experts", "num_experts", default=64)
    used = c.int("num_experts_per_tok", default=8)
    check_selection(c, experts, used)
    return moe(
        Router(hidden, experts, used, renormalise=c.flag("norm_topk_prob", default=True)),
        Experts(hidden, c.int("moe_intermediate_size", default=896), experts, used),
    )
