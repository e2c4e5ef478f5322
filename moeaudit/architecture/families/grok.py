"""Grok-1, from xAI: the open release of March 2024 (github.com/xai-org/grok-1, model.py and run.py)."""

from __future__ import annotations

from moeaudit.architecture.blocks import Experts, Router, Tensor, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed
from moeaudit.vocabulary import Component

EXPERT_NAMES = (("gate_proj", "linear"), ("up_proj", "linear_v"), ("down_proj", "linear_1"))


def grok_1(c: Config) -> Architecture:
    """Norms on both sides of attention and experts, eight GELU-gated experts in every layer, a tied head.

    Names are those of the release's conversion to safetensors, whose norms store a `scale`.
    """
    hidden = c.int("hidden_size")
    experts, selected = routed(c)
    norm = Tensor("scale", (hidden,), Component.NORM)
    layer = module(
        {
            "attn": grouped_attention(c, bias=False),
            "moe_block": moe(
                Router(hidden, experts, selected),
                Experts(
                    hidden,
                    c.int("intermediate_size", default=gated_width(hidden, c.number("widening_factor", default=8.0))),
                    experts,
                    selected,
                    names=EXPERT_NAMES,
                ),
            ),
            "pre_attn_norm": norm,
            "post_attn_norm": norm,
            "pre_moe_norm": norm,
            "post_moe_norm": norm,
        }
    )
    return decoder_model(
        c, "Grok-1", (layer,) * layer_count(c), norm=norm, tied=c.flag("tie_word_embeddings", default=True)
    )


def gated_width(hidden: int, widening: float) -> int:
    """The width of a gated feed-forward that costs what a plain one of `widening` × hidden does, up to a multiple of 8
    (`ffn_size` in the release's model.py)."""
    width = int(widening * hidden) * 2 // 3
    return width + (8 - width) % 8
