"""K-EXAONE, from LG AI Research."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from moeaudit.architecture.blocks import Block, FeedForward, Norm, moe
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import (
    counted_shared_experts,
    decoder_layer,
    decoder_layers,
    decoder_model,
    grouped_attention,
    joining,
    routed_experts,
    sigmoid_router,
)
from moeaudit.architecture.model import Architecture, Piece, Single, Stack
from moeaudit.architecture.reading import layer_count, windows
from moeaudit.vocabulary import Part


def exaone_moe(c: Config) -> Architecture:
    """Three sliding layers, then a full one; one dense layer, then sigmoid-routed experts beside a shared one."""
    hidden, reach = c.int("hidden_size"), windows(c, layer_count(c), default=slides(c), window=4096)
    router = sigmoid_router(c, scaling=2.5, names=(("weight", "gate.weight"),))
    shared = counted_shared_experts(c, "num_shared_experts", default=1)
    sparse = moe(router, routed_experts(c, router), shared, router_name="")
    dense = FeedForward(hidden, c.int("intermediate_size"))
    attention = grouped_attention(c, kv_heads=32, bias=False, qk_norm="head")
    return decoder_model(
        c,
        "EXAONE MoE",
        decoder_layers(c, [replace(attention, window=window) for window in reach], sparse, first_dense=1),
        tied=c.flag("tie_word_embeddings", default=False),
        after=prediction(
            hidden, c.int("num_nextn_predict_layers", default=0, least=0), decoder_layer(hidden, attention, dense)
        ),
    )


def slides(c: Config) -> Callable[[int], bool]:
    """`sliding_window_pattern`: every n-th layer is full, or a word such as "LLLG" with L for the sliding ones."""
    pattern = c.data.get("sliding_window_pattern", 4)
    if isinstance(pattern, str):
        return lambda number: bool(pattern) and pattern[number % len(pattern)] == "L"
    every = c.int("sliding_window_pattern", default=4, least=0)
    return lambda number: every > 0 and (number + 1) % every != 0


def prediction(hidden: int, modules: int, layer: Block) -> tuple[Piece, ...]:
    """Dense layers that share one joining projection and use the model's own embedding and head, as vLLM reads them."""
    if not modules:
        return ()
    norm = Norm(hidden)
    return (
        Single("mtp.fc", joining(hidden), part=Part.MTP),
        Stack("mtp.layers.{}", (layer,) * modules, part=Part.MTP, role="prediction"),
        *(
            Single(f"mtp.{name}", norm, part=Part.MTP)
            for name in ("norm", "pre_fc_norm_hidden", "pre_fc_norm_embedding")
        ),
    )
