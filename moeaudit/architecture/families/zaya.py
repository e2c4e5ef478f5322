"""ZAYA1, from Zyphra (arXiv:2511.17127)."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from moeaudit.architecture.blocks import Block, Experts, Module, Norm, Tensor, module
from moeaudit.architecture.blocks.compressed_conv import CompressedConvAttention, NetworkRouter
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.model import Architecture, Single
from moeaudit.architecture.reading import check_groups, layer_count, layer_words, routed
from moeaudit.architecture.weights import Share
from moeaudit.vocabulary import Component

SKIP = "the router may pick a skip expert, which computes nothing, instead of a stored one"


def zaya(c: Config) -> Architecture:
    """One expert a token, chosen by a network that remembers the layer before; every residual stream is scaled and
    shifted."""
    hidden, layers = c.int("hidden_size"), layer_count(c)
    experts, selected = routed(c)
    used = Fraction(selected, experts)
    share = Share(Fraction(0), used * Fraction(experts, experts + 1), used, SKIP)
    kinds = layer_words(c, layers, "layer_types", lambda number: "hybrid")

    @cache
    def layer(kind: str, *, carried: bool) -> Block:
        router = NetworkRouter(
            hidden,
            experts,
            selected,
            extra=1,
            inner=c.int("router_hidden_size", default=256),
            carried=carried,
            correction_bias="balancing_biases",
            correction_dtype="F32",
        )
        return module(
            {
                "self_attn": attention(c, c.int("sliding_window") if kind == "hybrid_sliding" else None),
                "mlp": module(
                    {
                        "gate": router,
                        "experts": Experts(
                            hidden, c.int("moe_intermediate_size"), experts, selected, layout="stacked", share=share
                        ),
                    }
                ),
                "input_layernorm": Norm(hidden),
                "post_attention_layernorm": Norm(hidden),
                "post_attention_residual_scale": scaling(hidden),
                "post_mlp_residual_scale": scaling(hidden),
            }
        )

    first = Module(
        tuple(
            ("", Tensor(f"input_hidden_states_{name}", (hidden,), Component.OTHER, note="residual scale"))
            for name in ("scale", "bias")
        )
    )
    return decoder_model(
        c,
        "ZAYA",
        [layer(kind, carried=number > 0) for number, kind in enumerate(kinds)],
        before=(Single("model", first),),
        tied=c.flag("tie_word_embeddings", default=True),
        head_bias=c.flag("lm_head_bias", default=False),
    )


def attention(c: Config, window: int | None) -> CompressedConvAttention:
    check_groups(c, 2)
    return CompressedConvAttention(
        c.int("hidden_size"),
        c.int("num_attention_heads"),
        c.int("num_key_value_heads", default=2),
        c.int("head_dim", default=128),
        (c.int("cca_time0", default=2), c.int("cca_time1", default=2)),
        bias=c.flag("attention_bias", default=False),
        window=window,
    )


def scaling(hidden: int) -> Module:
    """Scale and shift for what a sub-layer adds and for the stream it is added to."""
    names = ("hidden_states_scale", "hidden_states_bias", "residual_scale", "residual_bias")
    return Module(tuple(("", Tensor(name, (hidden,), Component.OTHER, note="residual scale")) for name in names))
