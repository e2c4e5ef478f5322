"""Hunyuan: Large and A13B (arXiv:2411.02265), HY 3."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Module, Router, SharedExperts, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    decoder_layer,
    decoder_layers,
    decoder_model,
    grouped_attention,
    routed_experts,
    shared_experts,
)
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, layer_count, routed

QK_NORMS = (("q_norm", "query_layernorm"), ("k_norm", "key_layernorm"))


def hunyuan_v1_moe(c: Config) -> Architecture:
    """Softmax-routed experts beside one shared expert of the same width, in every layer."""
    hidden, layers, width = c.int("hidden_size"), layer_count(c), c.int("intermediate_size")
    attention = grouped_attention(c, qk_norm="head", names=QK_NORMS)
    experts = c.per_layer(layers, "num_experts", "num_local_experts")
    selected = c.per_layer(layers, "moe_topk", "num_experts_per_tok", default=1)
    mixed = [mixed_mlp(c, width, *numbers, shared=1) for numbers in zip(experts, selected, strict=True)]
    return hunyuan_model(c, [decoder_layer(hidden, attention, mlp) for mlp in mixed])


def hunyuan(c: Config) -> Architecture:
    """The same model in its first release, whose own code reads more fields: widths and shared experts of each layer,
    leading dense layers, and a layer with a single expert as a dense one."""
    hidden, layers, width = c.int("hidden_size"), layer_count(c), c.int("intermediate_size")
    qk_norm = "head" if c.flag("use_qk_norm", default=False) else "none"
    attention = grouped_attention(c, head_dim=c.maybe_int("attention_head_dim"), qk_norm=qk_norm, names=QK_NORMS)
    experts = c.per_layer(layers, "num_experts", "num_local_experts")
    selected = c.per_layer(layers, "moe_topk", "num_experts_per_tok", default=1)
    widths = c.per_layer(layers, "moe_intermediate_size", default=width)
    shared = c.per_layer(layers, "num_shared_expert", default=1, least=0)
    skipped = c.int("moe_layer_num_skipped", default=0, least=0)

    def mlp(number: int) -> Block:
        if number < skipped or experts[number] == 1:
            return FeedForward(hidden, width)
        return mixed_mlp(c, widths[number], experts[number], selected[number], shared=shared[number])

    return hunyuan_model(c, [decoder_layer(hidden, attention, mlp(number)) for number in range(layers)])


def hunyuan_model(c: Config, layers: list[Block]) -> Architecture:
    return decoder_model(c, "Hunyuan", layers, tied=c.flag("tie_word_embeddings", default=False))


def mixed_mlp(c: Config, width: int, experts: int, selected: int, *, shared: int) -> Module:
    """Routed experts of `width`, and `shared` ones of the same."""
    hidden = c.int("hidden_size")
    check_selection(c, experts, selected)
    return moe(
        Router(hidden, experts, selected, renormalise=True, names=(("weight", "wg.weight"),)),
        Experts(hidden, width, experts, selected),
        shared_experts(hidden, width, shared),
        shared_name="shared_mlp",
    )


def hy_v3(c: Config) -> Architecture:
    """One dense layer, then sigmoid-routed experts with a correction bias, beside a shared one.

    Without shared experts transformers builds one all the same, as wide as the dense feed-forward.
    """
    hidden, bias = c.int("hidden_size"), c.flag("mlp_bias", default=False)
    router = Router(
        hidden,
        *routed(c),
        scoring="sigmoid",
        correction_bias="expert_bias",
        correction_dtype="F32",
        scaling=c.number("router_scaling_factor", default=2.826),
        names=(("weight", "router.gate.weight"),),
    )
    count = c.int("num_shared_experts", default=1, least=0)
    width = count * c.int("moe_intermediate_size") or c.int("intermediate_size")
    shared = SharedExperts(hidden, width, count, bias=bias)
    sparse = moe(router, routed_experts(c, router), shared, router_name="", shared_name="shared_mlp")
    attention = grouped_attention(c, kv_heads=8, head_dim=128, qk_norm="head")
    return decoder_model(
        c,
        "HY 3",
        decoder_layers(c, (attention,) * layer_count(c), sparse, first_dense=1, bias=bias),
        tied=c.flag("tie_word_embeddings", default=False),
    )
