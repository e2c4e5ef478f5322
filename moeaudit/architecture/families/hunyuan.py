"""Hunyuan: Large and A13B (arXiv:2411.02265), HY 3."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    check_selection,
    decoder_layer,
    decoder_model,
    grouped_attention,
    layer_count,
    routed,
    shared_experts,
    sparse_layers,
)
from moeaudit.architecture.model import Architecture

QK_NORMS = (("q_norm", "query_layernorm"), ("k_norm", "key_layernorm"))


def hunyuan_v1_moe(c: Config) -> Architecture:
    """Softmax-routed experts beside one shared in every layer; widths and selections may be lists with one entry per layer."""
    return decoder_model(c, "Hunyuan", mixed_layers(c), tied=c.flag("tie_word_embeddings", default=False))


def hunyuan(c: Config) -> Architecture:
    """The same model under the name of its first release, whose code makes a layer with a single expert a dense one."""
    return decoder_model(c, "Hunyuan", mixed_layers(c, lone_is_dense=True), tied=c.flag("tie_word_embeddings", default=False))


def mixed_layers(c: Config, *, lone_is_dense: bool = False) -> list[Block]:
    """The decoder layers of Hunyuan's first generation, one by one."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    width = c.int("intermediate_size")
    attention = replace(
        grouped_attention(c, head_dim=c.maybe_int("attention_head_dim"),
                          qk_norm="head" if c.flag("use_qk_norm", default=True) else "none"), names=QK_NORMS)
    experts = c.per_layer(layers, "num_experts", "num_local_experts")
    selected = c.per_layer(layers, "moe_topk", "num_experts_per_tok", default=1)
    widths = c.per_layer(layers, "moe_intermediate_size", default=width)
    shared = c.per_layer(layers, "num_shared_expert", default=1, least=0)
    dense_layers = c.int("moe_layer_num_skipped", default=0, least=0)

    def ffn(number: int) -> Block:
        if number < dense_layers or (lone_is_dense and experts[number] == 1):
            return FeedForward(hidden, width)
        check_selection(c, experts[number], selected[number])
        return moe(Router(hidden, experts[number], selected[number], renormalise=True, names=(("weight", "wg.weight"),)),
                   Experts(hidden, widths[number], experts[number], selected[number]),
                   shared_experts(hidden, widths[number], shared[number]), shared_name="shared_mlp")

    return [decoder_layer(hidden, attention, ffn(number)) for number in range(layers)]


def hy_v3(c: Config) -> Architecture:
    """One dense layer, then sigmoid-routed experts with a correction bias, beside a shared one."""
    hidden, layers, bias = c.int("hidden_size"), layer_count(c), c.flag("mlp_bias", default=False)
    experts, selected = routed(c)
    width = c.int("moe_intermediate_size")
    sparse = moe(
        Router(hidden, experts, selected, scoring="sigmoid", correction_bias="expert_bias", correction_dtype="F32",
               scaling=c.number("router_scaling_factor", default=2.826), names=(("weight", "router.gate.weight"),)),
        Experts(hidden, width, experts, selected),
        shared_experts(hidden, width, c.int("num_shared_experts", default=1, least=0), bias=bias),
        router_name="", shared_name="shared_mlp",
    )
    dense = FeedForward(hidden, c.int("intermediate_size"), bias=bias)
    attention = grouped_attention(c, kv_heads=8, head_dim=128, qk_norm="head")
    return decoder_model(
        c, "HY 3", [decoder_layer(hidden, attention, sparse if is_sparse else dense)
                    for is_sparse in sparse_layers(c, layers, 1)],
        tied=c.flag("tie_word_embeddings", default=False))
