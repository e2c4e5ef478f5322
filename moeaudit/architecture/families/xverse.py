"""XVERSE-MoE-A4.2B and -A36B (XVERSE): Llama's attention, fine-grained experts and shared ones in every layer.

Names and shapes: SGLang 0.5.23, models/xverse_moe.py (`load_weights`).
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Experts, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention, shared_experts
from moeaudit.architecture.families.dense import experts_or_dense
from moeaudit.architecture.field_names import EXPERTS
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, routed


def xverse(c: Config) -> Architecture:
    """Each expert is as wide as `intermediate_size`; `num_shared_experts` of them are stored as one. Without
    experts it is dense."""
    experts_or_dense(c, *EXPERTS)
    hidden, width, (experts, selected) = c.int("hidden_size"), c.int("intermediate_size"), routed(c)
    sparse = moe(
        Router(hidden, experts, selected, renormalise=c.flag("norm_topk_prob", default=False)),
        Experts(hidden, width, experts, selected),
        shared_experts(hidden, width, c.int("num_shared_experts", default=0, least=0)),
        router_name="router",
    )
    layer = decoder_layer(hidden, grouped_attention(c, bias=False), sparse)
    tied = c.flag("tie_word_embeddings", default=False)
    return decoder_model(c, "XVERSE", (layer,) * layer_count(c), tied=tied)
