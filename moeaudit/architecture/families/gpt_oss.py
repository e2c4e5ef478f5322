"""gpt-oss (arXiv:2508.10925) and the privacy filter built on it: biased experts, attention sinks, alternating
windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from moeaudit.architecture.blocks import Attention, Block, Experts, Linear, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture, Single
from moeaudit.architecture.reading import check_selection, layer_count, windows
from moeaudit.vocabulary import Component

PRIVACY_LABELS = 33
"""Labels of the privacy filter where its config lists none: 8 categories in four positions, and "outside"."""


def gpt_oss(c: Config) -> Architecture:
    """Every layer holds experts; every second layer sees a window. Releases store the experts packed in MXFP4
    blocks."""
    layers, hidden, sparse = layer_count(c), c.int("hidden_size"), sparse_block(c)
    spans = windows(c, layers, default=lambda number: number % 2 == 0, window=128)
    return decoder_model(
        c,
        "gpt-oss",
        tuple(decoder_layer(hidden, attention(c, span), sparse) for span in spans),
        tied=c.flag("tie_word_embeddings", default=False),
    )


def openai_privacy_filter(c: Config) -> Architecture:
    """A token classifier: each token sees a window on both sides, nothing is cached, and a small layer takes the
    head's place."""
    hidden, side = c.int("hidden_size"), c.int("sliding_window", default=128)
    both = replace(attention(c, 2 * side + 1, kv_heads=2), cross=True)
    layer = decoder_layer(hidden, both, sparse_block(c))
    score = Linear(hidden, label_count(c), bias=True, component=Component.OTHER, note="classification head")
    return decoder_model(c, "gpt-oss", (layer,) * layer_count(c), head="", after=(Single("score", score),))


def attention(c: Config, window: int | None, *, kv_heads: int = 8) -> Attention:
    """GQA with biases and one learned sink per head."""
    return replace(
        grouped_attention(
            c, bias=c.flag("attention_bias", default=True), kv_heads=kv_heads, head_dim=64, window=window
        ),
        sinks=True,
    )


def sparse_block(c: Config) -> Block:
    """A biased router and biased, stacked experts; the softmax runs over the selected ones alone."""
    hidden, width = c.int("hidden_size"), c.int("intermediate_size")
    experts = c.int("num_local_experts", "num_experts", default=128)
    selected = c.int("num_experts_per_tok", "experts_per_token", default=4)
    check_selection(c, experts, selected)
    return moe(
        Router(hidden, experts, selected, bias=True, renormalise=True),
        Experts(hidden, width, experts, selected, bias=True, layout="stacked", transposed=True),
        router_name="router",
    )


def label_count(c: Config) -> int:
    """Classes of the classifier: as listed, as counted, or the family's own."""
    labels = c.data.get("id2label")
    return len(labels) if isinstance(labels, Mapping) and labels else c.int("num_labels", default=PRIVACY_LABELS)
