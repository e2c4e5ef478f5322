"""Inkling 2: gated attention whose inputs, and the experts', are attention over the blocks before (attention
residuals)."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Attention, Block, Experts, Linear, Module, Norm, Router, Tensor, module, moe
from moeaudit.architecture.blocks.inkling import CausalConvolution, DynamicConvolution, RelativeLogits
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.inkling import transformer_tower
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.families.inkling import EXPERTS, PROJECTIONS
from moeaudit.architecture.model import Architecture, Piece, Single
from moeaudit.architecture.reading import layer_count, layer_words, routed
from moeaudit.architecture.weights import Sharding
from moeaudit.vocabulary import Component

FULL = "hybrid"
"""The word for a layer that sees everything; queries, keys and values there read three mixtures of the blocks
before."""


def inkling2_text(c: Config) -> Architecture:
    """The language model alone."""
    return language_model(c, c, ())


def inkling2(c: Config) -> Architecture:
    """With the vision tower."""
    text = c.section("text_config", required=True)
    return language_model(c, text, tuple(transformer_tower(c.section("vision_config"), text.int("hidden_size"))))


def language_model(c: Config, text: Config, encoders: tuple[Piece, ...]) -> Architecture:
    """Experts in every layer; every sixth layer is full. Names are the release's."""
    hidden, layers = text.int("hidden_size"), layer_count(text)
    kinds = layer_words(text, layers, "layer_types", lambda number: "hybrid_sliding" if (number + 1) % 6 else FULL)
    layer = {kind: decoder_layer(text, full=kind == FULL) for kind in dict.fromkeys(kinds)}
    return decoder_model(
        c,
        "Inkling 2",
        [layer[kind] for kind in kinds],
        text=text,
        prefix="model.llm",
        table="embed",
        head="model.llm.unembed",
        before=(Single("model.llm.embed_norm", Norm(hidden)),),
        after=(Single("model.llm.attn_res", residual_queries(hidden, kinds)), *encoders),
    )


def residual_queries(hidden: int, kinds: tuple[str, ...]) -> Module:
    """A learned query for each sub-layer's input and for the model's output. The first layer's attention reads the
    embedding."""

    def query(name: str, rows: int = 1) -> tuple[str, Block]:
        shape = (hidden,) if rows == 1 else (rows, hidden)
        return "", Tensor(name, shape, Component.OTHER, linear=True, note="attention residual")

    return Module(
        (
            *(
                query(f"attn_queries.{number - 1}", 3 if kind == FULL else 1)
                for number, kind in enumerate(kinds)
                if number
            ),
            *(query(f"mlp_queries.{number}") for number in range(len(kinds))),
            query("output_query"),
        )
    )


def decoder_layer(c: Config, *, full: bool) -> Module:
    """Convolutions behind attention and experts; full layers norm queries', keys' and values' inputs apart."""
    hidden, kernel = c.int("hidden_size"), c.int("conv_kernel_size", "sconv_kernel_size", default=4)
    experts, selected = routed(c)
    conv, norm = CausalConvolution(hidden, kernel), Norm(hidden)
    sparse = moe(
        Router(
            hidden,
            experts,
            selected,
            scoring=c.word("scoring_func", default="sigmoid"),
            correction_bias="bias",
            correction_dtype="F32",
            scaling=c.number("route_scale", "routed_scaling_factor", default=8.0),
        ),
        Experts(
            hidden,
            c.int("moe_intermediate_size", "intermediate_size"),
            experts,
            selected,
            layout="stacked",
            names=EXPERTS,
        ),
    )
    norms = ("q_input_norm", "k_input_norm", "v_input_norm") if full else ("attn_norm",)
    return module(
        {
            "attn": attention(c, kernel, full=full),
            "mlp": sparse,
            "mlp_norm": norm,
            "attn_sconv": conv,
            "mlp_sconv": conv,
        }
        | dict.fromkeys(norms, norm)
    )


def attention(c: Config, kernel: int, *, full: bool) -> Module:
    """An output gate for each feature, a sink for each head computed from the token, learned clips of queries and
    positions."""
    hidden = c.int("hidden_size")
    prefix = "" if full else "swa_"
    heads, kv_heads, head_dim = (
        c.int(f"{prefix}{name}", default=default)
        for name, default in (("num_attention_heads", 48), ("num_key_value_heads", 8), ("head_dim", 128))
    )
    window = None if full else c.int("sliding_window_size", "sliding_window", default=1024)
    rank, width = c.int("d_rel", default=16), kv_heads * head_dim
    conv = DynamicConvolution(width, kernel, hidden, kv_heads) if full else CausalConvolution(width, kernel)
    base = Attention(hidden, heads, kv_heads, head_dim, gate="full", names=PROJECTIONS)

    def clip(size: int) -> Tensor:
        return Tensor("scale", (heads, size), Component.ATTENTION, sharding=Sharding.COLUMN, note="clip of the L2 norm")

    return Module(
        (
            ("", replace(base, window=window)),
            ("", RelativeLogits(hidden, heads, rank, window or c.int("rel_extent", default=1024), names=PROJECTIONS)),
            ("k_sconv", conv),
            ("v_sconv", conv),
            ("q_l2_clip", clip(head_dim)),
            ("rel_l2_clip", clip(rank)),
            ("attn_sink_proj", Linear(hidden, heads, component=Component.ATTENTION, sharding=Sharding.COLUMN)),
        )
    )
