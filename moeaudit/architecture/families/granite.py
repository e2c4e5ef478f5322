"""Granite MoE: 3.0 and 3.1 (IBM, 2024), the shared-expert, sliding-window and hybrid (Granite 4.0) variants.

Expert stacks, routers and shared experts carry the names of the ScatterMoE implementation (arXiv:2403.08245).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from moeaudit.architecture.blocks import Block, Experts, Norm, Router, SharedExperts, module, moe
from moeaudit.architecture.blocks.mamba import Mamba2
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, layer_count, layer_words, windows

SCATTER = (("gate_up_proj", "input_linear"), ("down_proj", "output_linear"))


def granitemoe(c: Config) -> Architecture:
    """Grouped-query attention and experts in every layer."""
    return attention_model(c, experts_block(c))


def granitemoeshared(c: Config) -> Architecture:
    """A shared expert beside the routed ones, where it has a width."""
    return attention_model(c, experts_block(c), shared_expert(c, default=0))


def granitemoe_swa(c: Config) -> Architecture:
    """Sinks, and windows in three layers of four."""
    layers, sparse, shared = layer_count(c), experts_block(c, scatter=False), shared_expert(c, default=0)
    attention = replace(grouped_attention(c), sinks=True)
    spans = windows(c, layers, default=lambda number: number % 4 != 0, window=128)
    return granite_model(c, [layer(c, "self_attn", replace(attention, window=span), sparse, shared) for span in spans])


def granitemoehybrid(c: Config) -> Architecture:
    """Mamba-2 layers with some of attention between; `num_local_experts` of 0 leaves the shared expert alone."""
    layers, attention, mamba = layer_count(c), grouped_attention(c), mamba2(c)
    sparse = experts_block(c) if c.int("num_local_experts", "num_experts", default=8, least=0) else None
    shared = shared_expert(c, default=1024)
    name = "layer_types" if c.has("layer_types") else "layers_block_type"
    words = layer_words(c, layers, name, lambda number: "linear_attention")
    return granite_model(
        c,
        [
            layer(c, "mamba", mamba, sparse, shared)
            if word in ("mamba", "linear_attention")
            else layer(c, "self_attn", attention, sparse, shared)
            for word in words
        ],
    )


def attention_model(c: Config, sparse: Block, shared: Block | None = None) -> Architecture:
    return granite_model(c, [layer(c, "self_attn", grouped_attention(c), sparse, shared)] * layer_count(c))


def granite_model(c: Config, layers: Sequence[Block]) -> Architecture:
    return decoder_model(c, "Granite MoE", layers, tied=c.flag("tie_word_embeddings", default=False))


def layer(c: Config, name: str, mixer: Block, sparse: Block | None, shared: Block | None) -> Block:
    norm = Norm(c.int("hidden_size"))
    return module(
        {
            name: mixer,
            "block_sparse_moe": sparse,
            "shared_mlp": shared,
            "input_layernorm": norm,
            "post_attention_layernorm": norm,
        }
    )


def experts_block(c: Config, *, scatter: bool = True) -> Block:
    """A softmax router and stacked experts, under ScatterMoE's names or the plain ones."""
    hidden, experts = c.int("hidden_size"), c.int("num_local_experts", "num_experts", default=8)
    used = c.int("num_experts_per_tok", default=2)
    check_selection(c, experts, used)
    routed = Experts(hidden, c.int("intermediate_size"), experts, used, layout="stacked")
    router = Router(hidden, experts, used, renormalise=True)
    if scatter:
        return moe(router, replace(routed, suffix="weight", names=SCATTER), router_name="router.layer", experts_name="")
    return moe(router, routed, router_name="router")


def shared_expert(c: Config, *, default: int) -> SharedExperts | None:
    width = c.int("shared_intermediate_size", default=default, least=0)
    return SharedExperts(c.int("hidden_size"), width, fused=True, names=SCATTER) if width else None


def mamba2(c: Config) -> Mamba2:
    """`mamba_d_head` may be "auto": the expanded width ÷ heads. Both must agree with `mamba_expand`."""
    hidden, heads = c.int("hidden_size"), c.int("mamba_n_heads", default=128)
    inner = hidden * c.int("mamba_expand", default=2)
    head_dim = inner // heads if c.data.get("mamba_d_head", "auto") in ("auto", None) else c.int("mamba_d_head")
    if heads * head_dim != inner:
        raise c.contradiction(
            f"{heads} Mamba heads of {head_dim} do not make {inner} channels",
            "mamba_n_heads",
            "mamba_d_head",
            "mamba_expand",
        )
    return Mamba2(
        hidden,
        heads,
        head_dim,
        state=c.int("mamba_d_state", default=256),
        groups=c.int("mamba_n_groups", default=1),
        kernel=c.int("mamba_d_conv", default=4),
        conv_bias=c.flag("mamba_conv_bias", default=True),
        bias=c.flag("mamba_proj_bias", default=False),
        chunk=c.int("mamba_chunk_size", default=256),
    )
