"""Ovis 2.5's and 2.6's visual tokenizer: a SigLIP 2 tower, a head over visual words, and a table of their embeddings.

Names and shapes: vLLM 0.33.0, models/ovis2_5.py and models/siglip2navit.py (its mapper joins the tower's q, k and v).
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Embedding, Linear, Norm, module
from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Part

INDICATORS = 4
"""Visual words that mark a picture's beginning and end, which the head never predicts."""

AT = "visual_tokenizer.vit.vision_model"


def visual_tokenizer(c: Config, v: Config | None, text_hidden: int) -> tuple[Piece, ...]:
    """Nothing without a section of its own."""
    if v is None:
        return ()
    hidden, heads, words = v.int("hidden_size"), v.int("num_attention_heads"), c.int("visual_vocab_size", least=5)
    norm = Norm(hidden, bias=True)
    layer = encoder_layer(
        EncoderAttention(hidden, heads, head_size(v, hidden, heads), names=(("o_proj", "out_proj"),)),
        encoder_mlp(hidden, v.int("intermediate_size")),
        norm,
    )
    joined, predicted = hidden * v.int("hidden_stride", default=2) ** 2, words - INDICATORS
    head = module({"0": Linear(joined, predicted), "1": Norm(predicted, bias=True)})
    return (
        *embeddings(v, hidden),
        Stack(f"{AT}.encoder.layers.{{}}", (layer,) * layer_count(v), part=Part.VISION, role="encoder"),
        Single(f"{AT}.post_layernorm", norm, Part.VISION),
        Single("visual_tokenizer.head", head, Part.PROJECTOR),
        Single("vte", Embedding(words, text_hidden), Part.PROJECTOR),
    )


def embeddings(v: Config, hidden: int) -> tuple[Piece, ...]:
    """Patches through a linear layer where `num_patches` counts positions, else through a convolution; a table of
    positions where `preserve_original_pe`."""
    channels, size = v.int("num_channels", default=3), v.int("patch_size")
    count = v.int("num_patches", default=-1, least=-1)
    patches: Block = (
        Linear(channels * size**2, hidden, True) if count > 0 else Convolution(channels, hidden, (size, size))
    )
    pieces: tuple[Piece, ...] = (Single(f"{AT}.embeddings.patch_embedding", patches, Part.VISION),)
    if not v.flag("preserve_original_pe", default=True):
        return pieces
    places = count if count > 0 else (v.int("image_size") // size) ** 2
    table = Single(f"{AT}.embeddings.position_embedding", Embedding(places, hidden), Part.VISION)
    return (*pieces, table)
