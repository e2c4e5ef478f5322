"""Numbers that a config leaves open: those that move a count are named with what they move."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.architecture.config import Config
from moeaudit.architecture.defaults import Assumed, assumed
from moeaudit.architecture.families import describe
from moeaudit.errors import AuditError
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Component
from tests.architecture.configurations import fields
from tests.architecture.recordings import ABSENT, changed
from tests.architecture.test_laws import CONFIGS
from tests.conftest import corpus_cases

ERNIE_300B = {
    "model_type": "ernie4_5_moe",
    "hidden_size": 8192,
    "intermediate_size": 28672,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "num_hidden_layers": 54,
    "vocab_size": 103424,
    "use_bias": False,
    "moe_num_experts": 64,
    "moe_layer_start_index": 3,
    "moe_intermediate_size": 3584,
    "moe_k": 8,
    "tie_word_embeddings": False,
}
"""ERNIE-4.5-300B-A47B as published, less its statement on shared experts (it has none)."""


def left_open(data: dict[str, Any]) -> tuple[Assumed, ...]:
    config = Config(data, defaulted=[])
    return assumed(config, describe, describe(config))


def test_the_field_the_value_and_the_effect_are_named() -> None:
    """The published 300B and 47B hold without shared experts; the family's default makes 308B and 57B."""
    [one] = left_open(ERNIE_300B)
    assert one.notice().message == (
        "config.json does not state moe_num_shared_experts; 2 is assumed: total 308.47B, active 56.91B; "
        "with 0 it is 299.48B and 47.93B"
    )
    assert (one.path, one.settled_by_weights, one.moves) == (
        "moe_num_shared_experts",
        True,
        (Component.SHARED_EXPERTS,),
    )
    assert left_open(ERNIE_300B | {"moe_num_shared_experts": 0}) == ()


def test_a_field_without_a_value_is_said_to_be_null() -> None:
    [one] = left_open(ERNIE_300B | {"moe_num_shared_experts": None})
    assert one.notice().message.startswith("moe_num_shared_experts is null in config.json; 2 is assumed")


def test_experts_per_token_move_the_active_part_alone() -> None:
    """Qwen3-MoE's configuration class gives 8 of 128 where nothing is said; the weights cannot tell."""
    config = changed(CONFIGS["qwen3_moe"], {"num_experts_per_tok": ABSENT, "num_experts": 128})
    one = next(one for one in left_open(config) if one.path == "num_experts_per_tok")
    assert one.total == one.other_total
    assert one.active < one.other_active
    assert not one.settled_by_weights


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"num_key_value_heads": None, "head_dim": ABSENT}, id="follows from the heads"),
        pytest.param({"rope_theta": ABSENT, "sliding_window": ABSENT}, id="no count"),
    ],
)
def test_what_follows_or_moves_nothing_is_no_finding(change: dict[str, Any]) -> None:
    assert left_open(changed(CONFIGS["mixtral"], change)) == ()


@pytest.mark.parametrize("model_type", CONFIGS)
@settings(max_examples=4, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_field_left_out_is_named_or_moves_little(model_type: str, data: st.DataObject) -> None:
    """What a finding says is what the config describes with the value written down, either value."""
    whole = CONFIGS[model_type]
    numbers = [path for path, value in fields(whole) if type(value) is int and value and path.count(".") < 2]
    config = changed(whole, {data.draw(st.sampled_from(numbers)): ABSENT})
    try:
        found = left_open(config)
    except AuditError:
        return
    for one in found:
        for value, counts in (
            (one.value, (one.total, one.active)),
            (one.alternative, (one.other_total, one.other_active)),
        ):
            figures = measure_all(config_ledger(describe(Config(changed(config, {one.path: value})))))
            total = figures["total.full"]
            assert isinstance(total, Count)
            assert total.value == counts[0]


TRIMMED = {"Qwen--Qwen3.5-35B-A3B__ome", "google--gemma-4-26B-A4B__ome", "toy--VeOmni-glm_moe_dsa_toy"}
"""Configs that other projects' tests have cut short: what they leave out decides."""


@pytest.mark.parametrize("path", corpus_cases("hub/*/config.json"))
def test_published_configs_leave_nothing_open(corpus: Path, path: Path) -> None:
    try:
        found = left_open(json.loads(path.read_text()))
    except AuditError:
        return
    assert bool(found) is (path.parent.name in TRIMMED), [one.notice().message for one in found]
