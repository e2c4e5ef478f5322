"""Frames that hold a language model of another family behind a vision tower: InternVL and Intern-S1, Command A Vision,
dots.vlm, Ling 3.0 with a tower. Mistral 3's frame stands with its lineage."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.dots import vlm_tower
from moeaudit.architecture.encoders.intern import chat_tower, saved_tower, siglip_tower
from moeaudit.architecture.encoders.qwen_vision import plain_tower
from moeaudit.architecture.families.bailing import bailing_moe_v3
from moeaudit.architecture.families.deepseek import deepseek_v3
from moeaudit.architecture.families.registry import describe
from moeaudit.architecture.model import Architecture, Piece
from moeaudit.architecture.reading import encoder_section


def internvl_chat(c: Config) -> Architecture:
    """InternVL 3.5 as released (arXiv:2508.18265): any language model of a known type under `language_model`, an
    InternViT, and a projector. Names: SGLang 0.5.23, models/internvl.py."""
    t, v = c.section("llm_config", required=True), encoder_section(c, "vision_config")
    return framed(c, describe(t), "language_model.model.", "language_model.", chat_tower(c, v, t.int("hidden_size")))


def internvl(c: Config) -> Architecture:
    """InternVL as transformers saves it, and Intern-S1 (arXiv:2508.15763), whose release uses the same names (vLLM
    0.33.0, models/interns1.py)."""
    t, v = c.section("text_config", required=True), encoder_section(c, "vision_config")
    text = describe(with_tying(c, t))
    return framed(c, text, "model.language_model.", "", saved_tower(c, v, t.int("hidden_size")))


def cohere2_vision(c: Config) -> Architecture:
    """Command A Vision's frame around Cohere 2 with experts: SigLIP and a gated projector."""
    t, v = c.section("text_config", required=True), encoder_section(c, "vision_config")
    text = describe(with_tying(c, t))
    return framed(c, text, "model.language_model.", "", siglip_tower(c, v, t.int("hidden_size")))


def dots_vlm(c: Config) -> Architecture:
    """dots.vlm1: DeepSeek-V3, its fields beside the tower's section. Names: SGLang 0.5.23, models/dots_vlm.py."""
    v = encoder_section(c, "vision_config")
    return framed(c, deepseek_v3(c), "model.", "", vlm_tower(v) if v is not None else ())


def bailing_moe_v3_vl(c: Config) -> Architecture:
    """Ling 3.0 behind Qwen3-VL's tower, without inner mergers. Names: vLLM 0.33.0, models/bailing_moe_v3_vl.py."""
    t, v = c.section("text_config", required=True), encoder_section(c, "vision_config")
    return framed(c, bailing_moe_v3(t), "model.", "", plain_tower(v, t.int("hidden_size")) if v is not None else ())


def with_tying(c: Config, t: Config) -> Config:
    """The text section, tied as the whole config says."""
    return replace(t, data={**t.data, "tie_word_embeddings": c.flag("tie_word_embeddings", default=False)})


def framed(c: Config, text: Architecture, body: str, head: str, encoders: tuple[Piece, ...]) -> Architecture:
    """The language model with `body` for the `model.` of its own names and `head` before those outside of it."""
    pieces = tuple(
        replace(
            piece,
            prefix=body + piece.prefix.removeprefix("model.")
            if piece.prefix.startswith("model.")
            else head + piece.prefix,
        )
        for piece in text.pieces
    )
    return replace(text, model_type=c.word("model_type"), pieces=(*pieces, *encoders))
