"""DeepSeek's vision models: VL2 (arXiv:2412.10302), OCR (arXiv:2510.18234), OCR 2, and Unlimited OCR, which is OCR
with a window.

The language part is DeepSeek-V2's, in the small models without MLA. OCR's encoder is SAM-B followed by CLIP-L; its
config gives their widths and leaves the rest to the code, as does VL2's for SigLIP.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

from moeaudit.architecture.blocks import Attention, Block, Linear, Module, Tensor
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.ocr import clip, qwen_encoder, sam, siglip
from moeaudit.architecture.families.common import decoder_model
from moeaudit.architecture.families.deepseek import deepseek_layers, mlp_bias, plain_attention, v2_attention, v2_moe
from moeaudit.architecture.model import Architecture, Piece, Single
from moeaudit.architecture.reading import encoder_section, head_size, layer_count
from moeaudit.architecture.weights import Presence
from moeaudit.vocabulary import Component, Kind, Part

PATCHES, CLIP_SIDE, SAM_SIDE, SIGLIP_SIDE = 14, 224, 1024, 384
"""Defaults of the released code: patch and image sides in pixels."""


def deepseek_vl_v2(c: Config) -> Architecture:
    """VL2, or one of the OCR models, whose configs carry the same model_type: their vision part lists two encoders."""
    if lists_encoders(c):
        return released_ocr(c)
    t, v, p = c.text(), encoder_section(c, "vision_config"), c.section("projector_config")
    hidden = t.int("hidden_size")
    n_embed = p.int("n_embed", default=hidden)
    separators = {"2D": ("image_newline", "view_seperator")}.get(c.word("tile_tag", default="2D"), ())
    text = decoder_model(
        c,
        "DeepSeek-VL2",
        text_layers(t, biased=True),
        text=t,
        tied=t.flag("tie_word_embeddings", default=False),
        prefix="language.model",
        head="language.lm_head",
    )
    if v is None:
        return text
    return replace(
        text,
        pieces=(
            *text.pieces,
            *siglip(v, SIGLIP_SIDE),
            *((Single("", Tensor(name, (n_embed,), Component.OTHER), Part.PROJECTOR)) for name in separators),
            Single("projector", vl2_projector(p, v.int("width"), n_embed), Part.PROJECTOR),
        ),
    )


CLIP, QWEN = "clip-l-14-224", "qwen2-0-5b"
"""What stands behind SAM in `vision_config.width`, by its name there."""


def lists_encoders(c: Config) -> bool:
    """Whether a config is in the releases' own form: `vision_config.width` lists encoders by name."""
    v = c.data.get("vision_config")
    return isinstance(v, Mapping) and isinstance(v.get("width"), Mapping)


def released_ocr(c: Config) -> Architecture:
    """An OCR model in its release's own form, told by the encoder that it lists behind SAM."""
    listed = c.section("vision_config").section("width")
    return released_ocr2(c) if listed.has(QWEN) else deepseek_ocr(c)


def released_ocr2(c: Config) -> Architecture:
    """DeepSeek-OCR 2 as released: of the Qwen2 decoder the config states the width alone; layers, heads and
    feed-forward are those of its code (vLLM 0.33, `deepencoder2.py`), as are the channels that SAM ends with
    (`deepseek_ocr2.py`: as many as the decoder is wide, whatever `downsample_channels` says)."""
    t, widths = c.text(), c.section("vision_config").section("width")
    outline, hidden = widths.section("sam_vit_b", required=True), t.int("hidden_size")
    width = widths.section(QWEN, required=True).int("dim")
    p = c.section("projector_config")
    separator = Tensor("model.view_seperator", (hidden,), Component.OTHER)
    projector = Linear(p.int("input_dim", default=width), p.int("n_embed", default=hidden), bias=True)
    return ocr(
        c,
        t,
        "DeepSeek-OCR 2",
        tied=t.flag("tie_word_embeddings", default=False),
        encoders=(
            *outlined_sam(outline, (outline.pair("downsample_channels", default=(512, width))[0], width)),
            *qwen_encoder(width, layers=24, heads=14, kv_heads=2, mlp=4864),
            Single("", separator, Part.PROJECTOR),
            Single("model.projector.layers", projector, Part.PROJECTOR),
        ),
    )


def outlined_sam(outline: Config, channels: tuple[int, ...]) -> tuple[Piece, ...]:
    """SAM with the sizes that a release's outline states."""
    return sam(
        width=outline.int("width"),
        layers=layer_count(outline, "layers"),
        heads=dividing(outline, outline.int("width"), outline.int("heads")),
        side=SAM_SIDE // 16,
        whole=outline.ints("global_attn_indexes"),
        channels=channels,
    )


def deepseek_ocr(c: Config) -> Architecture:
    """DeepSeek-OCR as released: SAM-B, CLIP-L without patches of its own, one linear projection. Unlimited OCR is the
    same with a window in every layer."""
    t, v, tied = c.text(), encoder_section(c, "vision_config"), c.text().flag("tie_word_embeddings", default=False)
    window = t.maybe_int("sliding_window_size", "sliding_window")
    family = "DeepSeek-OCR" if window is None else "Unlimited OCR"
    if v is None:
        return ocr(c, t, family, tied=tied, window=window)
    widths = v.section("width")
    encoder, outline = widths.section(CLIP, required=True), widths.section("sam_vit_b", required=True)
    channels = outline.pair("downsample_channels", default=(512, 1024))
    p = c.section("projector_config")
    hidden, clip_width = t.int("hidden_size"), encoder.int("width")
    patch = encoder.int("patch_size", default=PATCHES)
    positions = (encoder.int("image_size", default=CLIP_SIDE) // patch) ** 2 + 1
    position_ids = Tensor(
        "position_ids", (1, positions), Component.OTHER, kind=Kind.BUFFER, dtype="I64", note="derived"
    )
    return ocr(
        c,
        t,
        family,
        tied=tied,
        window=window,
        encoders=(
            *outlined_sam(outline, channels),
            *clip(
                width=clip_width,
                layers=layer_count(encoder, "layers"),
                heads=dividing(encoder, clip_width, encoder.int("heads")),
                positions=positions,
                patch=patch,
            ),
            Single("model.vision_model.embeddings", position_ids, Part.VISION, Presence.OPTIONAL),
            *(
                Single("", Tensor(f"model.{name}", (hidden,), Component.OTHER), Part.PROJECTOR)
                for name in ("image_newline", "view_seperator")
            ),
            Single(
                "model.projector.layers",
                Linear(
                    p.int("input_dim", default=clip_width + channels[-1]), p.int("n_embed", default=hidden), bias=True
                ),
                Part.PROJECTOR,
            ),
        ),
    )


def unlimited_ocr(c: Config) -> Architecture:
    """Unlimited OCR: DeepSeek-OCR's parts as transformers configures them; every layer attends to a window and the
    image. A config in the release's own form is read as that."""
    if lists_encoders(c):
        return released_ocr(c)
    t, v, tied = c.text(), encoder_section(c, "vision_config"), c.flag("tie_word_embeddings", default=False)
    window = t.int("sliding_window", default=128)
    if v is None:
        return ocr(c, t, "Unlimited OCR", tied=tied, first_dense=1, window=window)
    s, e = v.section("sam_config"), v.section("encoder_config")
    hidden, clip_width, channels = (
        t.int("hidden_size"),
        e.int("hidden_size", default=1024),
        s.pair("downsample_channels", default=(512, 1024)),
    )
    patch = e.int("patch_size", default=PATCHES)
    return ocr(
        c,
        t,
        "Unlimited OCR",
        tied=tied,
        first_dense=1,
        window=window,
        encoders=(
            *configured_sam(s, channels),
            *clip(
                width=clip_width,
                layers=layer_count(e, "num_hidden_layers", default=24),
                heads=dividing(e, clip_width, e.int("num_attention_heads", default=16)),
                mlp=e.int("intermediate_size", default=4096),
                positions=(e.int("image_size", default=CLIP_SIDE) // patch) ** 2 + 1,
            ),
            *(
                Single("", Tensor(f"model.{name}", (hidden,), Component.OTHER), Part.PROJECTOR)
                for name in ("image_newline", "view_seperator")
            ),
            Single("model.projector.layers", Linear(clip_width + channels[-1], hidden, bias=True), Part.PROJECTOR),
        ),
    )


def deepseek_ocr2(c: Config) -> Architecture:
    """DeepSeek-OCR 2: SAM, then a Qwen2 decoder used as an encoder, which reads learned queries. A config in the
    release's own form is read as that."""
    if lists_encoders(c):
        return released_ocr(c)
    t, v, tied = c.text(), encoder_section(c, "vision_config"), c.flag("tie_word_embeddings", default=False)
    if v is None:
        return ocr(c, t, "DeepSeek-OCR 2", tied=tied)
    s, e = v.section("sam_config"), v.section("encoder_config")
    hidden = t.int("hidden_size")
    separator = Tensor("model.view_seperator", (hidden,), Component.OTHER)
    return ocr(
        c,
        t,
        "DeepSeek-OCR 2",
        tied=tied,
        encoders=(
            *configured_sam(s, s.pair("downsample_channels", default=(512, 896))),
            *qwen_encoder(
                e.int("hidden_size"),
                layers=layer_count(e),
                heads=e.int("num_attention_heads"),
                kv_heads=e.int("num_key_value_heads", default=e.int("num_attention_heads")),
                mlp=e.int("intermediate_size"),
            ),
            Single("", separator, Part.PROJECTOR),
            Single("model.projector.layers", Linear(e.int("hidden_size"), hidden, bias=True), Part.PROJECTOR),
        ),
    )


def dividing(c: Config, width: int, heads: int) -> int:
    """The heads, where they divide the width."""
    head_size(c, width, heads)
    return heads


def configured_sam(s: Config, channels: tuple[int, ...]) -> tuple[Piece, ...]:
    """SAM with every size from transformers' `sam_config`."""
    width = s.int("hidden_size", default=768)
    return sam(
        width=width,
        layers=layer_count(s, "num_hidden_layers", default=12),
        heads=dividing(s, width, s.int("num_attention_heads", default=12)),
        side=s.int("image_size", default=SAM_SIDE) // s.int("patch_size", default=16),
        patch=s.int("patch_size", default=16),
        whole=s.ints("global_attn_indexes", default=(2, 5, 8, 11)),
        channels=channels,
        neck=s.int("output_channels", default=256),
        mlp=s.int("mlp_dim", default=int(width * s.number("mlp_ratio", default=4.0))),
        window=s.int("window_size", default=14),
        bias=s.flag("qkv_bias", default=True),
        positions=s.flag("use_abs_pos", default=True),
        relative=s.flag("use_rel_pos", default=True),
        colours=s.int("num_channels", default=3),
    )


def ocr(
    c: Config,
    t: Config,
    family: str,
    *,
    tied: bool,
    encoders: tuple[Piece, ...] = (),
    first_dense: int = 0,
    window: int | None = None,
) -> Architecture:
    """The decoder under the encoders' names; the decoder alone where the config has no encoders."""
    text = decoder_model(c, family, text_layers(t, first_dense, window), text=t, tied=tied)
    return replace(text, pieces=(*text.pieces, *encoders))


def text_layers(
    t: Config, first_dense: int = 0, window: int | None = None, *, biased: bool = False
) -> tuple[Block, ...]:
    """DeepSeek-V2's layers. Without MLA widths in the config (or with `use_mla` false) the attention is plain.
    `biased`: the selection method `noaux_tc` brings its correction bias, as in the largest VL2."""
    attention = v2_attention(t) if t.has("kv_lora_rank") else plain_attention(t)
    if window is not None and isinstance(attention, Attention):
        attention = replace(attention, window=window)
    corrected = biased and t.word("topk_method", default="greedy") == "noaux_tc"
    sparse = v2_moe(t, "e_score_correction_bias" if corrected else "")
    return deepseek_layers(t, (attention,) * layer_count(t), sparse, first_dense=first_dense, bias=mlp_bias(t))


def vl2_projector(p: Config, inputs: int, n_embed: int) -> Module:
    """VL2's projector: squares of patches through `depth` linear layers, unless a plainer kind is named."""
    inputs, depth = p.int("input_dim", default=inputs), layer_count(p, "depth", default=2)
    kind = p.word("projector_type", default="downsample_mlp_gelu")
    if kind == "linear":
        return Module((("layers", Linear(inputs, n_embed, bias=True)),))
    side, ratio = (
        (p.int("downsample_ratio", default=2), p.int("mlp_ratio", default=1))
        if kind == "downsample_mlp_gelu"
        else (1, 1)
    )
    widths = (inputs * side * side, *((n_embed * ratio,) * (depth - 1)), n_embed)
    return Module(
        tuple(
            (f"layers.{2 * number}", Linear(before, after, bias=True))
            for number, (before, after) in enumerate(itertools.pairwise(widths))
        )
    )
