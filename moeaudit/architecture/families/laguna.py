"""Laguna, from Poolside: gated attention whose number of heads may differ by layer."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Router, SharedExperts, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layers, decoder_model, grouped_attention, routed_experts
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed, windows


def laguna(c: Config) -> Architecture:
    """One gate value for each head, or for each feature; one dense layer, then sigmoid-routed experts beside a
    shared one."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    router = Router(
        hidden,
        *routed(c),
        scoring="sigmoid",
        correction_bias="experts.e_score_correction_bias",
        correction_dtype="F32",
        scaling=c.number("moe_routed_scaling_factor", default=1.0),
        renormalise=True,
        names=(("weight", "gate.weight"),),
    )
    shared = SharedExperts(hidden, c.int("shared_expert_intermediate_size", default=512))
    sparse = moe(router, routed_experts(c, router), shared, router_name="", shared_name="shared_expert")
    per_head = c.data.get("gating", True) in (True, "per-head")
    attention = replace(
        grouped_attention(c, kv_heads=8, head_dim=128, qk_norm="head", names=(("gate_proj", "g_proj"),)),
        gate="head" if per_head else "full",
    )
    heads = c.per_layer(layers, "num_attention_heads_per_layer", default=attention.heads)
    slides = windows(c, layers, default=lambda number: False, window=512)
    attentions = [replace(attention, heads=count, window=window) for count, window in zip(heads, slides, strict=True)]
    return decoder_model(
        c,
        "Laguna",
        decoder_layers(c, attentions, sparse, first_dense=1),
        tied=c.flag("tie_word_embeddings", default=False),
    )
