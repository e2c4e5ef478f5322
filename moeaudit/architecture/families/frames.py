"""Frames that hold a language model of another family behind a vision tower: InternVL and Intern-S1, Command A Vision,
dots.vlm. Mistral 3's frame stands with its lineage."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.dots import vlm_tower
from moeaudit.architecture.encoders.intern import chat_tower, saved_tower, siglip_tower
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
    """InternVL as transformers saves it: the language model as by itself, below `language_model`."""
    t, v = c.section("text_config", required=True), encoder_section(c, "vision_config")
    text = describe(with_tying(c, t, default=True))
    return framed(c, text, "language_model.model.", "language_model.", saved_tower(c, v, t.int("hidden_size"), ""))


def interns1(c: Config) -> Architecture:
    """Intern-S1 (arXiv:2508.15763): InternVL's parts in the names of its release (vLLM 0.33.0, models/interns1.py)."""
    t, v = c.section("text_config", required=True), encoder_section(c, "vision_config")
    text = describe(with_tying(c, t, default=False))
    return framed(c, text, "model.language_model.", "", saved_tower(c, v, t.int("hidden_size"), "model."))


def cohere2_vision(c: Config) -> Architecture:
    """Command A Vision's frame around Cohere 2 with experts: SigLIP and a gated projector."""
    t, v = c.section("text_config", required=True), encoder_section(c, "vision_config")
    text = describe(with_tying(c, t, default=True))
    return framed(c, text, "model.language_model.", "", siglip_tower(c, v, t.int("hidden_size")))


def dots_vlm(c: Config) -> Architecture:
    """dots.vlm1: DeepSeek-V3, its fields beside the tower's section. Names: SGLang 0.5.23, models/dots_vlm.py."""
    v = encoder_section(c, "vision_config")
    return framed(c, deepseek_v3(c), "model.", "", vlm_tower(v) if v is not None else ())


def with_tying(c: Config, t: Config, *, default: bool) -> Config:
    """The text section, tied as the whole config says."""
    return replace(t, data={**t.data, "tie_word_embeddings": c.flag("tie_word_embeddings", default=default)})


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
