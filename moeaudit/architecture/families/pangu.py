"""Pangu Pro MoE: mixture of grouped experts (arXiv:2505.21411). Tensors as vllm-ascend loads them
(models/pangu_moe.py)."""

from __future__ import annotations

from moeaudit.architecture.blocks import Experts, FeedForward, Router, SharedExperts, Tensor, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed
from moeaudit.errors import NothingToAudit, Place
from moeaudit.vocabulary import Component


def pangu_pro_moe(c: Config) -> Architecture:
    """Biased grouped-query attention; one expert from each of `experts_per_token` groups, beside shared ones; a
    learned scale per
    expert."""
    if c.has("sandwich_norm", "qk_nope_dim"):
        raise NothingToAudit(
            "the second Pangu Pro MoE has other blocks, which are not described",
            place=Place(c.file, path="sandwich_norm"),
            hint="Read the headers with --depth headers, or describe it in a spec file (moeaudit schema spec).",
        )
    hidden, (experts, selected) = c.int("hidden_size"), routed(c)
    shared = c.int("shared_expert_intermediate_size", default=0, least=0)
    scale = Tensor("router_scale", (1, experts), Component.ROUTER, per_expert=True)
    sparse = moe(
        Router(hidden, experts, selected, groups=selected, top_groups=selected),
        Experts(hidden, c.int("moe_intermediate_size"), experts, selected),
        SharedExperts(hidden, shared) if shared else None,
        shared_name="shared_expert",
        extra=(("", scale),),
    )
    dense_layers = c.layer_numbers(layer_count(c), "mlp_only_layers", default=())
    dense = FeedForward(hidden, c.int("intermediate_size", default=1))
    attention = grouped_attention(c, bias=True, output_bias=True)
    layers = [
        decoder_layer(hidden, attention, dense if number in dense_layers else sparse)
        for number in range(layer_count(c))
    ]
    return decoder_model(c, "Pangu Pro MoE", layers, tied=c.flag("tie_word_embeddings", default=False))
