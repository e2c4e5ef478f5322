"""Pixtral (arXiv:2410.07073), the vision tower of the Mistral models, and the projector that merges its patches.

Mistral's own checkpoints and those of transformers store the same tensors under different names.
"""

from __future__ import annotations

from moeaudit.architecture.blocks import FeedForward, Linear, Module, Norm, module
from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import W123, head_size, layer_count
from moeaudit.later import dataclass
from moeaudit.vocabulary import Part


@dataclass(frozen=True)
class Tower:
    """Names of the tower: where it stands, its attention's and its feed-forward's words."""

    prefix: str
    attention: Names = ()
    mlp: Names = ()


RELEASED_TOWER = Tower(
    "vision_encoder",
    (("q_proj", "wq"), ("k_proj", "wk"), ("v_proj", "wv"), ("o_proj", "wo")),
    W123,
)
SAVED_TOWER = Tower("vision_tower")
RELEASED_PROJECTOR = (
    "pre_mm_projector_norm",
    "patch_merger.merging_layer",
    "vision_language_adapter.w_in",
    "vision_language_adapter.w_out",
)
SAVED_PROJECTOR = tuple(
    f"multi_modal_projector.{name}" for name in ("norm", "patch_merger.merging_layer", "linear_1", "linear_2")
)
"""The projector's norm, merger and two layers, in that order."""


def encoder(
    c: Config, v: Config | None, text_hidden: int, towers: Tower, projectors: tuple[str, ...]
) -> tuple[Piece, ...]:
    """Tower and projector under these names; nothing without a section of their own."""
    return (*tower(v, towers), *projector(c, v, text_hidden, projectors)) if v else ()


def tower(v: Config, names: Tower) -> tuple[Piece, ...]:
    """Patches, a norm, layers with gated feed-forwards and RMSNorms."""
    hidden, heads, patch = v.int("hidden_size"), v.int("num_attention_heads"), v.int("patch_size", default=16)
    layer = module(
        {
            "attention": EncoderAttention(
                hidden, heads, head_size(v, hidden, heads), bias=False, names=names.attention
            ),
            "feed_forward": FeedForward(hidden, v.int("intermediate_size"), names=names.mlp),
            "attention_norm": Norm(hidden),
            "ffn_norm": Norm(hidden),
        }
    )
    patches = Convolution(v.int("num_channels", default=3), hidden, (patch, patch), bias=False)
    layers = (layer,) * layer_count(v)
    return (
        Single(f"{names.prefix}.patch_conv", patches, Part.VISION),
        Single(f"{names.prefix}.ln_pre", Norm(hidden), Part.VISION),
        Stack(f"{names.prefix}.transformer.layers.{{}}", layers, part=Part.VISION, role="encoder"),
    )


def projector(c: Config, v: Config, text_hidden: int, names: tuple[str, ...]) -> tuple[Piece, ...]:
    """A norm, the merging of squares of patches, two linear layers. Several `vision_feature_layer`s come in side by
    side."""
    hidden, bias = v.int("hidden_size"), c.flag("multimodal_projector_bias", default=False)
    features = c.data.get("vision_feature_layer")
    inputs = hidden * (len(features) if isinstance(features, list) else 1)
    blocks = (
        Norm(hidden),
        Linear(hidden * c.int("spatial_merge_size", default=2) ** 2, hidden),
        Linear(inputs, text_hidden, bias=bias),
        Linear(text_hidden, text_hidden, bias=bias),
    )
    return (Single("", Module(tuple(zip(names, blocks, strict=True))), Part.PROJECTOR),)
