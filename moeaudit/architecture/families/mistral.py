"""Mistral: Mixtral 8x7B and 8x22B (arXiv:2401.04088), Mistral 4, Mistral Large 4."""

from __future__ import annotations

from moeaudit.architecture.blocks import Attention, Embedding, Experts, Head, Norm, Router, module, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Architecture, Single, Stack


def mixtral(c: Config) -> Architecture:
    """Grouped-query attention and eight softmax-routed experts in every layer; no shared expert, no dense layer."""
    hidden, vocabulary, heads = c.int("hidden_size"), c.int("vocab_size"), c.int("num_attention_heads")
    experts, selected = c.int("num_local_experts", "num_experts"), c.int("num_experts_per_tok", default=2)
    tied = c.flag("tie_word_embeddings", default=False)
    layer = module({
        "self_attn": Attention(
            hidden, heads, c.int("num_key_value_heads", default=heads),
            head_dim=c.maybe_int("head_dim") or hidden // heads,
            window=c.maybe_int("sliding_window"),
        ),
        "block_sparse_moe": moe(
            Router(hidden, experts, selected, renormalise=True),
            Experts(hidden, c.int("intermediate_size"), experts, selected, names=(("gate_proj", "w1"), ("up_proj", "w3"), ("down_proj", "w2"))),
        ),
        "input_layernorm": Norm(hidden),
        "post_attention_layernorm": Norm(hidden),
    })
    return Architecture(
        family="Mixtral",
        model_type=c.word("model_type"),
        tied=tied,
        context_length=c.maybe_int("max_position_embeddings"),
        hidden=hidden,
        vocabulary=vocabulary,
        pieces=(
            Single("model.embed_tokens", Embedding(vocabulary, hidden)),
            Stack("model.layers.{}", (layer,) * c.int("num_hidden_layers")),
            Single("model.norm", Norm(hidden)),
            Single("lm_head", Head(vocabulary, hidden, tied)),
        ),
    )
