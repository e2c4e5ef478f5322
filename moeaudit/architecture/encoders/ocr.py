"""The encoders behind DeepSeek's vision models: SAM (arXiv:2304.02643), CLIP (arXiv:2103.00020), a Qwen2 decoder,
SigLIP."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Embedding, FeedForward, Linear, Module, Norm, Tensor, module
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.common import decoder_layer
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Component, Part

OTHER = Component.OTHER


def sam(
    *,
    width: int,
    layers: int,
    heads: int,
    side: int,
    whole: tuple[int, ...],
    channels: tuple[int, ...],
    patch: int = 16,
    neck: int = 256,
    mlp: int | None = None,
    window: int = 14,
    bias: bool = True,
    positions: bool = True,
    relative: bool = True,
    colours: int = 3,
) -> tuple[Piece, ...]:
    """SAM's ViT with relative positions, its neck, and two strided convolutions to `channels`.

    `side`: patches along one edge; layers numbered in `whole` see all of them, the others windows of `window`.
    """
    attention = EncoderAttention(
        width, heads, width // heads, bias=bias, output_bias=True, fused=True, names=(("o_proj", "proj"),)
    )
    near, far = (sam_layer(attention, mlp or 4 * width, reach if relative else None) for reach in (window, side))
    around = module(
        {
            "patch_embed.proj": Convolution(colours, width, (patch, patch)),
            "": Tensor("pos_embed", (1, side, side, width), Component.EMBEDDING) if positions else None,
            "neck.0": Convolution(width, neck, (1, 1), bias=False),
            "neck.1": Norm(neck, bias=True),
            "neck.2": Convolution(neck, neck, (3, 3), bias=False),
            "neck.3": Norm(neck, bias=True),
            "net_2": Convolution(neck, channels[0], (3, 3), bias=False),
            "net_3": Convolution(channels[0], channels[1], (3, 3), bias=False),
        }
    )
    return (
        Single("model.sam_model", around, Part.VISION),
        Stack(
            "model.sam_model.blocks.{}",
            tuple(far if number in whole else near for number in range(layers)),
            part=Part.VISION,
            role="encoder",
        ),
    )


def sam_layer(attention: EncoderAttention, mlp: int, reach: int | None) -> Block:
    """A layer of SAM's ViT. `reach`: patches that attention sees along one edge, with a table of relative positions for
    each axis; None where positions are not relative."""
    axes, offsets = ("", 0) if reach is None else ("hw", 2 * reach - 1)
    tables = (Tensor(f"rel_pos_{axis}", (offsets, attention.head_dim), Component.ATTENTION) for axis in axes)
    return encoder_layer(
        Module((("", attention), *(("", table) for table in tables))),
        encoder_mlp(attention.hidden, mlp, "lin1", "lin2"),
        Norm(attention.hidden, bias=True),
        attention_name="attn",
        norms=("norm1", "norm2"),
    )


def clip(
    *, width: int, layers: int, heads: int, positions: int, mlp: int | None = None, patch: int | None = None
) -> tuple[Piece, ...]:
    """CLIP's ViT without its last norm. It reads SAM's features; `patch`: the release stores its unused patch
    convolution all the same."""
    attention = EncoderAttention(
        width, heads, width // heads, fused=True, names=(("qkv", "qkv_proj"), ("o_proj", "out_proj"))
    )
    layer = encoder_layer(attention, encoder_mlp(width, mlp or 4 * width), Norm(width, bias=True))
    around = module(
        {
            "": Tensor("embeddings.class_embedding", (width,), Component.EMBEDDING),
            "embeddings.patch_embedding": Convolution(3, width, (patch, patch), bias=False) if patch else None,
            "embeddings.position_embedding": Embedding(positions, width),
            "pre_layrnorm": Norm(width, bias=True),
        }
    )
    return (
        Single("model.vision_model", around, Part.VISION),
        Stack("model.vision_model.transformer.layers.{}", (layer,) * layers, part=Part.VISION, role="encoder"),
    )


def qwen_encoder(hidden: int, *, layers: int, heads: int, kv_heads: int, mlp: int) -> tuple[Piece, ...]:
    """Qwen2's layers and final norm, and the learned queries for images of 768 and 1024 pixels: 12 × 12 and 16 × 16."""
    attention = EncoderAttention(hidden, heads, hidden // heads, kv_heads, output_bias=False)
    layer = decoder_layer(hidden, attention, FeedForward(hidden, mlp))
    return (
        Single(
            "model.qwen2_model",
            module({"query_768": Embedding(144, hidden), "query_1024": Embedding(256, hidden)}),
            Part.VISION,
        ),
        Stack("model.qwen2_model.model.model.layers.{}", (layer,) * layers, part=Part.VISION, role="encoder"),
        Single("model.qwen2_model.model.model.norm", Norm(hidden), Part.VISION),
    )


def siglip(v: Config, side: int) -> tuple[Piece, ...]:
    """SigLIP as timm stores it: patches with a bias, learned positions, layers, a final norm, and the attention
    pooling of `global_pool` "map", stored though nothing reads it. `mlp_ratio` times the width is rounded down to
    whole features."""
    hidden, layers, heads = v.int("width"), layer_count(v, "layers"), v.int("heads", default=16)
    patch, width = v.int("patch_size", default=16), int(hidden * v.number("mlp_ratio", default=4.0))
    places = (v.int("image_size", default=side) // patch) ** 2
    attention = EncoderAttention(hidden, heads, head_size(v, hidden, heads), fused=True, names=(("o_proj", "proj"),))
    mlp, norm = encoder_mlp(hidden, width), Norm(hidden, bias=True)
    layer = encoder_layer(attention, mlp, norm, attention_name="attn", norms=("norm1", "norm2"))
    pooling = module(
        {
            "": Tensor("latent", (1, 1, hidden), OTHER),
            "q": Linear(hidden, hidden, bias=True),
            "kv": Linear(hidden, 2 * hidden, bias=True),
            "proj": Linear(hidden, hidden, bias=True),
            "norm": norm,
            "mlp": mlp,
        }
    )
    around = module(
        {
            "patch_embed.proj": Convolution(3, hidden, (patch, patch)),
            "": Tensor("pos_embed", (1, places, hidden), Component.EMBEDDING),
            "norm": norm,
            "attn_pool": pooling if v.word("global_pool", default="map") == "map" else None,
        }
    )
    return (
        Single("vision", around, Part.VISION),
        Stack("vision.blocks.{}", (layer,) * layers, part=Part.VISION, role="encoder"),
    )
