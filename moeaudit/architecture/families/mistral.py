"""Mistral: Mixtral 8x7B and 8x22B (arXiv:2401.04088), Mistral 4. Mistral Large 4 has a file of its own."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Block, Experts, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.pixtral import SAVED_PROJECTOR, SAVED_TOWER, encoder
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.families.deepseek import deepseek, deepseek_moe, latent_attention
from moeaudit.architecture.families.registry import describe
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import W123, encoder_section, layer_count, routed


def mixtral(c: Config) -> Architecture:
    """Grouped-query attention and eight softmax-routed experts in every layer; no shared expert, no dense layer."""
    attention = grouped_attention(c, kv_heads=8, bias=False, window=c.maybe_int("sliding_window"))
    layer = decoder_layer(c.int("hidden_size"), attention, mixtral_experts(c), mlp="block_sparse_moe")
    layers = (layer,) * layer_count(c)
    return decoder_model(c, "Mixtral", layers, tied=c.flag("tie_word_embeddings", default=False))


def mixtral_experts(c: Config) -> Block:
    hidden, (experts, selected) = c.int("hidden_size"), routed(c)
    return moe(
        Router(hidden, experts, selected, renormalise=True),
        Experts(hidden, c.int("intermediate_size"), experts, selected, names=W123),
    )


def mistral4(c: Config) -> Architecture:
    """Mistral Small 4: DeepSeek-V3's arrangement with softmax routing, no correction bias, and stacked experts."""
    sparse = deepseek_moe(c, scoring="softmax", shared=1, layout="stacked")
    return deepseek(c, "Mistral 4", latent_attention(c, query_rank=1024), sparse)


def mistral3(c: Config) -> Architecture:
    """Mistral 3's frame around any language model of a known type (Mistral Small 4 puts `mistral4` into it): the model
    under `language_model`, a Pixtral tower, a projector. The head is tied unless the outer config says otherwise."""
    t, v = c.section("text_config", required=True), encoder_section(c, "vision_config")
    tied = c.flag("tie_word_embeddings", default=True)
    text = describe(replace(t, data={**t.data, "tie_word_embeddings": tied}))
    pieces = (replace(piece, prefix=f"language_model.{piece.prefix}") for piece in text.pieces)
    return replace(
        text,
        model_type=c.word("model_type"),
        pieces=(*pieces, *encoder(c, v, t.int("hidden_size"), SAVED_TOWER, SAVED_PROJECTOR)),
    )
