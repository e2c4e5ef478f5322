"""Whole checkpoints against the totals that the Hub shows for them, from their config alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.vocabulary import Kind
from tests.architecture.published import names, parameters, read

EXACT = {
    "deepseek-ai--DeepSeek-V2": 235_741_434_880,
    "deepseek-ai--DeepSeek-V2-Lite": 15_706_484_224,
    "deepseek-ai--DeepSeek-R1": 684_489_845_504,
    "deepseek-ai--DeepSeek-V3.2": 685_355_329_792,
    "zai-org--GLM-4.5": 358_337_791_296,
    "zai-org--GLM-4.5-Air": 110_468_824_832,
    "moonshotai--Moonlight-16B-A3B": 15_960_111_936,
    "moonshotai--Kimi-K2-Instruct": 1_026_408_235_864,
    "moonshotai--Kimi-Linear-48B-A3B": 49_122_681_728,
    "deepseek-ai--DeepSeek-V4-Flash": 290_944_616_402,
    "deepseek-ai--DeepSeek-V4-Pro": 1_598_839_674_782,
    "mistralai--Mixtral-8x22B-v0.1": 140_620_634_112,
}
"""The Hub's totals of whole checkpoints. Those of Moonlight and Kimi K2 count rotary buffers, those of DeepSeek-V4
integer tables."""


@pytest.mark.parametrize(("folder", "total"), EXACT.items())
def test_published_totals(corpus: Path, folder: str, total: int) -> None:
    model = describe(Config(json.loads((corpus / "hub" / folder / "config.json").read_text())))
    buffers = {"moonshotai--Moonlight-16B-A3B", "moonshotai--Kimi-K2-Instruct"}
    assert (
        sum(weight.elements for weight in model.weights if weight.kind is not Kind.BUFFER or folder in buffers) == total
    )


GPT_OSS: dict[str, Any] = {
    "model_type": "gpt_oss",
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "num_hidden_layers": 24,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "num_local_experts": 32,
    "num_experts_per_tok": 4,
    "sliding_window": 128,
    "vocab_size": 201088,
}
"""gpt-oss-20b's published configuration."""


def test_gpt_oss_20b_as_the_weights_its_blocks_stand_for() -> None:
    """OpenAI's card: 20.9B. The Hub's total with blocks unpacked: 20,914,757,184."""
    model = read(GPT_OSS)
    assert parameters(model) == 20_914_757_184
    assert {
        "model.layers.{}.mlp.experts.gate_up_proj",
        "model.layers.{}.mlp.experts.gate_up_proj_bias",
        "model.layers.{}.mlp.experts.down_proj",
        "model.layers.{}.mlp.experts.down_proj_bias",
    } <= names(model)
