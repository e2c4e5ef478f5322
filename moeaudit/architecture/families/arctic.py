"""Snowflake Arctic (April 2024): a dense transformer with a residual branch of 128 experts beside it."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Module, Norm, Router, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import W123, layer_count, routed


def arctic(c: Config) -> Architecture:
    """Every `moe_layer_frequency`-th layer has experts; with `parallel_attn_mlp_res` a dense feed-forward as wide as
    the model runs beside them (configuration_arctic.py and modeling_arctic.py of the release)."""
    hidden, width, layers = c.int("hidden_size"), c.int("intermediate_size"), layer_count(c)
    experts, selected = routed(c)
    attention = grouped_attention(c, bias=False, window=c.maybe_int("sliding_window"))
    sparse = moe(
        Router(hidden, experts, selected, renormalise=True), Experts(hidden, width, experts, selected, names=W123)
    )
    dense = module({"mlp": FeedForward(hidden, width, names=W123)})
    beside = module({"residual_layernorm": Norm(hidden), "residual_mlp": FeedForward(hidden, hidden, names=W123)})
    every, parallel = c.int("moe_layer_frequency", default=2), c.flag("parallel_attn_mlp_res", default=False)

    def layer(number: int) -> Block:
        if (number + 1) % every:
            return decoder_layer(hidden, attention, dense, mlp="block_sparse_moe")
        standard = decoder_layer(hidden, attention, sparse, mlp="block_sparse_moe")
        return Module((*standard.children, ("", beside))) if parallel else standard

    return decoder_model(
        c, "Arctic", [layer(number) for number in range(layers)], tied=c.flag("tie_word_embeddings", default=False)
    )
