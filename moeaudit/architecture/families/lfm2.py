"""LFM2-MoE (arXiv:2511.23404): gated short convolutions, some attention, experts after the first dense layers."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Norm, Router, module, moe
from moeaudit.architecture.blocks.short_conv import ShortConv
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import W123, check_selection, layer_count, layer_words

ATTENTION = (("o_proj", "out_proj"), ("q_norm", "q_layernorm"), ("k_norm", "k_layernorm"))


def lfm2_moe(c: Config) -> Architecture:
    """`layer_types` says which layers attend; the final norm stands under the name of the embedding."""
    layers, hidden, norm = layer_count(c), c.int("hidden_size"), Norm(c.int("hidden_size"))
    attention = grouped_attention(c, kv_heads=8, bias=False, qk_norm="head", names=ATTENTION)
    convolution = ShortConv(hidden, c.int("conv_L_cache", default=3), c.flag("conv_bias", default=False))
    dense, sparse = FeedForward(hidden, c.int("intermediate_size"), names=W123), experts_block(c)
    first = c.int("num_dense_layers", default=2, least=0)
    words = layer_words(c, layers, "layer_types", lambda number: c.word("layer_types"))  # required: no rule

    def layer(number: int, word: str) -> Block:
        return module(
            {
                "self_attn": None if word == "conv" else attention,
                "conv": convolution if word == "conv" else None,
                "feed_forward": dense if number < first else sparse,
                "operator_norm": norm,
                "ffn_norm": norm,
            }
        )

    return decoder_model(
        c,
        "LFM2-MoE",
        [layer(number, word) for number, word in enumerate(words)],
        norm_name="embedding_norm",
        tied=c.flag("tie_embedding", "tie_word_embeddings", default=True),
    )


def experts_block(c: Config) -> Block:
    """Sigmoid routing; the correction bias stands beside the router."""
    hidden, experts = c.int("hidden_size"), c.int("num_experts", "num_local_experts", default=32)
    used = c.int("num_experts_per_tok", default=4)
    check_selection(c, experts, used)
    bias = "expert_bias" if c.flag("use_expert_bias", default=True) else ""
    router = Router(
        hidden,
        experts,
        used,
        scoring="sigmoid",
        correction_bias=bias,
        names=(("weight", "gate.weight"),),
        renormalise=c.flag("norm_topk_prob", default=True),
        scaling=c.number("routed_scaling_factor", default=1.0),
    )
    return moe(router, Experts(hidden, c.int("moe_intermediate_size"), experts, used, names=W123), router_name="")
