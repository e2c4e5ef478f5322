"""Flint: many narrow experts, a sink per head."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import FeedForward, Module, Router, SharedExperts, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention, routed_experts
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed, windows


def flint(c: Config) -> Architecture:
    """Attention with sinks, full in the first two layers, in every fourth and in the last; an ungated shared expert."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    router = Router(hidden, *routed(c), scoring="sigmoid", renormalise=c.flag("norm_topk_prob", default=True))
    shared = SharedExperts(hidden, c.int("shared_expert_intermediate_size", default=1024))
    sparse = moe(router, routed_experts(c, router), shared, shared_name="shared_expert")
    dense = FeedForward(hidden, c.int("intermediate_size"))
    attention = replace(
        grouped_attention(c, kv_heads=4, head_dim=128, qk_norm="head", names=(("sinks", "softmax_offset"),)), sinks=True
    )
    only_dense = c.layer_numbers(layers, "mlp_only_layers", default=(0, 1))
    step = c.int("decoder_sparse_step", default=1)

    def ffn(number: int) -> FeedForward | Module:
        return sparse if number not in only_dense and (number + 1) % step == 0 else dense

    slides = windows(
        c, layers, default=lambda number: number >= 2 and number % 4 != 1 and number != layers - 1, window=513
    )
    return decoder_model(
        c,
        "Flint",
        [decoder_layer(hidden, replace(attention, window=window), ffn(number)) for number, window in enumerate(slides)],
        tied=c.flag("tie_word_embeddings", default=False),
    )
