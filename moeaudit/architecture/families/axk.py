"""A.X K1 and K2, from SK Telecom: DeepSeek's blocks with a norm behind the experts."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, FeedForward, LatentAttention, Module, Norm, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    decoder_layer,
    decoder_model,
    layer_count,
    layer_words,
    routed,
    shared_experts,
)
from moeaudit.architecture.model import Architecture


def axk1(c: Config) -> Architecture:
    """MLA; a dense first layer, then group-limited sigmoid routing; layers with experts close with a norm of their own."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    attention = LatentAttention(
        hidden, c.int("num_attention_heads"), c.int("kv_lora_rank"), c.int("qk_nope_head_dim"), c.int("qk_rope_head_dim"),
        c.int("v_head_dim"), q_lora_rank=c.int("q_lora_rank"), bias=c.flag("attention_bias", default=False))
    dense, sparse = FeedForward(hidden, c.int("intermediate_size")), group_limited_experts(c)
    first, step = c.int("first_k_dense_replace", default=1, least=0), c.int("moe_layer_freq", default=1)
    kinds = layer_words(c, layers, "mlp_layer_types",
                        lambda number: "sparse" if number >= first and number % step == 0 else "dense")

    def layer(kind: str) -> Block:
        if kind == "dense":
            return decoder_layer(hidden, attention, dense)
        return Module((*decoder_layer(hidden, attention, sparse).children, ("post_mlp_layernorm", Norm(hidden))))

    return decoder_model(c, "A.X K1", [layer(kind) for kind in kinds], tied=c.flag("tie_word_embeddings", default=False))


def group_limited_experts(c: Config) -> Module:
    """Sigmoid routing within the best groups, corrected by a bias; shared experts beside."""
    hidden, width = c.int("hidden_size"), c.int("moe_intermediate_size")
    experts, selected = routed(c)
    return moe(
        Router(hidden, experts, selected, scoring="sigmoid", correction_bias="e_score_correction_bias", correction_dtype="F32",
               groups=c.int("n_group", default=8), top_groups=c.int("topk_group", default=4),
               renormalise=c.flag("norm_topk_prob", default=True), scaling=c.number("routed_scaling_factor", default=2.5)),
        Experts(hidden, width, experts, selected),
        shared_experts(hidden, width, c.int("n_shared_experts", default=1, least=0)),
    )
