"""Klear (Kuaishou): Qwen3-MoE's decoder with sigmoid routing, and a learned mixture of routed and shared experts.

Names and shapes: mlx-lm 0.32.2, models/Klear.py (`sanitize` joins the experts that the release stores one by one).
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, Linear, Router, SharedExperts, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.families.qwen import feed_forwards, text_layers
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, never_tied, routed
from moeaudit.vocabulary import Component


def klear(c: Config) -> Architecture:
    """Experts in every `decoder_sparse_step`-th layer that `mlp_only_layers` does not name."""
    ffns = feed_forwards(c, layer_count(c), experts_block(c))
    layers = text_layers(c, grouped_attention(c, qk_norm="head"), ffns)
    return decoder_model(c, "Klear", layers, tied=never_tied(c))


def experts_block(c: Config) -> Block:
    """`coefficient` weighs what the routed and the shared experts bring."""
    hidden, width, (experts, used) = c.int("hidden_size"), c.int("moe_intermediate_size"), routed(c)
    router = Router(
        hidden,
        experts,
        used,
        scoring="sigmoid",
        correction_bias="expert_bias",
        correction_dtype="F32",
        renormalise=c.flag("norm_topk_prob", default=True),
        names=(("weight", "gate.weight"),),
    )
    shared = c.int("n_shared_experts", default=1)
    return moe(
        router,
        Experts(hidden, width, experts, used),
        SharedExperts(hidden, width * shared, shared),
        router_name="",
        extra=(("coefficient", Linear(hidden, 2, True, Component.SHARED_EXPERTS)),),
    )
