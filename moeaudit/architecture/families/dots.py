"""dots.llm1 (arXiv:2506.05767)."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    counted_shared_experts,
    decoder_layers,
    decoder_model,
    grouped_attention,
    routed_experts,
    sigmoid_router,
)
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, windows


def dots1(c: Config) -> Architecture:
    """DeepSeek's experts under multi-head attention with query and key norms."""
    router = sigmoid_router(c, renormalise=False)
    sparse = moe(router, routed_experts(c, router), counted_shared_experts(c, "n_shared_experts", default=0))
    attention = grouped_attention(c, kv_heads=32, qk_norm="head")
    full = c.int("max_window_layers", default=62, least=0)
    slides = windows(c, layer_count(c), default=lambda number: number >= full, window=4096)
    return decoder_model(
        c,
        "dots.llm1",
        decoder_layers(c, [replace(attention, window=window) for window in slides], sparse),
        tied=c.flag("tie_word_embeddings", default=False),
    )
