"""Laguna: attention heads by layer."""

from __future__ import annotations

from tests.architecture.published import SMALL, described


def test_laguna_has_heads_by_layer() -> None:
    fields = {**SMALL, "num_experts": 4, "num_attention_heads_per_layer": [4, 8, 8, 4]}
    gates = {
        name: weight.shape
        for weight in described("laguna", fields).weights
        if "g_proj" in weight.name
        for name in weight.names()
    }
    assert [gates[f"model.layers.{number}.self_attn.g_proj.weight"][0] for number in range(4)] == [4, 8, 8, 4]
