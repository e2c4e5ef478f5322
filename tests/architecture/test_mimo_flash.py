"""MiMo-V2-Flash: what its report counts, and the patterns of its release."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.blocks import Attention
from moeaudit.architecture.weights import Presence
from moeaudit.errors import UsageError
from moeaudit.vocabulary import Part
from tests.architecture.published import parameters, read

MIMO: dict[str, Any] = {
    "model_type": "mimo_v2_flash",
    "hidden_size": 4096,
    "intermediate_size": 16384,
    "moe_intermediate_size": 2048,
    "num_hidden_layers": 48,
    "num_attention_heads": 64,
    "num_key_value_heads": 4,
    "n_routed_experts": 256,
    "num_experts_per_tok": 8,
    "sliding_window_size": 128,
    "vocab_size": 152576,
}
"""MiMo-V2-Flash's published configuration."""


def test_mimo_as_its_report_counts_it() -> None:
    """Xiaomi's report: 309B in all, and 0.33B for each prediction module."""
    model = read(MIMO)
    assert round(parameters(model, Part.LANGUAGE) / 1e9) == 309
    modules = parameters(model, Part.MTP, presence=Presence.OPTIONAL)
    assert round(modules / 3 / 1e9, 2) == 0.33


def test_mimo_reads_the_patterns_of_its_release() -> None:
    """Every sixth layer and the first attend fully; windowed ones see 128 tokens before the query and have sinks."""
    pattern = [int(number > 0 and (number + 1) % 6 != 0) for number in range(48)]
    stated = read(MIMO, hybrid_layer_pattern=pattern, moe_layer_freq=[0] + [1] * 47, swa_num_key_value_heads=8)
    assert stated == read(MIMO)
    attention = [block for block in stated.find(Attention) if isinstance(block, Attention)]
    assert {(block.window, block.kv_heads, block.sinks) for block in attention} == {(None, 4, False), (129, 8, True)}
    with pytest.raises(UsageError, match="hybrid_layer_pattern has 2 entries for 48 layers"):
        read(MIMO, hybrid_layer_pattern=[0, 1])
