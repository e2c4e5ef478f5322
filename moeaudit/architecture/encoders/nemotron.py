"""The encoders of Nemotron Omni: C-RADIO for images (arXiv:2312.06709), Parakeet for sound (FastConformer,
arXiv:2305.05084)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks import Block, FeedForward, Linear, Module, Norm, module
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer, encoder_mlp
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import layer_count
from moeaudit.vocabulary import Component, Kind, Part

NORMS = ("norm_feed_forward1", "norm_self_att", "norm_conv", "norm_feed_forward2", "norm_out")
"""The norms of a conformer layer."""


def projector(inputs: int, inner: int, outputs: int, names: tuple[str, str, str], *, bias: bool = False) -> Module:
    """An RMSNorm and two linear layers."""
    return module(
        {
            names[0]: Norm(inputs),
            names[1]: Linear(inputs, inner, bias=bias),
            names[2]: Linear(inner, outputs, bias=bias),
        }
    )


def image_tower(v: Config) -> tuple[Piece, ...]:
    """Linear patches (of images, and of frames joined), a table of positions, class and register tokens, a ViT with
    layer scales."""
    prefix = "vision_model.radio_model"
    hidden, patch = v.int("hidden_size", default=1280), v.int("patch_size", default=16)
    features, frames = v.int("num_channels", default=3) * patch * patch, v.maybe_int("video_temporal_patch_size")
    tokens = v.int("num_cls_tokens", default=3, least=0) + v.int("num_registers", default=7, least=0)
    positions = (v.int("max_img_size", default=2048) // patch) ** 2
    layers = (image_layer(v, hidden),) * layer_count(v, default=32)
    generator = module(
        {
            "cls_token": Tensor("token", (tokens, hidden), Component.EMBEDDING),
            "embedder": Linear(features, hidden),
            "video_embedder": Linear(frames * features, hidden) if frames else None,
            "": Tensor("pos_embed", (1, positions, hidden), Component.EMBEDDING),
        }
    )
    summaries = Tensor(
        "summary_idxs",
        (len(v.ints("summary_idxs", default=(0, 1))),),
        Component.OTHER,
        kind=Kind.BUFFER,
        dtype="I64",
        note="numbers of the summary tokens",
    )
    return (
        Single(f"{prefix}.model.patch_generator", generator, Part.VISION),
        Stack(f"{prefix}.model.blocks.{{}}", layers, part=Part.VISION, role="encoder"),
        Single(prefix, summaries, Part.VISION),
    )


def image_layer(v: Config, hidden: int) -> Module:
    """A ViT layer with a scale on each residual."""
    heads = v.int("num_attention_heads", default=16)
    scale = Tensor("lambda1", (hidden,), Component.OTHER, note="layer scale")
    attention = EncoderAttention(
        hidden,
        heads,
        hidden // heads,
        bias=v.flag("qkv_bias", default=True),
        output_bias=True,
        fused=True,
        names=(("o_proj", "proj"),),
    )
    return encoder_layer(
        attention,
        image_mlp(v, hidden),
        Norm(hidden, bias=True),
        attention_name="attn",
        norms=("norm1", "norm2"),
        extra=(("layer_scale1", scale), ("layer_scale2", scale)),
    )


def image_mlp(v: Config, hidden: int) -> FeedForward:
    """SwiGLU keeps two thirds of the width, rounded up to a multiple of 8."""
    width = int(hidden * v.number("mlp_ratio", default=4.0))
    if v.flag("use_swiglu_ffn", default=False):
        return FeedForward(hidden, (int(width * 2 / 3) + 7) // 8 * 8, bias=True)
    return encoder_mlp(hidden, width)


def sound_tower(a: Config) -> tuple[Piece, ...]:
    """Strided convolutions over the spectrogram, then conformer layers with relative positions."""
    prefix, hidden = "sound_encoder.encoder", a.int("hidden_size", default=1024)
    return (
        *subsampling(a, f"{prefix}.subsampling", hidden),
        Stack(
            f"{prefix}.layers.{{}}",
            (conformer_layer(a, hidden),) * layer_count(a, default=24),
            part=Part.AUDIO,
            role="encoder",
        ),
    )


def subsampling(a: Config, prefix: str, hidden: int) -> Iterator[Piece]:
    """One full convolution, then pairs of a depthwise and a pointwise one; each halves the length. ReLUs take a
    number too."""
    channels, size = a.int("subsampling_conv_channels", default=256), a.int("subsampling_conv_kernel_size", default=3)
    stages, stride = (
        a.int("subsampling_factor", default=8).bit_length() - 1,
        a.int("subsampling_conv_stride", default=2),
    )
    yield Single(f"{prefix}.layers.0", Convolution(1, channels, (size, size)), Part.AUDIO)
    for stage in range(stages - 1):
        yield Single(
            f"{prefix}.layers.{2 + 3 * stage}",
            Convolution(channels, channels, (size, size), groups=channels),
            Part.AUDIO,
        )
        yield Single(f"{prefix}.layers.{3 + 3 * stage}", Convolution(channels, channels, (1, 1)), Part.AUDIO)
    length = a.int("num_mel_bins", default=80) // stride**stages
    yield Single(f"{prefix}.linear", Linear(channels * length, hidden, bias=True), Part.AUDIO)


def conformer_layer(a: Config, hidden: int) -> Module:
    """Half a feed-forward, attention, a convolution, and the other half."""
    heads, bias = a.int("num_attention_heads", default=8), a.flag("attention_bias", default=False)
    convolved, norm = a.flag("convolution_bias", default=True), Norm(hidden, bias=True)
    feed = encoder_mlp(hidden, a.int("intermediate_size", default=4096), "linear1", "linear2", bias=bias)
    parts: dict[str, Block] = {
        "feed_forward1": feed,
        "self_attn": EncoderAttention(hidden, heads, hidden // heads, bias=bias),
        "self_attn.relative_k_proj": Linear(hidden, hidden // heads * heads, component=Component.ATTENTION),
        "conv.pointwise_conv1": Convolution(hidden, 2 * hidden, (1,), bias=convolved),
        "conv.depthwise_conv": Convolution(
            hidden, hidden, (a.int("conv_kernel_size", default=9),), bias=convolved, groups=hidden
        ),
        "conv.norm": Norm(hidden, bias=True),
        "conv.pointwise_conv2": Convolution(hidden, hidden, (1,), bias=convolved),
        "feed_forward2": feed,
        **dict.fromkeys(NORMS, norm),
    }
    offsets = tuple(
        ("self_attn", Tensor(name, (heads, hidden // heads), Component.ATTENTION)) for name in ("bias_u", "bias_v")
    )
    running = tuple(("conv.norm", Tensor(name, (hidden,), Component.NORM)) for name in ("running_mean", "running_var"))
    counted = (("conv.norm", Tensor("num_batches_tracked", (), Component.NORM, kind=Kind.BUFFER, dtype="I64")),)
    return Module((*module(dict(parts)).parts, *offsets, *running, *counted))
