"""Nemotron-H: experts in a latent, prediction layers with norms of their own, and its pattern of layers."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Component, Part
from tests.architecture.published import parameters, read

NEMOTRON: dict[str, Any] = {
    "model_type": "nemotron_h",
    "hidden_size": 4096,
    "hybrid_override_pattern": "MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*"
    "EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME",
    "num_attention_heads": 32,
    "num_key_value_heads": 2,
    "intermediate_size": 2688,
    "moe_intermediate_size": 2688,
    "moe_latent_size": 1024,
    "moe_shared_expert_intermediate_size": 5376,
    "n_routed_experts": 512,
    "num_experts_per_tok": 22,
    "num_nextn_predict_layers": 1,
    "mtp_hybrid_override_pattern": "*E",
    "vocab_size": 131072,
}
"""Nemotron 3 Super's published configuration."""


def test_nemotron_3_super_in_its_latent() -> None:
    """NVIDIA's report: 120.6B parameters, 12.7B active (both cut, not rounded)."""
    model = read(NEMOTRON)
    main = [weight for weight in model.weights if weight.part is Part.LANGUAGE]
    used = sum(weight.elements * weight.share.typical for weight in main)
    assert [int(count / 1e8) / 10 for count in (parameters(model, Part.LANGUAGE), used)] == [120.6, 12.7]
    latent = [weight for weight in model.weights if "latent_proj" in weight.name and weight.part is Part.LANGUAGE]
    assert {weight.component for weight in latent} == {Component.OTHER} and all(weight.note for weight in latent)


def test_nemotron_prediction_layers_begin_and_end_with_norms_of_their_own() -> None:
    stored = [name for weight in read(NEMOTRON).weights if weight.part is Part.MTP for name in weight.names()]
    assert sorted(name for name in stored if "norm." in name) == [
        "mtp.layers.0.enorm.weight",
        "mtp.layers.0.hnorm.weight",
        "mtp.layers.0.norm.weight",
        "mtp.layers.1.final_layernorm.weight",
        "mtp.layers.1.norm.weight",
    ]


def test_a_pattern_that_contradicts_the_number_of_layers_is_noticed() -> None:
    config = Config({**NEMOTRON, "num_hidden_layers": 52})
    assert describe(config).count_layers() == 88
    assert [notice.rule for notice in config.notices] == ["config-layers-differ"]
    with pytest.raises(UsageError, match="layer kinds"):
        read(NEMOTRON, hybrid_override_pattern="MEX")
