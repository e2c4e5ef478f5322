"""The vision tower of HY 4 VL (names: transformers 5.24)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks import Embedding, Module, Norm, Tensor, module
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import layer_count
from moeaudit.vocabulary import Component, Part


def hunyuan_tower(v: Config) -> Iterator[Piece]:
    """A ViT with a grid of learned positions and one for its class token, then convolutions that merge squares of
    patches and end at the text's width."""
    hidden, heads = v.int("hidden_size", default=1536), v.int("num_attention_heads", "attention_heads", default=16)
    patch, merge = v.int("patch_size", default=16), v.int("spatial_merge_size", default=2)
    outputs, merged = v.int("out_hidden_size", default=6144), hidden * merge * merge
    side = v.int("max_image_size", default=2048) // patch
    layer = encoder_layer(
        EncoderAttention(hidden, heads, v.int("head_dim", default=hidden // heads)),
        encoder_mlp(hidden, v.int("intermediate_size", default=6144), "dense_h_to_4h", "dense_4h_to_h"),
        Norm(hidden, bias=True),
        norms=("input_layernorm", "post_attention_layernorm"),
    )
    embeddings = module(
        {
            "patch_embedding": Convolution(v.int("num_channels", default=3), hidden, (patch, patch)),
            "position_embedding": Embedding(side * side + 1, hidden),
        }
    )
    resampler = Module(
        (
            ("norm", Norm(hidden)),
            ("proj.0", Convolution(hidden, merged, (merge, merge))),
            ("proj.2", Convolution(merged, outputs, (1, 1))),
            ("", Tensor("image_newline", (outputs,), Component.OTHER)),
        )
    )
    yield Single("vit.embeddings", embeddings, Part.VISION)
    yield Stack("vit.layers.{}", (layer,) * layer_count(v, default=40), part=Part.VISION, role="encoder")
    yield Single("vit.perceive", resampler, Part.PROJECTOR)
