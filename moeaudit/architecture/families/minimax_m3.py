"""MiniMax-M3: grouped-query attention over blocks that an indexer chooses, experts beside a shared one, a vision tower.

Source: the configuration and model published in transformers 5.23 (`models/minimax_m3_vl`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from moeaudit.architecture.blocks import (
    Attention,
    Block,
    Experts,
    FeedForward,
    Module,
    Router,
    SharedExperts,
    moe,
)
from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.blocks.block_indexer import BlockIndexer
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.minimax import vision
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import W123, check_selection, encoder_section, layer_count, layer_words
from moeaudit.later import dataclass

INDEXER_FIELDS = {
    "index_n_heads": "sparse_num_index_heads",
    "index_head_dim": "sparse_index_dim",
    "index_block_size": "sparse_block_size",
    "index_topk_blocks": "sparse_topk_blocks",
}
"""The release nests the indexer's fields in `sparse_attention_config`, under other names."""


@dataclass(frozen=True)
class Format:
    """How one of the two classes names and stores the same blocks. `routing`: the type of router and correction bias,
    where it is not the model's own (MiniMax-M3's headers)."""

    sparse: str
    indexer: str
    fused: bool
    layout: str
    correction: str
    expert: Names = ()
    routing: str | None = None


RELEASE = Format(
    "block_sparse_moe",
    "index_",
    False,
    "each",
    "e_score_correction_bias",
    W123,
    "F32",
)
TEXT = Format("mlp", "indexer.", True, "stacked", "gate.e_score_correction_bias")


def minimax_m3_vl(c: Config) -> Architecture:
    """As released: experts one by one, with the vision tower."""
    t, v = c.text(), encoder_section(c, "vision_config")
    tied = c.flag("tie_word_embeddings", default=False) or t.flag("tie_word_embeddings", default=False)
    return decoder_model(
        c,
        "MiniMax-M3",
        layers_of(t, RELEASE),
        text=t,
        tied=tied,
        prefix="language_model.model",
        head="language_model.lm_head",
        after=vision(v, c.int("projector_hidden_size", default=6144), t.int("hidden_size")) if v else (),
    )


def minimax_m3_vl_text(c: Config) -> Architecture:
    """The language model alone, as transformers saves it: stacked experts, gate and up fused."""
    return decoder_model(c, "MiniMax-M3", layers_of(c, TEXT), tied=c.flag("tie_word_embeddings", default=False))


def layers_of(t: Config, form: Format) -> tuple[Block, ...]:
    """Per-layer lists say where attention is sparse and where the feed-forward is dense."""
    layers, hidden = layer_count(t), t.int("hidden_size")
    indexed = per_layer_flags(t.section("sparse_attention_config"), layers, "sparse_attention_freq", default=False)
    mixed = per_layer_flags(t, layers, "moe_layer_freq", default=True)
    attention = layer_words(
        t, layers, "layer_types", lambda number: "minimax_m3_sparse" if indexed[number] else "full_attention"
    )
    ffns = layer_words(t, layers, "mlp_layer_types", lambda number: "sparse" if mixed[number] else "dense")
    full, sparse = grouped_attention(t, kv_heads=4, head_dim=128, bias=False, qk_norm="head"), sparse_block(t, form)
    selective = indexed_attention(t, full, form) if "minimax_m3_sparse" in attention else full
    dense = FeedForward(hidden, t.int("dense_intermediate_size", default=12288), fused=form.fused)

    def layer(attends: str, feeds: str) -> Block:
        return decoder_layer(
            hidden,
            selective if attends == "minimax_m3_sparse" else full,
            sparse if feeds == "sparse" else dense,
            mlp=form.sparse if feeds == "sparse" else "mlp",
        )

    return tuple(layer(attends, feeds) for attends, feeds in zip(attention, ffns, strict=True))


def per_layer_flags(c: Config, layers: int, name: str, *, default: bool) -> tuple[bool, ...]:
    """A list of truth values (or 0 and 1), one for each layer."""
    values = c.data.get(name)
    if values is None:
        return (default,) * layers
    if not isinstance(values, list):
        raise c.contradiction(f"{name} must hold one value for each of the {layers} layers", name)
    return tuple(bool(value) for value in c.each_layer(layers, name, values))


def indexed_attention(t: Config, full: Attention, form: Format) -> Block:
    """Attention over the blocks that the indexer of the layer chooses."""
    nested = t.section("sparse_attention_config")
    heads, size, block, topk = (
        nested.int(release, default=partial(t.int, name, default=default))
        for (name, release), default in zip(INDEXER_FIELDS.items(), (4, 128, 128, 16), strict=True)
    )
    indexer = BlockIndexer(full.hidden, heads, size, block, topk, form.indexer)
    return Module((("", replace(full, selected=indexer.tokens)), ("", indexer)))


def sparse_block(t: Config, form: Format) -> Block:
    """Sigmoid-routed experts with a correction bias, and a shared expert."""
    hidden, experts = t.int("hidden_size"), t.int("num_local_experts", "num_experts", default=128)
    used = t.int("num_experts_per_tok", default=4)
    check_selection(t, experts, used)
    router = Router(
        hidden,
        experts,
        used,
        scoring="sigmoid",
        correction_bias=form.correction,
        correction_dtype=form.routing,
        dtype=form.routing,
        renormalise=True,
        scaling=t.number("routed_scaling_factor", default=2.0),
        names=(("weight", "gate.weight"),),
    )
    routed = Experts(hidden, t.int("intermediate_size"), experts, used, layout=form.layout, names=form.expert)
    shared = SharedExperts(hidden, t.int("shared_intermediate_size", default=3072, least=0), fused=form.fused)
    return moe(router, routed, shared, router_name="")
