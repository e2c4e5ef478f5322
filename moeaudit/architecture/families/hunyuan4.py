"""HY 4, from Tencent: MLA over selected tokens, with four residual streams, alone or behind a vision tower."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, FeedForward, LatentAttention, Module, Norm, Tensor, module, moe
from moeaudit.architecture.blocks.indexer import HyperConnection
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.hunyuan import hunyuan_tower
from moeaudit.architecture.families.common import counted_shared_experts, decoder_model, routed_experts, sigmoid_router
from moeaudit.architecture.families.deepseek import token_indexer
from moeaudit.architecture.model import Architecture, Single
from moeaudit.architecture.reading import encoder_section, layer_count, layer_words
from moeaudit.architecture.weights import Sharding
from moeaudit.vocabulary import Component

LINEAR_GATE = (("gate_proj", "linear_gate"),)
VL_INDEX_HEADS = 32


def hy_v4(c: Config) -> Architecture:
    """One dense layer, then experts; an indexer in the first layer and in every fourth behind it serves those that
    follow."""
    tied = c.flag("tie_word_embeddings", default=False)
    before = collapse(c, "model.hc_pre.hc_head")
    return decoder_model(c, "HY 4", decoder_layers(c, index_heads=16), tied=tied, before=(before,))


def hy_v4_vl(c: Config) -> Architecture:
    """HY 4 behind a vision tower; twice the indexer heads."""
    t = c.section("text_config", required=True)
    v = encoder_section(c, "vision_config")
    return decoder_model(
        c,
        "HY 4",
        decoder_layers(t, index_heads=VL_INDEX_HEADS),
        text=t,
        tied=c.flag("tie_word_embeddings", default=False),
        before=(collapse(t, "model.hc_head.hc_pre"),),
        after=tuple(hunyuan_tower(v)) if v else (),
    )


def hy_v4_vl_text(c: Config) -> Architecture:
    """The language model of HY 4 VL saved alone: no head, names without a level before them."""
    layers, before = decoder_layers(c, index_heads=VL_INDEX_HEADS), collapse(c, "hc_head.hc_pre")
    return decoder_model(c, "HY 4", layers, prefix="", head="", before=(before,))


def collapse(c: Config, prefix: str) -> Single:
    """What adds up the residual streams before the head."""
    return Single(prefix, HyperConnection(c.int("hidden_size"), streams(c), "hc_head", collapse=True))


def streams(c: Config) -> int:
    return c.int("hc_mult", default=4)


def decoder_layers(c: Config, *, index_heads: int) -> list[Block]:
    """`index_heads`: the family's default of `index_n_heads`."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    indexers = layer_words(
        c, layers, "indexer_types", lambda number: "full" if number == 0 or number % 4 == 1 else "shared"
    )
    dense_layers = c.int("first_k_dense_replace", default=1, least=0)
    mlps = layer_words(c, layers, "mlp_layer_types", lambda number: "dense" if number < dense_layers else "sparse")
    dense, sparse, norm = (
        FeedForward(hidden, c.int("intermediate_size"), names=LINEAR_GATE),
        experts_block(c),
        Norm(hidden),
    )
    connection = HyperConnection(hidden, streams(c), "hc", independent=True)
    connections = module({"hc_attn_layer": connection, "hc_mlp_layer": connection})

    def layer(indexer: str, mlp: str) -> Block:
        return module(
            {
                "hc_pre": connections,
                "self_attn": attention(c, index_heads if indexer == "full" else 0),
                "mlp": dense if mlp == "dense" else sparse,
                "input_layernorm": norm,
                "post_attention_layernorm": norm,
            }
        )

    return [layer(indexer, mlp) for indexer, mlp in zip(indexers, mlps, strict=True)]


def attention(c: Config, index_heads: int) -> Module:
    """Gated MLA with a sink per head. With `index_heads` it chooses its own tokens; others use the last choice made."""
    hidden, heads, topk = c.int("hidden_size"), c.int("num_attention_heads"), c.int("index_topk", default=2048)
    latent = LatentAttention(
        hidden,
        heads,
        c.int("kv_lora_rank"),
        c.int("qk_nope_head_dim"),
        c.int("qk_rope_head_dim"),
        c.int("v_head_dim"),
        q_lora_rank=c.int("q_lora_rank"),
        bias=c.flag("attention_bias", default=False),
        gate="full",
        selected=topk,
        names=LINEAR_GATE,
    )
    sinks = Tensor("learnable_sink_param", (heads,), Component.ATTENTION, sharding=Sharding.COLUMN, note="sink")
    indexer = (("indexer", token_indexer(c, heads=index_heads, topk=topk)),) if index_heads else ()
    return Module((("", latent), ("", sinks), *indexer))


def experts_block(c: Config) -> Module:
    """Sigmoid routing with a correction bias; routed experts stacked, shared ones beside."""
    router = sigmoid_router(c, scaling=2.827)
    shared = counted_shared_experts(c, "n_shared_experts", default=1, names=LINEAR_GATE)
    return moe(router, routed_experts(c, router, layout="stacked"), shared)
