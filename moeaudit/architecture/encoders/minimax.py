"""MiniMax M3's vision tower and the merging of its patches."""

from __future__ import annotations

from moeaudit.architecture.blocks import Linear, Module, Norm, module
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Part


def vision(v: Config, inner: int, text_hidden: int) -> tuple[Piece, ...]:
    """A ViT, a projection of each patch, and one of the patches joined. The first convolution is stored in F32
    (MiniMax-M3's headers)."""
    hidden, width, heads = (
        v.int("hidden_size", default=1280),
        v.int("intermediate_size", default=5120),
        v.int("num_attention_heads", default=16),
    )
    size, norm = v.int("patch_size", default=14), Norm(hidden, bias=True)
    kernel = (v.int("temporal_patch_size", default=2), size, size)
    layer = encoder_layer(
        EncoderAttention(hidden, heads, head_size(v, hidden, heads), names=(("o_proj", "out_proj"),)),
        encoder_mlp(hidden, width),
        norm,
    )
    tower, merged = "vision_tower.vision_model", text_hidden * v.int("spatial_merge_size", default=2) ** 2

    def two_layers(inputs: int) -> Module:
        return module({"linear_1": Linear(inputs, inner, bias=True), "linear_2": Linear(inner, text_hidden, bias=True)})

    return (
        Single(
            f"{tower}.embeddings.patch_embedding",
            Convolution(v.int("num_channels", default=3), hidden, kernel, bias=False, dtype="F32"),
            Part.VISION,
        ),
        Single(f"{tower}.pre_layrnorm", norm, Part.VISION),
        Stack(f"{tower}.encoder.layers.{{}}", (layer,) * layer_count(v, default=32), part=Part.VISION, role="encoder"),
        Single("multi_modal_projector", two_layers(hidden), Part.PROJECTOR),
        Single("patch_merge_mlp", two_layers(merged), Part.PROJECTOR),
    )
