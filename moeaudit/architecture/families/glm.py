"""GLM: 4.5, 4.6, 4.7, 4.7-Flash, 4.5V, 5, 5.1.

GLM-4.5 report: arXiv:2508.06471. GLM-5 takes DeepSeek-V3.2's sparse latent attention (report: arXiv:2602.15763).
"""

from __future__ import annotations

from collections.abc import Sequence

from moeaudit.architecture.blocks import Attention, Block, Module
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.glm import glm4v_tower
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.families.deepseek import (
    deepseek_layers,
    deepseek_moe,
    latent_attention,
    prediction,
    sparse_latent_attention,
)
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import encoder_section, layer_count, layer_words
from moeaudit.architecture.weights import Presence

COPIES = (
    "Releases with this config differ in whether prediction modules carry copies of embedding and head: "
    "GLM-4.5 does, GLM-4.6 does not."
)


def glm4_moe(c: Config) -> Architecture:
    """GLM-4.5, 4.6 and 4.7: grouped attention, DeepSeek-V3's experts, one prediction module."""
    attention = glm_attention(c)
    return glm_model(c, "GLM-4.5", (attention,) * layer_count(c), attention, first_dense=1)


def glm4_moe_lite(c: Config) -> Architecture:
    """GLM-4.7-Flash: the same experts behind MLA."""
    attention = latent_attention(c, query_rank=768, rotary=("qk_rope_head_dim", "head_dim"))
    return glm_model(c, "GLM-4.7-Flash", (attention,) * layer_count(c), attention, first_dense=1)


def glm_moe_dsa(c: Config) -> Architecture:
    """GLM-5 and 5.1: MLA over tokens an indexer selects; a layer may use the choice of the layer before."""
    indexed, unindexed = (sparse_latent_attention(c, heads=32, indexed=kept) for kept in (True, False))
    attention = tuple(indexed if kind == "full" else unindexed for kind in indexer_kinds(c))
    return glm_model(c, "GLM-5", attention, indexed, first_dense=3)


def glm_model(
    c: Config, family: str, attention: Sequence[Block], predicting: Block, *, first_dense: int
) -> Architecture:
    """The lineage's decoder: each layer's attention, the same experts behind it, prediction modules with the attention
    `predicting`."""
    sparse = glm_experts(c)
    modules = prediction(c, predicting, sparse, copies=Presence.OPTIONAL)
    return decoder_model(
        c,
        family,
        deepseek_layers(c, attention, sparse, first_dense=first_dense),
        tied=c.flag("tie_word_embeddings", default=False),
        after=modules,
        notes=(COPIES,) if modules else (),
    )


def glm4v_moe_text(c: Config) -> Architecture:
    """The language model of GLM-4.5V on its own, as transformers saves it: no head, experts stacked."""
    return decoder_model(c, "GLM-4.5V", glm4v_layers(c, layout="stacked"), prefix="", head="")


def glm4v_moe(c: Config) -> Architecture:
    """GLM-4.5V: GLM-4.5-Air's decoder behind a vision tower whose patches are merged in squares."""
    t = c.text()
    return decoder_model(
        c,
        "GLM-4.5V",
        glm4v_layers(t),
        text=t,
        tied=c.flag("tie_word_embeddings", default=False) or t.flag("tie_word_embeddings", default=False),
        prefix="model.language_model",
        after=glm4v_tower(encoder_section(c, "vision_config")),
    )


def glm4v_layers(t: Config, layout: str = "each") -> tuple[Block, ...]:
    """GLM-4.5's layers; queries, keys and values have biases."""
    attention, sparse = glm_attention(t, bias=True), glm_experts(t, layout=layout)
    return deepseek_layers(t, (attention,) * layer_count(t), sparse, first_dense=1)


def glm_attention(c: Config, bias: bool = False) -> Attention:
    """Grouped attention; biases on q, k and v only (`bias`: the family's default), q/k norms of one head where
    switched on."""
    hidden, heads, biased = c.int("hidden_size"), c.int("num_attention_heads"), c.flag("attention_bias", default=bias)
    return Attention(
        hidden,
        heads,
        c.int("num_key_value_heads", default=8),
        c.int("head_dim", default=hidden // heads),
        query_bias=biased,
        key_bias=biased,
        value_bias=biased,
        qk_norm="head" if c.flag("use_qk_norm", default=False) else "none",
    )


def glm_experts(c: Config, layout: str = "each") -> Module:
    """DeepSeek-V3's arrangement: sigmoid routing with a correction bias, one shared expert."""
    return deepseek_moe(c, scoring="sigmoid", correction_bias="e_score_correction_bias", shared=1, layout=layout)


def indexer_kinds(c: Config) -> tuple[str, ...]:
    """Layer by layer "full" (has an indexer) or "shared" (uses the choice before): a list, a pattern of F and S, or
    every `index_topk_freq`-th after an offset (IndexCache, arXiv:2603.12201)."""
    layers = layer_count(c)
    pattern = c.data.get("index_topk_pattern")
    if isinstance(pattern, str) and not c.has("indexer_types"):
        if set(pattern) - {"F", "S"}:
            raise c.contradiction("index_topk_pattern needs one F or S for each layer", "index_topk_pattern")
        letters = c.each_layer(layers, "index_topk_pattern", pattern)
        return tuple("full" if letter == "F" else "shared" for letter in letters)
    every, offset = (
        max(c.int("index_topk_freq", default=1, least=0), 1),
        c.int("index_skip_topk_offset", default=2, least=0),
    )
    name = "indexer_types" if c.has("indexer_types") else "index_topk_pattern"
    return layer_words(c, layers, name, lambda number: "full" if max(number - offset + 1, 0) % every == 0 else "shared")
