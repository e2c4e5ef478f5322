"""ERNIE 4.5 VL: experts of their own for text and for vision (technical report, June 2025)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Module, Router
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.ernie import resampler, tower
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention, shared_experts
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import check_selection, layer_count, sparse_layers
from moeaudit.architecture.weights import Share

MODALITY = "a text token uses text experts only (typical and high), an image token vision experts only (low)"


def ernie4_5_vl_moe(c: Config) -> Architecture:
    """ERNIE 4.5's layers with a second router and narrower experts for image tokens; shared experts serve both. A
    config of the language model alone has no tower."""
    t = c.text()
    hidden, layers, bias = t.int("hidden_size"), layer_count(t), t.flag("use_bias", default=False)
    attention = grouped_attention(t, kv_heads=4, bias=bias)
    dense, sparse = FeedForward(hidden, t.int("intermediate_size"), bias=bias), modal_experts(t, bias)
    return decoder_model(
        c,
        "ERNIE 4.5 VL",
        [decoder_layer(hidden, attention, sparse if is_sparse else dense) for is_sparse in sparse_layers(t, layers, 1)],
        text=t,
        tied=c.flag("tie_word_embeddings", default=True),
        after=() if t is c else (*tower(c.section("vision_config")), resampler(c.section("vision_config"), hidden)),
    )


def modal_experts(t: Config, bias: bool) -> Module:
    """Text experts first, vision experts numbered behind them; both routers' correction biases are one tensor."""
    hidden = t.int("hidden_size")
    widths = t.ints("moe_intermediate_size", default=(1536, 512), least=1)
    counts = t.pair("moe_num_experts", "num_experts")
    selected = t.int("moe_k", "num_experts_per_tok", default=6)
    if len(widths) != 2:
        raise t.contradiction(
            "moe_intermediate_size needs one width for text and one for vision", "moe_intermediate_size"
        )
    check_selection(t, min(counts), selected)
    text_share, vision_share = Fraction(selected, counts[0]), Fraction(selected, counts[1])
    none = Fraction(0)

    text_router = Router(
        hidden,
        counts[0],
        selected,
        renormalise=True,
        dtype="F32",
        transposed=True,
        names=(("weight", "gate.weight"),),
        correction_bias="moe_statics.e_score_correction_bias",
        correction_shape=(2, counts[0]),
        correction_dtype="F32",
    )
    vision_router = replace(
        text_router, experts=counts[1], names=(("weight", "gate.weight_1"),), correction_bias="", correction_shape=()
    )
    text = Experts(hidden, widths[0], counts[0], selected, share=Share(none, text_share, text_share, MODALITY))
    vision = Experts(
        hidden, widths[1], counts[1], selected, first=counts[0], share=Share(vision_share, none, none, MODALITY)
    )
    shared = shared_experts(hidden, widths[0], t.int("moe_num_shared_experts", default=2, least=0), bias=bias)
    parts: list[tuple[str, Block]] = [("", text_router), ("", vision_router), ("experts", text), ("experts", vision)]
    return Module((*parts, *([("shared_experts", shared)] if shared else [])))
