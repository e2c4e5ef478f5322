"""The vision and audio towers of dots3-note, and the vision tower of dots.vlm1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Linear, Module, Norm, Router, module, moe
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention, encoder_layer
from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import head_size, layer_count, layer_words
from moeaudit.vocabulary import Part

FC: tuple[tuple[str, str], ...] = (("gate_proj", "fc1"), ("down_proj", "fc2"), ("up_proj", "fc3"))
GATE: tuple[tuple[str, str], ...] = (("weight", "gate_weight"),)
PYRAMID = (*([-1] * 25), *range(4, 65, 4), 64)
"""Experts of each vision layer where nothing is stated; -1 is a dense layer."""


def vision_tower(c: Config) -> Iterator[Piece]:
    """A vision transformer whose later layers hold more and more experts, and a merger of neighbouring patches."""
    hidden, heads = (
        c.int("embed_dim", "hidden_size", default=1536),
        c.int("num_heads", "num_attention_heads", default=24),
    )
    layers, patch = layer_count(c, default=42), c.int("patch_size", default=14)
    bias, norm = c.flag("use_bias", "attention_bias", default=False), Norm(hidden)
    attention = EncoderAttention(
        hidden, heads, head_size(c, hidden, heads), fused=True, bias=bias, qk_norm=True, names=(("o_proj", "proj"),)
    )
    counts = expert_counts(c, layers)
    merge, out = c.int("adapter_merge_size", "spatial_merge_size", default=2), c.int("adapter_out_dim", default=5120)
    inside = c.int("adapter_in_dim", default=1536)
    merged = inside * merge**2
    yield Single(
        "vision_encoder.patch_embed",
        module({"proj": Convolution(c.int("num_channels", default=3), hidden, (patch, patch)), "norm": norm}),
        part=Part.VISION,
    )
    yield Stack(
        "vision_encoder.blocks.{}",
        tuple(
            encoder_layer(
                attention, vision_mlp(c, hidden, count), norm, attention_name="attn", norms=("norm_1", "norm_2")
            )
            for count in counts
        ),
        part=Part.VISION,
        role="encoder",
    )
    yield Single("vision_encoder.post_trunk_norm", norm, part=Part.VISION)
    yield Single(
        "vision_encoder.adapter",
        module(
            {
                "ln_q": Norm(inside, bias=True),
                "mlp.0": Linear(merged, merged, bias=True),
                "mlp.2": Linear(merged, out, bias=True),
            }
        ),
        part=Part.PROJECTOR,
    )


def vlm_tower(v: Config) -> tuple[Piece, ...]:
    """dots.vlm1's: dense, and its merger inside (SGLang 0.5.23, models/dots_vlm_vit.py)."""
    hidden, heads = v.int("embed_dim", default=1536), v.int("num_attention_heads", default=12)
    size, bias, norm = v.int("patch_size", default=14), v.flag("use_bias", default=False), Norm(hidden)
    merged = hidden * v.int("spatial_merge_size", default=2) ** 2
    layer = encoder_layer(
        EncoderAttention(
            hidden, heads, head_size(v, hidden, heads), fused=True, bias=bias, names=(("o_proj", "proj"),)
        ),
        FeedForward(hidden, v.int("intermediate_size", default=4224), bias=bias, names=FC),
        norm,
        attention_name="attn",
        norms=("norm1", "norm2"),
    )
    patch = {"proj": Convolution(v.int("num_channels", default=3), hidden, (size, size)), "norm": norm}
    joins = {
        "ln_q": Norm(hidden, bias=True),
        "mlp.0": Linear(merged, merged, bias=True),
        "mlp.2": Linear(merged, v.int("hidden_size"), bias=True),
    }
    behind = v.flag("post_norm", default=True)
    return (
        Single("vision_tower.patch_embed.patchifier", module(patch), Part.VISION),
        Stack("vision_tower.blocks.{}", (layer,) * layer_count(v, default=42), part=Part.VISION, role="encoder"),
        *([Single("vision_tower.post_trunk_norm", norm, Part.VISION)] if behind else []),
        Single("vision_tower.merger", module(joins), Part.PROJECTOR),
    )


def expert_counts(c: Config, layers: int) -> tuple[int, ...]:
    """Experts of each layer, 0 where it is dense: from `pyramid_num_routed`, or `mlp_layer_types` and
    `per_layer_config`."""
    if c.has("pyramid_num_routed") or not c.has("mlp_layer_types"):
        return tuple(
            max(count, 0) for count in c.per_layer(layers, "pyramid_num_routed", default=PYRAMID[:layers], least=-1)
        )
    kinds = layer_words(c, layers, "mlp_layer_types", lambda number: "dense")
    own = own_counts(c.section("per_layer_config"))
    usual = c.int("num_local_experts", default=64)
    return tuple(own.get(number, usual) if kind == "sparse" else 0 for number, kind in enumerate(kinds))


def own_counts(sections: Config) -> Mapping[int, int]:
    """Layers that state a number of experts of their own."""
    named = {int(name): sections.section(name) for name in sections.data if name.isdecimal()}
    return {number: own.int("num_local_experts") for number, own in named.items() if own.has("num_local_experts")}


def vision_mlp(c: Config, hidden: int, experts: int) -> FeedForward | Module:
    """A gated feed-forward, or so many experts of which a patch uses at most `num_experts_per_tok`."""
    bias = c.flag("mlp_bias", default=False)
    if not experts:
        return FeedForward(hidden, c.int("intermediate_size", default=4224), bias=bias, names=FC)
    selected = min(c.int("num_experts_per_tok", "capacity_factor", default=2), experts)
    return moe(
        Router(hidden, experts, selected, correction_bias="router_bias", correction_dtype="F32", names=GATE),
        Experts(hidden, c.int("moe_intermediate_size", default=2112), experts, selected, names=FC),
        router_name="",
    )


def audio_tower(c: Config) -> Iterator[Piece]:
    """Three strided convolutions over the spectrogram, an encoder with fused gated feed-forwards, an adapter."""
    whisper = c.section("whisper_config")
    hidden = whisper.int("d_model", default=c.int("hidden_size", default=1280))
    heads = whisper.int("encoder_attention_heads", default=c.int("num_attention_heads", default=20))
    width = whisper.int("encoder_ffn_dim", default=c.int("intermediate_size", default=5120))
    layers = whisper.int("encoder_layers", default=layer_count(c, default=32))
    mels, stem = (
        whisper.int("num_mel_bins", default=c.int("feature_size", default=128)),
        c.int("downsample_hidden_size", default=480),
    )
    bias = c.flag("attention_bias", default=True)
    prefix, norm = "audio_encoder.dots_encoder.speech_encoder", Norm(hidden)
    layer = module(
        {
            "self_attn": EncoderAttention(
                hidden, heads, head_size(c, hidden, heads), bias=bias, key_bias=False, names=(("o_proj", "out_proj"),)
            ),
            "": FeedForward(
                hidden, width, bias=True, fused=True, names=(("gate_up_proj", "fc1"), ("down_proj", "fc2"))
            ),
            "self_attn_layer_norm": norm,
            "final_layer_norm": norm,
        }
    )
    convolutions: dict[str, Block | None] = {
        f"conv2d{number}": Convolution(1 if number == 1 else stem, stem, (3, 3)) for number in (1, 2, 3)
    }
    yield Single(
        prefix,
        module(
            convolutions
            | {"conv_out": Linear(c.int("conv_output_size", default=stem * -(-mels // 8)), hidden), "layer_norm": norm}
        ),
        part=Part.AUDIO,
    )
    yield Stack(f"{prefix}.layers.{{}}", (layer,) * layers, part=Part.AUDIO, role="encoder")
    inside = c.int("whisper_adapter_in_dim", "adapter_input_size", default=1280)
    out = c.int("whisper_adapter_out_dim", "adapter_output_size", "adapter_out_dim", default=5120)
    yield Single(
        "audio_encoder.audio_adapter.proj",
        module({"0": Norm(inside, bias=True), "1": Linear(inside, out, bias=True), "3": Linear(out, out, bias=True)}),
        part=Part.PROJECTOR,
    )
