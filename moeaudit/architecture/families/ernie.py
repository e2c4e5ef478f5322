"""ERNIE 4.5, from Baidu (technical report, June 2025)."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Norm, Router, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    decoder_layer,
    decoder_model,
    grouped_attention,
    joining,
    shared_experts,
)
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import layer_count, routed
from moeaudit.vocabulary import Part


def ernie4_5_moe(c: Config) -> Architecture:
    """Experts in every n-th layer from a first to a last one, beside shared ones; one bias table shared by layout,
    (1, experts)."""
    hidden, width, bias = c.int("hidden_size"), c.int("moe_intermediate_size"), c.flag("use_bias", default=False)
    experts, selected = routed(c)
    sparse = moe(
        Router(
            hidden,
            experts,
            selected,
            correction_bias="moe_statics.e_score_correction_bias",
            correction_shape=(1, experts),
            correction_dtype="F32",
            renormalise=True,
            dtype="F32",
            names=(("weight", "gate.weight"),),
        ),
        Experts(hidden, width, experts, selected),
        shared_experts(hidden, width, c.int("moe_num_shared_experts", default=2, least=0), bias=bias),
        router_name="",
    )
    dense = FeedForward(hidden, c.int("intermediate_size"), bias=bias)
    attention = grouped_attention(c, kv_heads=4, bias=bias)
    layers = [decoder_layer(hidden, attention, sparse if is_sparse else dense) for is_sparse in placement(c)]
    return decoder_model(
        c,
        "ERNIE 4.5",
        layers,
        tied=c.flag("tie_word_embeddings", default=True),
        head_bias=bias,
        after=prediction(
            hidden, bias, c.int("num_nextn_predict_layers", default=0, least=0), decoder_layer(hidden, attention, dense)
        ),
    )


def placement(c: Config) -> tuple[bool, ...]:
    """Layers with experts: from `moe_layer_start_index` to `moe_layer_end_index` (-1: the last), every
    `moe_layer_interval`."""
    layers = layer_count(c)
    first, every = c.int("moe_layer_start_index", default=1, least=0), c.int("moe_layer_interval", default=1)
    last = c.int("moe_layer_end_index", default=-1, least=-1)
    last = layers - 1 if last == -1 else last
    return tuple(first <= number <= last and (number + 1) % every == 0 for number in range(layers))


def prediction(hidden: int, bias: bool, modules: int, layer: Block) -> tuple[Piece, ...]:
    """Dense layers with norms on hidden state and embedding and a joining projection; embedding and head are the
    model's."""
    if not modules:
        return ()
    norm = Norm(hidden)
    joint = joining(hidden, bias)
    return (
        Stack("model.mtp_block.{}", (layer,) * modules, part=Part.MTP, role="prediction"),
        *(
            Single(f"model.{name}.{number}", block, part=Part.MTP)
            for number in range(modules)
            for name, block in (("mtp_emb_norm", norm), ("mtp_hidden_norm", norm), ("mtp_linear_proj", joint))
        ),
    )
