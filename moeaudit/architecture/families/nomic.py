"""Nomic Embed v2 MoE (arXiv:2502.07972): a BERT with rotary positions, experts in every second layer.

Names and shapes: vLLM 0.33.0, models/bert_with_rope.py (`NomicBertModel.hf_to_vllm_mapper`).
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Embedding, Experts, FeedForward, Module, Norm, Router, Tensor, module
from moeaudit.architecture.blocks.vision import EncoderAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.dense import experts_or_dense
from moeaudit.architecture.model import Architecture, Single, Stack
from moeaudit.architecture.reading import check_selection, head_size, layer_count
from moeaudit.vocabulary import Component


def nomic_bert(c: Config) -> Architecture:
    """Experts where a layer's number leaves 1 when divided by `moe_every_n_layers`; without experts it is dense."""
    experts_or_dense(c, "num_experts")
    experts_or_dense(c, "moe_every_n_layers")
    hidden, every = c.int("n_embd", "hidden_size"), c.int("moe_every_n_layers")
    vocabulary, layers = c.int("vocab_size"), layer_count(c, "n_layer", "num_hidden_layers")
    norm = Norm(hidden, bias=True)
    width = c.int("n_inner", "intermediate_size", default=4 * hidden)
    dense, sparse = feed_forward(c, hidden, width), experts_block(c, hidden, width)
    encoder = tuple(layer(c, sparse if number % every == 1 else dense, norm) for number in range(layers))
    kinds = c.int("type_vocab_size", default=2, least=0)
    types = (Single("embeddings.token_type_embeddings", Embedding(kinds, hidden)),) if kinds else ()
    pieces = (
        Single("embeddings.word_embeddings", Embedding(vocabulary, hidden)),
        *types,
        Single("emb_ln", norm),
        Stack("encoder.layers.{}", encoder, role="encoder"),
    )
    return Architecture(
        family="Nomic Embed",
        model_type=c.word("model_type"),
        pieces=pieces,
        context_length=c.maybe_int("n_positions", "max_position_embeddings"),
        hidden=hidden,
        vocabulary=vocabulary,
    )


def layer(c: Config, ffn: Block, norm: Norm) -> Module:
    """Post-norm; queries, keys and values in one matrix."""
    hidden, heads = norm.size, c.int("n_head", "num_attention_heads")
    attention = EncoderAttention(
        hidden,
        heads,
        head_size(c, hidden, heads),
        bias=c.flag("qkv_proj_bias", default=True),
        fused=True,
        names=(("qkv", "Wqkv"), ("o_proj", "out_proj")),
    )
    return module({"attn": attention, "mlp": ffn, "norm1": norm, "norm2": norm})


def feed_forward(c: Config, hidden: int, width: int) -> Block:
    """Plain, with biases."""
    if c.word("activation_function", default="gelu") == "swiglu":
        raise c.contradiction("gated feed-forwards beside experts are not known", "activation_function")
    bias = c.flag("mlp_fc1_bias", default=True)
    if c.flag("mlp_fc2_bias", default=bias) != bias:
        raise c.contradiction("one bias of two is not known here", "mlp_fc2_bias", "mlp_fc1_bias")
    return FeedForward(hidden, width, gated=False, bias=bias, names=(("up_proj", "fc1"), ("down_proj", "fc2")))


def experts_block(c: Config, hidden: int, width: int) -> Block:
    """Plain experts under one another in two matrices, and one bias over what they add up to."""
    experts, used = c.int("num_experts"), c.int("moe_top_k", default=1)
    check_selection(c, experts, used)
    names = (("up_proj", "mlp.w1"), ("down_proj", "mlp.w2"))
    routed = Experts(hidden, width, experts, used, gated=False, layout="flat", names=names)
    bias = Tensor("bias", (hidden,), Component.DENSE_FFN, note="over the sum of the experts")
    return module({"router.layer": Router(hidden, experts, used), "experts": Module((("", routed), ("", bias)))})
