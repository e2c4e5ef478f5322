"""JetMoE (arXiv:2404.07413): experts in the feed-forward and in attention."""

from __future__ import annotations

from moeaudit.architecture.blocks import Experts, Norm, Router, module, moe
from moeaudit.architecture.blocks.attention_experts import AttentionExperts
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, layer_count
from moeaudit.vocabulary import Component

SCATTER = (("gate_up_proj", "input_linear"), ("down_proj", "output_linear"))


def jetmoe(c: Config) -> Architecture:
    """As many experts per token in attention as in the feed-forward."""
    hidden, experts = c.int("hidden_size"), c.int("num_local_experts", "num_experts", default=8)
    used = c.int("num_experts_per_tok", "moe_top_k", default=2)
    check_selection(c, experts, used)
    bias = Tensor("bias", (hidden,), Component.OTHER, note="bias over the experts' output")
    attention = AttentionExperts(
        hidden, c.int("num_key_value_heads", default=16), c.int("kv_channels", "head_dim", default=128), experts, used
    )
    mlp = moe(
        Router(hidden, experts, used, renormalise=True),
        Experts(
            hidden,
            c.int("intermediate_size", "ffn_hidden_size"),
            experts,
            used,
            layout="stacked",
            suffix="weight",
            names=SCATTER,
        ),
        router_name="router.layer",
        experts_name="",
        extra=(("", bias),),
    )
    norm = Norm(hidden)
    layer = module({"self_attention": attention, "mlp": mlp, "input_layernorm": norm, "post_attention_layernorm": norm})
    return decoder_model(c, "JetMoE", (layer,) * layer_count(c), tied=c.flag("tie_word_embeddings", default=True))
