"""Qwen3-Omni (arXiv:2509.17765): a thinker that hears, sees and writes, and a talker that speaks what it thinks."""

from __future__ import annotations

from moeaudit.architecture.blocks import Block, Norm, module
from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.qwen_audio import audio_tower
from moeaudit.architecture.encoders.qwen_talker import code_to_wave, talker
from moeaudit.architecture.encoders.qwen_vision import projection, vision_tower
from moeaudit.architecture.families.common import decoder_model, grouped_attention
from moeaudit.architecture.families.qwen import feed_forwards, has_experts, sparse_block, text_layers
from moeaudit.architecture.model import Architecture, Piece
from moeaudit.architecture.reading import encoder_section, layer_count


def qwen3_omni_moe(c: Config) -> Architecture:
    """The whole model; without `enable_audio_output` only the thinker is stored."""
    speech: tuple[Piece, ...] = ()
    if c.flag("enable_audio_output", default=True) and (talks := encoder_section(c, "talker_config")):
        speech = (*talker(talks), *code_to_wave(c.section("code2wav_config")))
    return thinker(c, c.section("thinker_config", required=True), "thinker.", speech)


def qwen3_omni_moe_thinker(c: Config) -> Architecture:
    """The thinker saved alone."""
    return thinker(c, c, "", ())


def thinker(c: Config, thinks: Config, level: str, speech: tuple[Piece, ...]) -> Architecture:
    """Qwen3-MoE behind an audio and a vision tower."""
    t = thinks.text()
    sparse = sparse_block(t, experts=128, selected=8, renormalise=True) if has_experts(t) else None
    ffns = feed_forwards(t, layer_count(t), sparse)
    vision = vision_tower(
        encoder_section(thinks, "vision_config"), f"{level}visual", merger=merge_sequence, inner="merger_list"
    )
    return decoder_model(
        c,
        "Qwen3-Omni",
        text_layers(t, grouped_attention(t, qk_norm="head", kv_heads=4), ffns),
        text=t,
        tied=thinks.flag("tie_word_embeddings", default=False),
        prefix=f"{level}model",
        head=f"{level}lm_head",
        after=(*audio_tower(encoder_section(thinks, "audio_config"), f"{level}audio_tower"), *vision, *speech),
    )


def merge_sequence(normed: int, merged: int, output: int) -> Block:
    """Qwen3-VL's merger under Qwen2-VL's names."""
    return module(
        {"ln_q": Norm(normed, bias=True), "mlp.0": projection(merged, merged), "mlp.2": projection(merged, output)}
    )
