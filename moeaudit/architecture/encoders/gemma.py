"""Gemma 4's encoders: a ViT with rotary positions, and a conformer over spectrograms (arXiv:2303.01037).

Linear layers may be clipped: each then stores the four bounds that calibration found.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks import Block, FeedForward, Linear, Module, Norm, module
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import layer_count
from moeaudit.vocabulary import Component, Part

BOUNDS = ("input_min", "input_max", "output_min", "output_max")


def clipped(names: tuple[str, ...]) -> Iterator[tuple[str, Block]]:
    """The bounds of these linear layers."""
    for name in names:
        for bound in BOUNDS:
            yield name, Tensor(bound, (), Component.OTHER, note="clipping bound")


def vision_tower(v: Config, prefix: str) -> tuple[Piece, ...]:
    """Patches through one linear layer plus two tables of positions, for height and width."""
    hidden, patch = v.int("hidden_size", default=768), v.int("patch_size", default=16)
    heads, head_dim = v.int("num_attention_heads", default=12), v.int("head_dim", default=64)
    attention = EncoderAttention(
        hidden, heads, head_dim, v.int("num_key_value_heads", default=12), bias=False, qk_norm=True, infix="linear"
    )
    names = tuple((name, f"{name}.linear") for name in ("gate_proj", "up_proj", "down_proj"))
    ffn = FeedForward(hidden, v.int("intermediate_size", default=3072), names=names)
    norms = ("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm")
    linears = (*(f"self_attn.{name}_proj" for name in "qkvo"), *(f"mlp.{name}" for name, _ in names))
    bounds = tuple(clipped(linears)) if v.flag("use_clipped_linears", default=False) else ()
    layer = Module((("self_attn", attention), ("mlp", ffn), *((name, Norm(hidden)) for name in norms), *bounds))
    embedder = module(
        {
            "input_proj": Linear(3 * patch * patch, hidden),
            "": Tensor(
                "position_embedding_table",
                (2, v.int("position_embedding_size", default=10240), hidden),
                Component.EMBEDDING,
            ),
        }
    )
    pieces: list[Piece] = [
        Single(f"{prefix}.patch_embedder", embedder, Part.VISION),
        Stack(f"{prefix}.encoder.layers.{{}}", (layer,) * layer_count(v, default=16), part=Part.VISION, role="encoder"),
    ]
    if v.flag("standardize", default=False):
        pieces += [
            Single(
                prefix, Tensor(name, (hidden,), Component.OTHER, note="standardisation of the features"), Part.VISION
            )
            for name in ("std_bias", "std_scale")
        ]
    return tuple(pieces)


def audio_tower(a: Config, prefix: str) -> tuple[Piece, ...]:
    """Two strided convolutions, conformer layers, one projection."""
    hidden = a.int("hidden_size", default=1024)
    channels = a.ints("subsampling_conv_channels", default=(128, 32), least=1)
    if len(channels) != 2:
        raise a.contradiction("the tower has two strided convolutions", "subsampling_conv_channels")
    subsample = module(
        {
            "layer0.conv": Convolution(1, channels[0], (3, 3), bias=False),
            "layer0.norm": Norm(channels[0]),
            "layer1.conv": Convolution(channels[0], channels[1], (3, 3), bias=False),
            "layer1.norm": Norm(channels[1]),
            "input_proj_linear": Linear(channels[0] // 4 * channels[1], hidden),
        }
    )
    return (
        Single(f"{prefix}.subsample_conv_projection", subsample, Part.AUDIO),
        Stack(
            f"{prefix}.layers.{{}}",
            (conformer_layer(a, hidden),) * layer_count(a, default=12),
            part=Part.AUDIO,
            role="encoder",
        ),
        Single(f"{prefix}.output_proj", Linear(hidden, a.int("output_proj_dims", default=1536), bias=True), Part.AUDIO),
    )


def conformer_layer(a: Config, hidden: int) -> Module:
    """Half a feed-forward, local attention with relative positions, a light convolution, and the other half."""
    heads, norm = a.int("num_attention_heads", default=8), Norm(hidden)
    width = hidden // heads * heads
    feed = module(
        {
            "ffw_layer_1.linear": Linear(hidden, 4 * hidden),
            "ffw_layer_2.linear": Linear(4 * hidden, hidden),
            "pre_layer_norm": norm,
            "post_layer_norm": norm,
        }
    )
    attention = EncoderAttention(
        hidden, heads, hidden // heads, bias=False, infix="linear", names=(("o_proj", "post"),)
    )
    linears = (
        *(f"feed_forward{half}.ffw_layer_{layer}" for half in (1, 2) for layer in (1, 2)),
        *(f"self_attn.{name}" for name in ("q_proj", "k_proj", "v_proj", "post")),
        "lconv1d.linear_start",
        "lconv1d.linear_end",
    )
    bounds = tuple(clipped(linears)) if a.flag("use_clipped_linears", default=True) else ()
    return Module(
        (
            ("feed_forward1", feed),
            ("feed_forward2", feed),
            ("self_attn", attention),
            ("self_attn.relative_k_proj", Linear(hidden, width, component=Component.ATTENTION)),
            ("self_attn", Tensor("per_dim_scale", (hidden // heads,), Component.ATTENTION)),
            ("lconv1d", light_convolution(a, hidden)),
            *((name, norm) for name in ("norm_pre_attn", "norm_post_attn", "norm_out")),
            *bounds,
        )
    )


def light_convolution(a: Config, hidden: int) -> Module:
    """A gated linear layer, a depthwise convolution, a linear layer back."""
    kernel, norm = a.int("conv_kernel_size", default=5), Norm(hidden)
    return module(
        {
            "linear_start.linear": Linear(hidden, 2 * hidden),
            "linear_end.linear": Linear(hidden, hidden),
            "depthwise_conv1d": Convolution(hidden, hidden, (kernel,), bias=False, groups=hidden),
            "pre_layer_norm": norm,
            "conv_norm": norm,
        }
    )
