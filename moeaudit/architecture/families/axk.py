"""A.X K1 and K2, from SK Telecom: DeepSeek's blocks with norms of their own around the experts."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, FeedForward, LatentAttention, Linear, Module, Norm, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    counted_shared_experts,
    decoder_layer,
    decoder_model,
    routed_experts,
    sigmoid_router,
)
from moeaudit.architecture.families.deepseek import token_indexer
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count, layer_words
from moeaudit.vocabulary import Component


def axk1(c: Config) -> Architecture:
    """MLA; a dense first layer, then group-limited sigmoid routing; layers with experts close with a norm of their
    own."""
    hidden = c.int("hidden_size")
    attention, dense, sparse = (
        latent_attention(c),
        FeedForward(hidden, c.int("intermediate_size")),
        experts_block(c, 8, 4),
    )

    def layer(kind: str) -> Block:
        if kind == "dense":
            return decoder_layer(hidden, attention, dense)
        return Module((*decoder_layer(hidden, attention, sparse).children, ("post_mlp_layernorm", Norm(hidden))))

    return decoder_model(
        c, "A.X K1", [layer(kind) for kind in placement(c)], tied=c.flag("tie_word_embeddings", default=False)
    )


def axk2(c: Config) -> Architecture:
    """Gated MLA over tokens that an indexer selects; norms in front of attention and experts gate what they pass on."""
    hidden, topk = c.int("hidden_size"), c.int("index_topk", default=2048)
    attention = module({"": latent_attention(c, selected=topk), "indexer": token_indexer(c, heads=16, topk=topk)})
    rank = c.int("gated_norm_rank", default=16)
    gated_norm = module(
        {
            "norm": Norm(hidden),
            "W_down": Linear(hidden, rank, component=Component.NORM, note="gate of the norm"),
            "W_up": Linear(rank, hidden, component=Component.NORM, note="gate of the norm"),
        }
    )
    dense, sparse = FeedForward(hidden, c.int("intermediate_size")), experts_block(c, 1, 1)

    def layer(kind: str) -> Block:
        return module(
            {
                "self_attn": attention,
                "mlp": dense if kind == "dense" else sparse,
                "input_layernorm": gated_norm,
                "post_attention_layernorm": Norm(hidden) if kind == "dense" else gated_norm,
            }
        )

    return decoder_model(
        c, "A.X K2", [layer(kind) for kind in placement(c)], tied=c.flag("tie_word_embeddings", default=False)
    )


def latent_attention(c: Config, *, selected: int | None = None) -> LatentAttention:
    """MLA with low-rank queries. Where tokens are selected (K2), an output gate comes out of the query projection,
    which reads the query latent with and without its norm."""
    return LatentAttention(
        c.int("hidden_size"),
        c.int("num_attention_heads"),
        c.int("kv_lora_rank"),
        c.int("qk_nope_head_dim"),
        c.int("qk_rope_head_dim"),
        c.int("v_head_dim"),
        q_lora_rank=c.int("q_lora_rank"),
        bias=c.flag("attention_bias", default=False),
        selected=selected,
        gate_in_query=selected is not None,
        query_reads=1 if selected is None else 2,
    )


def placement(c: Config) -> tuple[str, ...]:
    """ "dense" or "sparse" for each layer: as listed, else dense first, then experts in every `moe_layer_freq`-th."""
    first, every = c.int("first_k_dense_replace", default=1, least=0), c.int("moe_layer_freq", default=1)
    return layer_words(
        c,
        layer_count(c),
        "mlp_layer_types",
        lambda number: "sparse" if number >= first and number % every == 0 else "dense",
    )


def experts_block(c: Config, groups: int, top_groups: int) -> Module:
    """Sigmoid routing within the best groups (`groups`, `top_groups`: the family's defaults), corrected by a bias."""
    router = sigmoid_router(c, groups=groups, top_groups=top_groups, scaling=2.5)
    return moe(router, routed_experts(c, router), counted_shared_experts(c, "n_shared_experts", default=1))
