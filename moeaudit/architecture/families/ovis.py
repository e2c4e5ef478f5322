"""Ovis 2.6 MoE (Alibaba): a Qwen3-MoE language model behind a visual tokenizer."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.config import Config
from moeaudit.architecture.encoders.ovis import visual_tokenizer
from moeaudit.architecture.families.qwen import qwen3_moe
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import encoder_section


def ovis2_6_moe(c: Config) -> Architecture:
    """`llm_config` is Qwen3-MoE's, `vit_config` SigLIP 2's. Names: vLLM 0.33.0, models/ovis2_5.py."""
    t, v = c.text(), encoder_section(c, "vit_config")
    text = qwen3_moe(replace(t, data={"model_type": "qwen3_moe", **t.data}))
    tower = visual_tokenizer(c, v, t.int("hidden_size"))
    return replace(
        text,
        family="Ovis 2.6",
        model_type=c.word("model_type"),
        pieces=(*(replace(piece, prefix=f"llm.{piece.prefix}") for piece in text.pieces), *tower),
    )
