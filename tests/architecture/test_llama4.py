"""Llama 4: dense layers between sparse ones, chunks, its vision tower, and where its head is tied."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.blocks import Attention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.vocabulary import Component, Part
from tests.architecture.published import parameters, read

LLAMA4: dict[str, Any] = {
    "model_type": "llama4",
    "architectures": ["Llama4ForConditionalGeneration"],
    "text_config": {
        "hidden_size": 5120,
        "intermediate_size": 8192,
        "intermediate_size_mlp": 16384,
        "interleave_moe_layer_step": 2,
        "num_hidden_layers": 48,
        "num_attention_heads": 40,
        "num_key_value_heads": 8,
        "num_local_experts": 128,
        "num_experts_per_tok": 1,
        "vocab_size": 202048,
    },
    "vision_config": {
        "hidden_size": 1408,
        "intermediate_size": 5632,
        "num_hidden_layers": 34,
        "image_size": 336,
        "vision_output_dim": 4096,
    },
}
"""Llama 4 Maverick's published configuration."""


def test_llama_4_maverick_with_its_vision_tower() -> None:
    """The Hub's total: 401,583,781,376. Every second layer is dense, with a width of its own."""
    model = read(LLAMA4)
    assert parameters(model) == 401_583_781_376
    assert model.count_layers() == 48
    widths = {weight.shape for weight in model.weights if weight.component is Component.DENSE_FFN}
    assert (16384, 5120) in widths


def test_an_encoder_that_the_config_does_not_describe_is_left_out_and_noticed() -> None:
    config = Config({name: value for name, value in LLAMA4.items() if name != "vision_config"})
    model = describe(config)
    assert not [weight for weight in model.weights if weight.part is not Part.LANGUAGE]
    assert [notice.rule for notice in config.notices] == ["config-section-missing"]


@pytest.mark.parametrize(("written", "stored"), [(True, 0), (False, 1)])
def test_llama_4_ties_its_head_where_the_language_models_section_says_so(written: bool, stored: int) -> None:
    text = {**LLAMA4["text_config"], "tie_word_embeddings": written}
    assert sum(weight.component is Component.HEAD for weight in read(LLAMA4, text_config=text).weights) == stored


def test_chunked_layers_see_their_chunk_and_full_layers_everything() -> None:
    attention = [block for block in read(LLAMA4).find(Attention) if isinstance(block, Attention)]
    assert {(block.window, block.chunked) for block in attention} == {(8192, True), (None, False)}
