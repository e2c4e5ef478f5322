"""Lara Mini, from Translated: Gated DeltaNet in two of five layers, windows in two more, and many small experts."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Router, moe
from moeaudit.architecture.blocks.linear_attention import GatedDeltaNet
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention, routed_experts, shared_experts
from moeaudit.architecture.families.qwen_next import hybrid_layer
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_groups, layer_count, layer_words, routed

PATTERN = ("linear_attention", "sliding_attention", "linear_attention", "full_attention", "sliding_attention")
"""The layers in turn, where `layer_types` is absent."""


def lara_mini(c: Config) -> Architecture:
    """Experts and one shared expert in every layer; names as transformers 5.24 saves them."""
    words = layer_words(c, layer_count(c), "layer_types", lambda number: PATTERN[number % len(PATTERN)])
    mixers = {
        "linear_attention": ("linear_attn", delta_net(c)),
        "sliding_attention": ("self_attn", attention(c, c.int("sliding_window", default=512))),
    }
    full, sparse = ("self_attn", attention(c)), experts(c)
    return decoder_model(
        c,
        "Lara Mini",
        tuple(hybrid_layer(c, mixers.get(word, full), sparse) for word in words),
        tied=c.flag("tie_word_embeddings", default=True),
    )


def attention(c: Config, window: int | None = None) -> Block:
    """Grouped attention with norms over heads."""
    check_groups(c, 4)
    return grouped_attention(c, kv_heads=4, head_dim=128, qk_norm="head", window=window)


def delta_net(c: Config) -> GatedDeltaNet:
    """Queries, keys, values, output gate, write strength and decay from one matrix, in this order."""
    return GatedDeltaNet(
        c.int("hidden_size"),
        key_heads=c.int("linear_num_key_heads", default=8),
        value_heads=c.int("linear_num_value_heads", default=16),
        key_head_dim=c.int("linear_key_head_dim", default=128),
        value_head_dim=c.int("linear_value_head_dim", default=128),
        kernel=c.int("linear_conv_kernel_dim", default=4),
        joint=True,
        names=(("norm", "out_norm"),),
    )


def experts(c: Config) -> Block:
    """Softmax routing; the shared expert has no gate."""
    hidden, (count, selected) = c.int("hidden_size"), routed(c)
    router = Router(hidden, count, selected, renormalise=c.flag("norm_topk_prob", default=True))
    shared = shared_experts(hidden, c.int("shared_expert_intermediate_size", default=512), 1)
    return moe(router, routed_experts(c, router, layout="stacked"), shared, shared_name="shared_expert")
