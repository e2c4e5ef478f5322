"""ERNIE 4.5 VL's vision tower and the resampler behind it."""

from __future__ import annotations

from moeaudit.architecture.blocks import Linear, Module, Norm, module
from moeaudit.architecture.blocks.vision import EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Part


def tower(v: Config) -> tuple[Piece, ...]:
    """A plain vision transformer over flattened patches."""
    hidden, heads, patch = (
        v.int("hidden_size", default=1280),
        v.int("num_heads", "num_attention_heads", default=16),
        v.int("patch_size", default=14),
    )
    norm = Norm(hidden, bias=True)
    layer = encoder_layer(
        EncoderAttention(hidden, heads, head_size(v, hidden, heads), fused=True, names=(("o_proj", "proj"),)),
        encoder_mlp(hidden, v.int("intermediate_size", default=5120)),
        norm,
        attention_name="attn",
        norms=("norm1", "norm2"),
    )
    patches = Linear(v.int("in_channels", default=3) * patch**2, hidden)
    return (
        Single("model.vision_model.patch_embed.proj", patches, part=Part.VISION),
        Stack(
            "model.vision_model.blocks.{}",
            (layer,) * layer_count(v, "depth", "num_hidden_layers", default=32),
            part=Part.VISION,
            role="encoder",
        ),
        Single("model.vision_model.ln", norm, part=Part.VISION),
    )


def resampler(v: Config, hidden: int) -> Single:
    """Merges neighbouring patches, then neighbouring frames, and projects to the text's width."""
    spatial = v.int("hidden_size", default=1280) * v.int("spatial_merge_size", default=2) ** 2
    temporal = spatial * v.int("temporal_merge_size", default=2)

    def merge(inputs: int) -> Module:
        return module(
            {
                "0": Linear(inputs, spatial, bias=True),
                "2": Linear(spatial, spatial, bias=True),
                "3": Norm(spatial, bias=True),
            }
        )

    return Single(
        "model.resampler_model",
        module(
            {
                "spatial_linear": merge(spatial),
                "temporal_linear": merge(temporal),
                "mlp": Linear(spatial, hidden, bias=True),
                "after_norm": Norm(hidden),
            }
        ),
        part=Part.PROJECTOR,
    )
