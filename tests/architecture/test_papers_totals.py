"""Lineages from Switch to Grok: what their papers print, from the fields that decide sizes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.families.grok import gated_width
from moeaudit.architecture.model import Architecture
from moeaudit.vocabulary import Component, Part
from tests.architecture.published import DBRX, NLLB, SWITCH_C, described, total

PHI_TINY = {
    "hidden_size": 4096,
    "intermediate_size": 448,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "num_local_experts": 16,
    "num_experts_per_tok": 2,
    "vocab_size": 32064,
    "attention_bias": True,
    "lm_head_bias": True,
}


OLMOE = {
    "hidden_size": 2048,
    "intermediate_size": 1024,
    "num_hidden_layers": 16,
    "num_attention_heads": 16,
    "num_experts": 64,
    "num_experts_per_tok": 8,
    "vocab_size": 50304,
}


HUNYUAN = {
    "hidden_size": 4096,
    "intermediate_size": 3072,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "attention_head_dim": 128,
    "num_experts": 64,
    "moe_topk": [8] * 32,
    "num_shared_expert": [1] * 32,
    "use_qk_norm": True,
    "moe_intermediate_size": [3072] * 32,
    "vocab_size": 128167,
    "tie_word_embeddings": True,
}


ARCTIC = {
    "hidden_size": 7168,
    "intermediate_size": 4864,
    "num_hidden_layers": 35,
    "num_attention_heads": 56,
    "num_key_value_heads": 8,
    "num_local_experts": 128,
    "num_experts_per_tok": 2,
    "moe_layer_frequency": 1,
    "parallel_attn_mlp_res": True,
    "vocab_size": 32000,
}


GROK = {
    "hidden_size": 6144,
    "intermediate_size": 32768,
    "num_hidden_layers": 64,
    "num_attention_heads": 48,
    "num_key_value_heads": 8,
    "num_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 131072,
}


def active(architecture: Architecture, token: str = "typical") -> Fraction:
    weights = (weight for weight in architecture.weights if weight.part is Part.LANGUAGE)
    return sum((weight.elements * getattr(weight.share, token) for weight in weights), Fraction(0))


@pytest.mark.parametrize(
    ("model_type", "fields", "billions", "active_billions"),
    [
        ("switch_transformers", SWITCH_C, (1570.5, 1571.5), None),  # arXiv:2101.03961, table 9: 1571B
        ("nllb-moe", NLLB, (54.45, 54.55), None),  # arXiv:2207.04672, section 6.3: 54.5B
        ("dbrx", DBRX, (131.5, 132.5), (35.5, 36.5)),  # Databricks, "Introducing DBRX": 132B total, 36B active
        ("phimoe", PHI_TINY, (3.75, 3.85), None),  # arXiv:2506.18349, table 1: Phi-tiny-MoE 3.8B
        ("olmoe", OLMOE, (6.85, 6.95), (1.25, 1.35)),  # arXiv:2409.02060, table 1: 6.9B total, 1.3B active
        ("hunyuan", HUNYUAN, (79.5, 80.5), (12.5, 13.5)),  # Hunyuan-A13B technical report: 80B total, 13B active
        ("arctic", ARCTIC, (475, 485), (16.5, 17.5)),  # Snowflake, "Arctic": 480B total, 17B active
        (
            "grok-1",
            GROK,
            (315.5, 316.5),
            None,
        ),  # github.com/xai-org/grok-1: 314B, without the token table (see the spec file)
    ],
)
def test_published_totals(
    model_type: str,
    fields: Mapping[str, Any],
    billions: tuple[float, float],
    active_billions: tuple[float, float] | None,
) -> None:
    architecture = described(model_type, fields)
    assert billions[0] <= total(architecture) / 1e9 < billions[1]
    if active_billions:
        assert active_billions[0] <= active(architecture) / 10**9 < active_billions[1]


def test_phi_tiny_is_its_index() -> None:
    """model.safetensors.index.json of microsoft/Phi-tiny-MoE-instruct: 1957 names, total_size 7,510,440,576 in bf16."""
    architecture = described("phimoe", PHI_TINY)
    assert sum(1 for weight in architecture.weights for _ in weight.names()) == 1957
    assert 2 * total(architecture) == 7_510_440_576


@pytest.mark.parametrize("folder", ["microsoft--Phi-tiny-MoE-instruct"])
def test_names_of_published_indexes(corpus: Path, folder: str) -> None:
    config, index = (
        json.loads((corpus / "hub" / folder / name).read_text())
        for name in ("config.json", "model.safetensors.index.json")
    )
    assert {name for weight in describe(Config(config)).weights for name in weight.names()} == set(index["weight_map"])


def test_arctic_is_dense_and_sparse_side_by_side() -> None:
    """Snowflake, "Arctic": a 10B dense transformer with a residual 128 × 3.66B MoE MLP."""
    architecture = described("arctic", ARCTIC)
    routed = sum(weight.elements for weight in architecture.weights if weight.component is Component.ROUTED_EXPERTS)
    assert round(routed / 128 / 1e9, 2) == 3.66 and round((total(architecture) - routed) / 1e9) == 10


def test_grok_widens_by_two_thirds_of_eight() -> None:
    """model.py of the release: ffn_size(6144, 8) is 32768."""
    assert gated_width(6144, 8.0) == 32768
    assert total(
        described("grok-1", {name: value for name, value in GROK.items() if name != "intermediate_size"})
    ) == total(described("grok-1", GROK))
