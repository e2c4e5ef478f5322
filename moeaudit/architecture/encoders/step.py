"""Step 3.7's vision tower."""

from __future__ import annotations

from moeaudit.architecture.blocks import Norm
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import layer_count
from moeaudit.vocabulary import Component, Part

VISION = "vision_model"


FUSED = (("qkv", "in_proj"), ("o_proj", "out_proj"))


def vision(v: Config) -> tuple[Piece, ...]:
    """A ViT with layer scales, and two strided convolutions that join four by four patches."""
    hidden, heads = v.int("width", "hidden_size", default=1536), v.int("heads", "num_attention_heads", default=16)
    patch, norm = v.int("patch_size", default=14), Norm(hidden, bias=True)
    positions = (v.int("image_size", default=728) // patch) ** 2
    mlp = encoder_mlp(hidden, int(hidden * v.number("mlp_ratio", default=8960 / 1536)), "c_fc", "c_proj")
    scale = Tensor("gamma", (hidden,), Component.OTHER, note="layer scale")
    layer = encoder_layer(
        EncoderAttention(hidden, heads, hidden // heads, fused=True, joint=True, names=FUSED),
        mlp,
        norm,
        attention_name="attn",
        norms=("ln_1", "ln_2"),
        extra=(("ls_1", scale), ("ls_2", scale)),
    )
    return (
        Single(
            f"{VISION}.conv1",
            Convolution(v.int("num_channels", default=3), hidden, (patch, patch), bias=False),
            Part.VISION,
        ),
        Single(VISION, Tensor("positional_embedding", (positions, hidden), Component.EMBEDDING), Part.VISION),
        Single(f"{VISION}.ln_pre", norm, Part.VISION),
        Stack(
            f"{VISION}.transformer.resblocks.{{}}",
            (layer,) * layer_count(v, "layers", "num_hidden_layers", default=47),
            part=Part.VISION,
            role="encoder",
        ),
        Single(f"{VISION}.vit_downsampler1", Convolution(hidden, 2 * hidden, (3, 3)), Part.VISION),
        Single(f"{VISION}.vit_downsampler2", Convolution(2 * hidden, 4 * hidden, (3, 3)), Part.VISION),
    )
