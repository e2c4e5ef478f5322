"""HY 4, from Tencent: MLA over selected tokens, with four residual streams."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, FeedForward, LatentAttention, Module, Norm, Tensor, module, moe
from moeaudit.architecture.blocks.indexer import HyperConnection
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import counted_shared_experts, decoder_model, routed_experts, sigmoid_router
from moeaudit.architecture.families.deepseek import token_indexer
from moeaudit.architecture.model import Architecture, Single
from moeaudit.architecture.reading import layer_count, layer_words
from moeaudit.architecture.weights import Sharding
from moeaudit.vocabulary import Component

LINEAR_GATE = (("gate_proj", "linear_gate"),)


def hy_v4(c: Config) -> Architecture:
    """One dense layer, then experts; an indexer in the first layer and in every fourth behind it serves those that
    follow."""
    hidden, layers, streams = c.int("hidden_size"), layer_count(c), c.int("hc_mult", default=4)
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
    connection = HyperConnection(hidden, streams, "hc", independent=True)
    streams_block = module({"hc_attn_layer": connection, "hc_mlp_layer": connection})

    def layer(indexer: str, mlp: str) -> Block:
        return module(
            {
                "hc_pre": streams_block,
                "self_attn": attention(c, indexed=indexer == "full"),
                "mlp": dense if mlp == "dense" else sparse,
                "input_layernorm": norm,
                "post_attention_layernorm": norm,
            }
        )

    return decoder_model(
        c,
        "HY 4",
        [layer(indexer, mlp) for indexer, mlp in zip(indexers, mlps, strict=True)],
        tied=c.flag("tie_word_embeddings", default=False),
        before=(Single("model.hc_pre.hc_head", HyperConnection(hidden, streams, "hc_head", collapse=True)),),
    )


def attention(c: Config, *, indexed: bool) -> Module:
    """Gated MLA with a sink per head. `indexed`: chooses its own tokens; others use the last choice made."""
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
    indexer = (("indexer", token_indexer(c, heads=16, topk=topk)),) if indexed else ()
    return Module((("", latent), ("", sinks), *indexer))


def experts_block(c: Config) -> Module:
    """Sigmoid routing with a correction bias; routed experts stacked, shared ones beside."""
    router = sigmoid_router(c, scaling=2.827)
    shared = counted_shared_experts(c, "n_shared_experts", default=1, names=LINEAR_GATE)
    return moe(router, routed_experts(c, router, layout="stacked"), shared)
