"""Models whose search gave every layer its own experts: `block_configs`, one object for each layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.blocks import Attention, Experts
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.errors import UsageError
from tests.architecture.published import parameters

SPANS = (128, None, 8192, None)
"""Windows that the layers of gpt-oss-puzzle-88B have; None where a layer sees everything."""

PUZZLE: dict[str, Any] = json.loads((Path(__file__).parent / "sizes/gpt_oss_puzzle.json").read_text())["config"]


def layers(model: Architecture) -> list[tuple[Any, Any]]:
    """(experts, window) of every layer."""
    [stack] = model.stacks()
    return [
        (
            next(one.experts for one in layer.walk() if isinstance(one, Experts)),
            next(one.window for one in layer.walk() if isinstance(one, Attention)),
        )
        for layer in stack.layers
    ]


def test_gpt_oss_puzzle_has_its_published_total() -> None:
    """97,710,010,944 parameters, as the release's headers give with the packing undone."""
    model = describe(Config(PUZZLE))
    assert parameters(model) == 97_710_010_944
    assert layers(model) == [(64 if number % 3 == 2 else 128, SPANS[number % 4]) for number in range(36)]


def test_objects_under_the_numbers_of_their_layers() -> None:
    """The same as a list; a layer without one has the config's own numbers."""
    blocks = {str(number): block for number, block in enumerate(PUZZLE["block_configs"])}
    assert parameters(describe(Config({**PUZZLE, "block_configs": blocks}))) == 97_710_010_944
    one = describe(Config({**PUZZLE, "num_local_experts": 128, "block_configs": {"2": {"num_local_experts": 64}}}))
    assert [experts for experts, _ in layers(one)] == [64 if number == 2 else 128 for number in range(36)]


@pytest.mark.parametrize("blocks", ["x", 5, [1, 2], [{"num_local_experts": 64}, 3], {"a": {"num_local_experts": 64}}])
def test_objects_that_nobody_can_read_are_not_passed_over(blocks: Any) -> None:
    with pytest.raises(UsageError, match="block_configs holds no object for each layer"):
        describe(Config({**PUZZLE, "block_configs": blocks}))


NEMOTRON: dict[str, Any] = {
    "model_type": "nemotron_h_puzzle",
    "architectures": ["NemotronHPuzzleForCausalLM"],
    "hidden_size": 64,
    "vocab_size": 512,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": 96,
    "mamba_num_heads": 4,
    "mamba_head_dim": 32,
    "ssm_state_size": 16,
    "n_groups": 2,
    "moe_shared_expert_intermediate_size": 48,
    "hybrid_override_pattern": "ME*EE",
    "block_configs": [
        {"block_type": "mamba"},
        {"block_type": "moe", "n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32},
        {"block_type": "attention"},
        {"block_type": "moe", "n_routed_experts": 4, "num_experts_per_tok": 1, "moe_intermediate_size": 32},
        {"block_type": "moe", "n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 16},
    ],
}


def experts_by_layer(config: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    """(layer, experts, experts per token, width)."""
    [stack] = describe(Config(config)).stacks()
    return [
        (number, one.experts, one.selected, one.width)
        for number, layer in enumerate(stack.layers)
        for one in layer.walk()
        if isinstance(one, Experts)
    ]


def test_nemotron_h_puzzle_reads_each_layer() -> None:
    assert experts_by_layer(NEMOTRON) == [(1, 8, 2, 32), (3, 4, 1, 32), (4, 8, 2, 16)]


def test_without_a_pattern_the_objects_say_what_each_layer_is() -> None:
    """vLLM reads `block_type` where a heterogeneous config has no other list."""
    bare = {name: value for name, value in NEMOTRON.items() if name != "hybrid_override_pattern"}
    assert experts_by_layer(bare) == experts_by_layer(NEMOTRON)
