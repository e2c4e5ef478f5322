"""The vision tower of DeepSeek-V4.1: patches through a linear layer, two-dimensional rotary positions, gated
feed-forwards, and a projector over squares of patches.

Names and shapes: vLLM 0.33.0, models/deepseek_v4/common/vision.py ("weight names match the HF checkpoint") and
models/deepseek_v41/nvidia/vl_model.py; sizes that the section leaves out are its config's.
"""

from __future__ import annotations

from moeaudit.architecture.blocks import FeedForward, Linear, Norm, Tensor, module
from moeaudit.architecture.blocks.vision import EncoderAttention, encoder_layer
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Component, Part

DELIMITERS = ("image_start", "image_end", "image_newline")
"""Learned vectors that stand before, behind and between the rows of a picture."""


def vision_tower(v: Config | None, text_hidden: int) -> tuple[Piece, ...]:
    """Nothing where the section is absent or has no layers."""
    if v is None or not v.int("num_hidden_layers", default=0, least=0):
        return ()
    hidden, heads = v.int("hidden_size", default=1024), v.int("num_attention_heads", default=16)
    width, patch = v.int("intermediate_size", default=2816), v.int("patch_size", default=14)
    norm, names = Norm(hidden), (("qkv", "wqkv"), ("o_proj", "wo"))
    layer = encoder_layer(
        EncoderAttention(hidden, heads, head_size(v, hidden, heads), fused=True, names=names),
        FeedForward(hidden, width, fused=True, names=(("gate_up_proj", "w1"), ("down_proj", "w2"))),
        norm,
        attention_name="attn",
        norms=("norm1", "norm2"),
    )
    merged = hidden * v.int("downsample_ratio", default=3) ** 2
    aligner = module({"w1": Linear(merged, text_hidden, True), "w2": Linear(text_hidden, text_hidden, True)})
    return (
        Single("vision.patch_embed.proj", Linear(3 * patch**2, hidden, True), Part.VISION),
        Stack("vision.blocks.{}", (layer,) * layer_count(v), part=Part.VISION, role="encoder"),
        Single("vision.norm", norm, Part.VISION),
        Single("aligner", aligner, Part.PROJECTOR),
        *(Single("", Tensor(name, (text_hidden,), Component.EMBEDDING), Part.PROJECTOR) for name in DELIMITERS),
    )
