"""MiniCPM-MoE-8x2B (OpenBMB): MiniCPM's dense decoder with eight experts in every layer.

Names and shapes: vLLM 0.33.0, models/minicpm.py (`MiniCPMMoE`).
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Experts, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.families.dense import experts_or_dense
from moeaudit.architecture.field_names import EXPERTS
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import W123, layer_count, routed


def minicpm(c: Config) -> Architecture:
    """Softmax over the selected; the head is tied unless the config says otherwise. Without experts it is dense."""
    experts_or_dense(c, *EXPERTS)
    hidden, (experts, selected) = c.int("hidden_size"), routed(c)
    sparse = moe(
        Router(hidden, experts, selected, renormalise=True),
        Experts(hidden, c.int("intermediate_size"), experts, selected, names=W123),
    )
    layer = decoder_layer(hidden, grouped_attention(c, bias=False), sparse)
    tied = c.flag("tie_word_embeddings", default=True)
    return decoder_model(c, "MiniCPM-MoE", (layer,) * layer_count(c), tied=tied)
