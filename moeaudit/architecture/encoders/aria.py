"""Aria's vision tower and the projector that asks questions of an image."""

from __future__ import annotations

from moeaudit.architecture.blocks import Embedding, Linear, Module, Norm, Tensor, module
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Component, Part


def encoder(c: Config, vision: Config | None, text: Config) -> tuple[Piece, ...]:
    """Tower and projector; nothing without a section of their own."""
    if vision is None:
        return ()
    return (*tower(vision), Single("multi_modal_projector", projector(c, vision, text), part=Part.PROJECTOR))


def tower(c: Config) -> tuple[Single | Stack, ...]:
    """The vision transformer of Idefics3."""
    hidden, heads, patch = (
        c.int("hidden_size", default=1152),
        c.int("num_attention_heads", default=16),
        c.int("patch_size", default=32),
    )
    norm = Norm(hidden, bias=True)
    layer = encoder_layer(
        EncoderAttention(hidden, heads, head_size(c, hidden, heads), names=(("o_proj", "out_proj"),)),
        encoder_mlp(hidden, c.int("intermediate_size", default=3072)),
        norm,
    )
    positions = (c.int("image_size", default=224) // patch) ** 2
    embeddings = module(
        {
            "patch_embedding": Convolution(c.int("num_channels", default=3), hidden, (patch, patch)),
            "position_embedding": Embedding(positions, hidden),
        }
    )
    return (
        Single("vision_tower.embeddings", embeddings, part=Part.VISION),
        Stack(
            "vision_tower.encoder.layers.{}", (layer,) * layer_count(c, default=12), part=Part.VISION, role="encoder"
        ),
        Single("vision_tower.post_layernorm", norm, part=Part.VISION),
    )


def projector(c: Config, vision: Config, text: Config) -> Module:
    """Learned queries, as many as the largest image needs, attend to the patches; then a feed-forward to the text's
    width."""
    width, hidden = vision.int("hidden_size", default=1152), text.int("hidden_size")
    counts = c.section("projector_patch_to_query_dict")
    queries = max((counts.int(name) for name in counts.data), default=256)
    norm = Norm(width, bias=True)
    cross = module(
        {
            "q_proj": Linear(width, width),
            "k_proj": Linear(width, width),
            "v_proj": Linear(width, width),
            "multihead_attn": Module(
                (
                    ("", Tensor("in_proj_weight", (3 * width, width), Component.ATTENTION, linear=True)),
                    ("", Tensor("in_proj_bias", (3 * width,), Component.ATTENTION)),
                    ("out_proj", Linear(width, width, bias=True)),
                )
            ),
            "linear": Linear(width, width, bias=True),
            "layer_norm": norm,
            "layer_norm_kv": norm,
        }
    )
    return module(
        {
            "": Tensor("query", (queries, width), Component.OTHER, note="learned queries"),
            "cross_attn": cross,
            "layer_norm": norm,
            "feed_forward": module({"linear_in": Linear(width, hidden), "linear_out": Linear(hidden, hidden)}),
        }
    )
