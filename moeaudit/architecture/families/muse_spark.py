"""Muse Spark, from Meta: experts narrower than the model, gated residuals, a tower each for images and sound."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from moeaudit.architecture.blocks import (
    Block,
    Experts,
    FeedForward,
    Linear,
    Module,
    Norm,
    Router,
    Tensor,
    module,
)
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.muse_spark import audio_tower, vision_tower
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture, Single
from moeaudit.architecture.reading import head_size, layer_count, layer_words, routed, windows
from moeaudit.vocabulary import Component, Part


def muse_spark_text(c: Config) -> Architecture:
    """The language model without its head, as it is saved alone."""
    return decoder_model(
        c, "Muse Spark", decoder_layers(c), prefix="", head="", tied=c.flag("tie_word_embeddings", default=False)
    )


def muse_spark(c: Config) -> Architecture:
    """Language model, vision tower with an adapter, audio tower that ends at the text's width."""
    text, vision, audio = c.section("text_config", required=True), c.section("vision_config"), c.section("audio_config")
    width, hidden = c.int("projector_hidden_size", default=4096), text.int("hidden_size")
    adapter = module({"fc1": Linear(c.int("out_hidden_size", default=6144), width), "fc2": Linear(width, width)})
    return decoder_model(
        c,
        "Muse Spark",
        decoder_layers(text),
        text=text,
        prefix="model.language_model",
        tied=c.flag("tie_word_embeddings", default=False),
        after=(
            *vision_tower(vision),
            Single("model.vision_adapter", adapter, part=Part.PROJECTOR),
            Single("model.vision_projection", Linear(width, hidden), part=Part.PROJECTOR),
            *audio_tower(audio),
        ),
    )


def decoder_layers(c: Config) -> list[Block]:
    """Every fourth layer, counted from the last, sees everything; the others slide."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    head_size(c, hidden, c.int("num_attention_heads"))
    attention = replace(grouped_attention(c, kv_heads=16, head_dim=64), gate="full")
    slides = windows(c, layers, default=lambda number: (layers - 1 - number) % 4 != 0, window=2048)
    kinds = layer_words(c, layers, "mlp_layer_types", lambda number: "sparse")
    sparse, norm = latent_experts(c), Norm(hidden)
    gate = Tensor("gate", (hidden,), Component.OTHER, note="residual gate")

    @cache
    def layer(window: int | None, kind: str) -> Block:
        return module(
            {
                "self_attn": replace(attention, window=window),
                "mlp": FeedForward(hidden, c.int("intermediate_size", default=16384)) if kind == "dense" else sparse,
                "input_layernorm": norm,
                "pre_feedforward_layernorm": norm,
                "post_feedforward_layernorm": norm,
                "post_attention_residual_gate": gate,
                "post_feedforward_residual_gate": gate,
            }
        )

    return [layer(window, kind) for window, kind in zip(slides, kinds, strict=True)]


def latent_experts(c: Config) -> Module:
    """The router reads the full width; experts run at `moe_hidden_size`, between a projection down and one back up."""
    hidden, narrow = c.int("hidden_size"), c.int("moe_hidden_size", default=4096)
    experts, selected = routed(c)
    router = Router(
        hidden,
        experts,
        selected,
        scoring="sigmoid",
        correction_bias="e_score_correction_bias",
        correction_dtype="F32",
        scaling=c.number("routed_scaling_factor", default=1.0),
    )
    return module(
        {
            "gate": router,
            "pre_expert_proj": Linear(hidden, narrow, note="latent projection"),
            "pre_expert_norm": Norm(narrow),
            "experts": module(
                {
                    "": Experts(narrow, c.int("moe_intermediate_size"), experts, selected, layout="stacked"),
                    "post_expert_norm": Norm(narrow),
                }
            ),
            "post_expert_proj": Linear(narrow, hidden, note="latent projection"),
        }
    )
