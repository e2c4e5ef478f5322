"""The vision towers of Step 3.7 and of Step-3."""

from __future__ import annotations

from moeaudit.architecture.blocks import Embedding, Linear, Norm
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
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
        EncoderAttention(hidden, heads, head_size(v, hidden, heads), fused=True, joint=True, names=FUSED),
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


def step3_vision(c: Config, v: Config, text_hidden: int) -> tuple[Piece, ...]:
    """Step-3's ViT with a class token, and two strided convolutions before a linear projection (vLLM 0.33.0,
    models/step3_vl.py). The engines' default of its width, 3072, is not the release's: the printed 321B needs EVA-CLIP
    E/14's 15360."""
    hidden, heads = v.int("hidden_size", default=1792), v.int("num_attention_heads", default=16)
    patch, joined = v.int("patch_size", default=14), v.int("output_hidden_size", default=4096)
    positions = (v.int("image_size", default=728) // patch) ** 2 + 1
    layer = encoder_layer(
        EncoderAttention(
            hidden, heads, head_size(v, hidden, heads), fused=True, names=(("qkv", "qkv_proj"), ("o_proj", "out_proj"))
        ),
        encoder_mlp(hidden, v.int("intermediate_size")),
        Norm(hidden, bias=True),
    )
    patches = Convolution(v.int("num_channels", default=3), hidden, (patch, patch))
    at, bias = f"{VISION}.embeddings", c.flag("projector_bias", default=True)
    return (
        Single(at, Tensor("class_embedding", (1, hidden), Component.EMBEDDING), Part.VISION),
        Single(f"{at}.patch_embedding", patches, Part.VISION),
        Single(f"{at}.position_embedding", Embedding(positions, hidden), Part.VISION),
        Stack(
            f"{VISION}.transformer.layers.{{}}",
            (layer,) * layer_count(v, default=63),
            part=Part.VISION,
            role="encoder",
        ),
        Single("vit_downsampler", Convolution(hidden, joined, (2, 2)), Part.PROJECTOR),
        Single("vit_downsampler2", Convolution(joined, 2 * joined, (3, 3)), Part.PROJECTOR),
        Single("vit_large_projector", Linear(2 * joined, text_hidden, bias), Part.PROJECTOR),
    )
