"""Qwen3-Next to Qwen 4: modules left open, names of a language model saved from the whole, and what no Qwen 4 is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.blocks import SequenceState
from moeaudit.architecture.blocks.linear_attention import GatedDeltaNet
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Presence
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Part
from tests.architecture.published import names, parameters, read

QWEN3_NEXT: dict[str, Any] = {
    "model_type": "qwen3_next",
    "hidden_size": 2048,
    "intermediate_size": 5120,
    "num_hidden_layers": 48,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "head_dim": 256,
    "moe_intermediate_size": 512,
    "shared_expert_intermediate_size": 512,
    "num_experts": 512,
    "num_experts_per_tok": 10,
    "vocab_size": 151936,
    "full_attention_interval": 4,
}
"""Qwen3-Next-80B-A3B's published configuration."""


QWEN3_5: dict[str, Any] = {
    "model_type": "qwen3_5_moe_text",
    "hidden_size": 2048,
    "num_hidden_layers": 40,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "moe_intermediate_size": 512,
    "shared_expert_intermediate_size": 512,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "mtp_num_hidden_layers": 1,
    "vocab_size": 248320,
}
"""A pruned Qwen3.5-35B-A3B, published as its language model alone."""


def test_qwen3_next_does_not_say_whether_its_prediction_module_is_stored() -> None:
    """The Hub's totals: 81,324,862,720 for Qwen3-Next, 79,674,391,296 for Qwen3-Coder-Next, which has none."""
    model = read(QWEN3_NEXT)
    assert parameters(model) == 79_674_391_296
    assert parameters(model, presence=None) == 81_324_862_720
    assert {weight.presence for weight in model.weights if weight.part is Part.MTP} == {Presence.OPTIONAL}
    assert model.notes


def test_a_language_model_saved_from_the_multimodal_class_keeps_its_names() -> None:
    """bryce-hoehn/Qwen3.5-18B-REAP-A3B-Coding: 37,087,995,136 bytes in 16 bits, names below `model.language_model`."""
    multimodal = read(QWEN3_5, architectures=["Qwen3_5MoeForConditionalGeneration"])
    assert parameters(multimodal) * 2 == 37_087_995_136
    assert "model.language_model.embed_tokens.weight" in names(multimodal)
    assert "model.embed_tokens.weight" in names(read(QWEN3_5, architectures=["Qwen3_5MoeForCausalLM"]))


def test_delta_net_keeps_a_matrix_a_value_head_and_a_short_window() -> None:
    """Qwen3-Next: n_v · d_k · d_v and (2 · n_k · d_k + n_v · d_v) · (K − 1), whatever the context."""
    (block,) = read(QWEN3_NEXT).find(GatedDeltaNet)
    (state,) = [need for need in block.caches() if isinstance(need, SequenceState)]
    assert state.recurrent == 32 * 128 * 128
    assert state.convolution == (2 * 16 * 128 + 32 * 128) * 3
    assert block.mixing_flops(100_000, decode=True) == block.mixing_flops(1, decode=True) == 7 * 32 * 128 * 128
    assert block.mixing_flops(100_000, decode=False) == block.mixing_flops(64, decode=False)


RECORDED = Path(__file__).parent / "recorded"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"indexer_n_heads": 4, "indexer_head_dim": 8, "indexer_budget": 64, "indexer_kv_heads": 2}, "one key head"),
        ({"ple_layer_ids": [999]}, "ple_layer_ids names layer 999"),
        ({"ple_layer_ids": [1], "ngram_size": 3, "heads_per_ngram": 5, "ple_embed_dim": 64}, "10 n-gram look-ups do"),
        ({"ple_layer_ids": [1], "ngram_size": 3, "heads_per_ngram": 2049}, "4098 n-gram look-ups, more than 4,096"),
    ],
)
def test_what_no_qwen4_is(fields: Mapping[str, Any], words: str) -> None:
    config = json.loads((RECORDED / "qwen4_exp_text.json").read_text())["config"]
    with pytest.raises(UsageError, match=words):
        describe(Config(config | dict(fields)))
