"""Kolibri: norms around every sub-layer, hundreds of narrow experts in every layer."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Block, Norm, Router, SharedExperts, module
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention, routed_experts
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed, windows


def kolibri1(c: Config) -> Architecture:
    """Every fifth layer sees everything; the router's bias is stored apart from its weight."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    router = Router(
        hidden,
        *routed(c),
        scoring="sigmoid",
        renormalise=c.flag("norm_topk_prob", default=False),
        correction_bias="moe.router.expert_bias",
        correction_dtype="F32",
        names=(("weight", "mlp.gate.weight"),),
    )
    shared = SharedExperts(hidden, c.int("shared_expert_intermediate_size", default=512))
    ffn = module({"experts": routed_experts(c, router), "shared_experts": shared})
    attention = grouped_attention(c, kv_heads=4, head_dim=128, bias=False, qk_norm="head")
    norm = Norm(hidden)

    def layer(window: int | None) -> Block:
        return module(
            {
                "self_attn": replace(attention, window=window),
                "": router,
                "mlp": ffn,
                "input_layernorm": norm,
                "post_attention_layernorm": norm,
                "post_attn_norm": norm,
                "post_ffn_norm": norm,
            }
        )

    slides = windows(c, layers, default=lambda number: (number + 1) % 5 != 0, window=513)
    return decoder_model(
        c, "Kolibri 1", [layer(window) for window in slides], tied=c.flag("tie_word_embeddings", default=False)
    )
