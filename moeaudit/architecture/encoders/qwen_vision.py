"""The vision tower of Qwen3-VL, Qwen3.5 and their kin (arXiv:2511.21631): a ViT, a merger, and mergers of inner
layers."""

from __future__ import annotations

from collections.abc import Callable

from moeaudit.architecture.blocks import Block, Linear, Norm, module
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.architecture.weights import Sharding
from moeaudit.vocabulary import Component, Part

Merger = Callable[[int, int, int], Block]
"""(features normalised, features of a merged patch, output features) → block."""

DEEPSTACK = (8, 16, 24)
"""Default layers whose features are merged too."""


def vision_tower(v: Config | None, prefix: str, *, merger: Merger | None = None, inner: str = "") -> tuple[Piece, ...]:
    """The tower under `prefix` from its `vision_config`; nothing without one. `inner`: where the mergers of
    `deepstack_visual_indexes` stand."""
    if v is None:
        return ()
    merger, hidden = merger or merge_linear, v.int("hidden_size", default=1152)
    merged, output = hidden * v.int("spatial_merge_size", default=2) ** 2, v.int("out_hidden_size", default=3584)
    patch = Convolution(v.int("in_channels", "in_chans", default=3), hidden, patch_kernel(v))
    layers = (tower_layer(v, hidden),) * layer_count(v, "depth", "num_hidden_layers", default=27)
    indexes = v.ints("deepstack_visual_indexes", default=DEEPSTACK) if inner else ()
    inner_mergers = (merger(merged, merged, output),) * len(indexes)
    return (
        Single(f"{prefix}.patch_embed.proj", patch, Part.VISION),
        Single(f"{prefix}.pos_embed", positions(v.int("num_position_embeddings", default=2304), hidden), Part.VISION),
        Stack(f"{prefix}.blocks.{{}}", layers, part=Part.VISION, role="encoder"),
        Single(f"{prefix}.merger", merger(hidden, merged, output), Part.PROJECTOR),
        *([Stack(f"{prefix}.{inner}.{{}}", inner_mergers, part=Part.PROJECTOR, role="encoder")] if indexes else []),
    )


def tower_layer(v: Config, hidden: int) -> Block:
    """Pre-norm attention, queries, keys and values in one matrix, and a plain feed-forward."""
    heads = v.int("num_heads", "num_attention_heads", default=16)
    return encoder_layer(
        EncoderAttention(hidden, heads, head_size(v, hidden, heads), fused=True, names=(("o_proj", "proj"),)),
        encoder_mlp(hidden, v.int("intermediate_size", default=4304), "linear_fc1", "linear_fc2"),
        Norm(hidden, bias=True),
        attention_name="attn",
        norms=("norm1", "norm2"),
    )


def patch_kernel(v: Config) -> tuple[int, int, int]:
    """(frames, height, width) of one patch."""
    size = v.int("patch_size", default=16)
    return v.int("temporal_patch_size", default=2), size, size


def positions(count: int, hidden: int) -> Tensor:
    """A learned table of positions."""
    return Tensor("weight", (count, hidden), Component.EMBEDDING)


def projection(inputs: int, outputs: int, *, bias: bool = True) -> Linear:
    return Linear(inputs, outputs, bias=bias, component=Component.OTHER, sharding=Sharding.COLUMN)


def merge_linear(normed: int, merged: int, output: int) -> Block:
    """Norm, then two linear layers over the joined features of neighbouring patches."""
    return module(
        {
            "norm": Norm(normed, bias=True),
            "linear_fc1": projection(merged, merged),
            "linear_fc2": projection(merged, output),
        }
    )
