"""Qwen's audio tower."""

from __future__ import annotations

from moeaudit.architecture.blocks import Norm
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.qwen_vision import projection
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count
from moeaudit.vocabulary import Part


def audio_tower(a: Config | None, prefix: str) -> tuple[Piece, ...]:
    """Three strided convolutions over the spectrogram, a Whisper-like encoder (arXiv:2212.04356), two projections."""
    if a is None:
        return ()
    hidden, width = a.int("d_model", default=1280), a.int("encoder_ffn_dim", default=5120)
    heads, channels = a.int("encoder_attention_heads", default=20), a.int("downsample_hidden_size", default=480)
    bins = a.int("num_mel_bins", default=128)
    for _ in range(3):
        bins = (bins + 1) // 2
    layer = encoder_layer(
        EncoderAttention(hidden, heads, head_size(a, hidden, heads), names=(("o_proj", "out_proj"),)),
        encoder_mlp(hidden, width),
        Norm(hidden, bias=True),
        mlp_name="",
        norms=("self_attn_layer_norm", "final_layer_norm"),
    )
    return (
        *(
            Single(f"{prefix}.conv2d{number}", Convolution(inputs, channels, (3, 3)), Part.AUDIO)
            for number, inputs in ((1, 1), (2, channels), (3, channels))
        ),
        Single(f"{prefix}.conv_out", projection(channels * bins, hidden, bias=False), Part.AUDIO),
        Stack(
            f"{prefix}.layers.{{}}",
            (layer,) * layer_count(a, "encoder_layers", "num_hidden_layers", default=32),
            part=Part.AUDIO,
            role="encoder",
        ),
        Single(f"{prefix}.ln_post", Norm(hidden, bias=True), Part.AUDIO),
        Single(f"{prefix}.proj1", projection(hidden, hidden), Part.PROJECTOR),
        Single(f"{prefix}.proj2", projection(hidden, a.int("output_dim", default=3584)), Part.PROJECTOR),
    )
