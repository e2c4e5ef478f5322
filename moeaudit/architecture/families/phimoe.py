"""Phi-3.5-MoE (arXiv:2404.14219) and its slimmed relatives Phi-mini-MoE and Phi-tiny-MoE (arXiv:2506.18349)."""

from __future__ import annotations

from moeaudit.architecture.blocks import Experts, Norm, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import W123, layer_count, routed


def phimoe(c: Config) -> Architecture:
    """Mixtral's layer with LayerNorms, and biases on attention and head; routed by SparseMixer."""
    hidden = c.int("hidden_size")
    experts, selected = routed(c)
    norm = Norm(hidden, bias=True)
    layer = decoder_layer(
        hidden,
        grouped_attention(c, kv_heads=8, window=c.maybe_int("sliding_window")),
        moe(
            Router(hidden, experts, selected, scoring="sparsemixer"),
            Experts(hidden, c.int("intermediate_size"), experts, selected, names=W123),
        ),
        mlp="block_sparse_moe",
        norm=norm,
    )
    return decoder_model(
        c,
        "Phi-MoE",
        (layer,) * layer_count(c),
        norm=norm,
        tied=c.flag("tie_word_embeddings", default=False),
        head_bias=c.flag("lm_head_bias", default=False),
    )
