"""The encoders of MiMo-V2.5: a ViT whose windowed blocks have sinks, and a transformer over speech codes.

Names and shapes are those of the release's headers; sizes that its config leaves out are vLLM's (`mimo_v2_omni`).
"""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Embedding, FeedForward, Linear, Module, Norm, module
from moeaudit.architecture.blocks.base import Tensor
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.qwen_vision import patch_kernel, projection
from moeaudit.architecture.model import Piece, Single, Stack
from moeaudit.architecture.reading import layer_count
from moeaudit.architecture.weights import Sharding
from moeaudit.errors import Place, UsageError
from moeaudit.vocabulary import Component, Part

FULL = (0, 9, 18, 27)
"""Default blocks of the vision tower that see the whole picture; the others see a window, and have sinks."""


def vision_tower(v: Config | None) -> tuple[Piece, ...]:
    """Patches, blocks, and a merger of neighbouring patches."""
    if v is None:
        return ()
    hidden = v.int("hidden_size", default=1280)
    merged, output = hidden * v.int("spatial_merge_size", default=2) ** 2, v.int("out_hidden_size", default=4096)
    full, sinks = set(v.ints("fullatt_block_indexes", default=FULL)), v.flag("use_sink", default=True)
    depth = layer_count(v, "depth", "num_hidden_layers", default=28)
    blocks = tuple(vision_block(v, hidden, sinks=sinks and number not in full) for number in range(depth))
    patch = Convolution(v.int("in_chans", "in_channels", default=3), hidden, patch_kernel(v), bias=False)
    merger = {
        "ln_q": Norm(hidden),
        "mlp.0": projection(merged, merged, bias=False),
        "mlp.2": projection(merged, output, bias=False),
    }
    return (
        Single("visual.patch_embed.proj", patch, Part.VISION),
        Stack("visual.blocks.{}", blocks, part=Part.VISION, role="encoder"),
        Single("visual.merger", module(dict(merger)), Part.PROJECTOR),
    )


def vision_block(v: Config, hidden: int, *, sinks: bool) -> Module:
    """Grouped-query attention over heads of `qk_channels`, whatever the hidden size is; a gated feed-forward."""
    heads, head_dim = v.int("num_heads", "num_attention_heads", default=32), v.int("qk_channels", default=64)
    if v.int("kv_channels", default=head_dim) != head_dim:
        raise v.contradiction("keys and values of different widths are not known here", "kv_channels", "qk_channels")
    attention = EncoderAttention(
        hidden,
        heads,
        head_dim,
        kv_heads=v.int("num_key_value_heads", default=heads),
        fused=True,
        names=(("o_proj", "proj"),),
    )
    sink = Tensor("sinks", (heads,), Component.ATTENTION, sharding=Sharding.COLUMN)
    return Module(
        (
            ("attn", attention),
            *((("attn", sink),) if sinks else ()),
            ("mlp", FeedForward(hidden, v.int("intermediate_size", default=4608), bias=True)),
            ("norm1", Norm(hidden)),
            ("norm2", Norm(hidden)),
        )
    )


def audio_tower(a: Config | None) -> tuple[Piece, ...]:
    """A table of codes for each channel, a small transformer over groups of frames, and a projection of a group."""
    if a is None:
        return ()
    hidden, heads = a.int("input_local_dim", default=1024), a.int("input_local_attn_heads", default=16)
    norm, transformer = Norm(hidden), "audio_encoder.input_local_transformer"
    attention = EncoderAttention(
        hidden, heads, a.int("input_local_head_dim", default=hidden // heads), bias=True, output_bias=False
    )
    layer = module(
        {
            "self_attn": attention,
            "mlp": FeedForward(hidden, a.int("input_local_intermediate_size", default=4 * hidden)),
            "input_layernorm": norm,
            "post_attention_layernorm": norm,
        }
    )
    layers = (layer,) * layer_count(a, "input_local_layers", default=6)
    joined = hidden * a.int("group_size", default=4)
    return (
        *(
            Single(f"speech_embeddings.{channel}", Embedding(codes, hidden), Part.AUDIO)
            for channel, codes in enumerate(speech_codes(a))
        ),
        Stack(f"{transformer}.layers.{{}}", layers, part=Part.AUDIO, role="encoder"),
        *((Single(f"{transformer}.norm", norm, Part.AUDIO),) if a.flag("add_post_norm", default=True) else ()),
        Single("audio_encoder.projection", audio_projection(a, joined), Part.PROJECTOR),
    )


def audio_projection(a: Config, joined: int) -> Block:
    """One linear layer, or two with four times the width between them, as `projection_layers` says."""
    output = a.int("out_hidden_size", default=4096)
    if a.int("projection_layers", default=2) == 1:
        return Linear(joined, output)
    return module({"mlp.0": Linear(joined, 4 * joined), "mlp.2": Linear(4 * joined, output)})


def speech_codes(a: Config) -> tuple[int, ...]:
    """Codes of each channel: one number for all of them, or one each, joined by dashes ("1025-1025-129")."""
    channels = layer_count(a, "audio_channels", default=20)
    written = a.data["speech_vocab_size"] if a.has("speech_vocab_size") else None
    if not isinstance(written, str):
        return (a.int("speech_vocab_size", default=1280),) * channels
    sizes = written.split("-") if len(written) < 10_000 else []
    if not all(size.isdecimal() and size.isascii() and 0 < len(size) < 10 and int(size) for size in sizes):
        sizes = []
    if len(sizes) not in (1, channels):
        raise UsageError(
            f"{a.path}speech_vocab_size must hold one number of codes, or one for each of the {channels} channels",
            place=Place(a.file, path=f"{a.path}speech_vocab_size"),
        )
    return tuple(map(int, sizes)) * (channels if len(sizes) == 1 else 1)
