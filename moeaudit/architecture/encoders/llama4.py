"""Llama 4's vision tower and projector."""

from __future__ import annotations

from moeaudit.architecture.blocks import Linear, Norm, module
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.blocks.vision import EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import layer_count
from moeaudit.vocabulary import Component, Part


def vision(v: Config, text_hidden: int) -> tuple[Piece, ...]:
    """A ViT whose patches are joined four to one by the adapter, and one linear layer into the language model."""
    hidden, width, heads = (
        v.int("hidden_size", default=768),
        v.int("intermediate_size", default=5632),
        v.int("num_attention_heads", default=16),
    )
    patch, norm = v.int("patch_size", default=14), Norm(hidden, bias=True)
    patches = (v.int("image_size", default=448) // patch) ** 2 + 1  # one more for the class token
    layer = encoder_layer(
        EncoderAttention(hidden, heads, hidden // heads),
        encoder_mlp(hidden, width),
        norm,
        norms=("input_layernorm", "post_attention_layernorm"),
    )
    first, last = v.int("projector_input_dim", default=4096), v.int("projector_output_dim", default=4096)
    adapter = module({"fc1": Linear(width, first), "fc2": Linear(last, last)})
    return (
        Single("vision_model", Tensor("class_embedding", (hidden,), Component.EMBEDDING), Part.VISION),
        Single("vision_model", Tensor("positional_embedding_vlm", (patches, hidden), Component.EMBEDDING), Part.VISION),
        Single(
            "vision_model.patch_embedding.linear",
            Linear(v.int("num_channels", default=3) * patch * patch, hidden),
            Part.VISION,
        ),
        Single("vision_model.layernorm_pre", norm, Part.VISION),
        Single("vision_model.layernorm_post", norm, Part.VISION),
        Stack("vision_model.model.layers.{}", (layer,) * layer_count(v, default=34), part=Part.VISION, role="encoder"),
        Single("vision_model.vision_adapter.mlp", adapter, Part.VISION),
        Single(
            "multi_modal_projector.linear_1",
            Linear(v.int("vision_output_dim", default=7680), text_hidden),
            Part.PROJECTOR,
        ),
    )
