"""Lists in fields that stand for one number, in every family: each layer has its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.revise import with_experts
from moeaudit.errors import UsageError
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Absent
from moeaudit.vocabulary import Part
from tests.architecture.recordings import changed
from tests.architecture.test_laws import CONFIGS
from tests.architecture.test_revise import FIELDS, SQUARES

TWO_STACKS = ("switch_transformers", "nllb-moe")
ONE_STACK = {model_type: path for model_type, path in FIELDS.items() if model_type not in TWO_STACKS}
MIXTRAL = {
    "model_type": "mixtral",
    "hidden_size": 64,
    "intermediate_size": 32,
    "num_attention_heads": 4,
    "num_hidden_layers": 3,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 100,
    "tie_word_embeddings": False,
}


def full(config: dict[str, Any]) -> tuple[int, int]:
    figures = measure_all(config_ledger(describe(Config(config))))
    total, active = figures["total.full"], figures["active.full"]
    assert not isinstance(total, Absent) and not isinstance(active, Absent)
    return total.bounds[0], active.bounds[0]


@pytest.mark.parametrize("model_type", ONE_STACK)
@settings(max_examples=2, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_list_of_expert_counts_revises_each_layer(model_type: str, data: st.DataObject) -> None:
    """The other way to the same layers: `with_experts` on the config with one number."""
    config, path = CONFIGS[model_type], ONE_STACK[model_type]
    plain = describe(Config(changed(config, {path: 49})))
    [stack] = plain.stacks()
    counts = data.draw(st.lists(st.sampled_from(SQUARES[2:]), min_size=len(stack.layers), max_size=len(stack.layers)))
    places = {(stack.prefix, number): count for number, count in enumerate(counts)}
    for more in plain.stacks(Part.MTP):
        places |= {(more.prefix, more.first + at): counts[-1] for at in range(len(more.layers))}
    listed = describe(Config(changed(config, {path: counts})))
    assert listed.weights == with_experts(plain, places).weights


@pytest.mark.parametrize("model_type", TWO_STACKS)
def test_a_list_for_two_stacks_is_an_error(model_type: str) -> None:
    with pytest.raises(UsageError, match="2 stacks of layers, and one list"):
        describe(Config(changed(CONFIGS[model_type], {FIELDS[model_type]: [8, 8, 8, 8]})))


def test_experts_per_token_and_widths_by_layer() -> None:
    """By hand: an expert is 3 · 64 · width; a token uses the layer's own number of them."""
    total, active = full(MIXTRAL)
    lists = {"num_experts_per_tok": [1, 2, 4], "intermediate_size": [32, 16, 8]}
    listed = full(MIXTRAL | lists)
    assert total - listed[0] == 8 * 3 * 64 * (32 * 3 - (32 + 16 + 8))
    assert active - listed[1] == 3 * 64 * (2 * 32 * 3 - (1 * 32 + 2 * 16 + 4 * 8))


def test_a_list_with_one_number_and_one_for_the_layers_with_experts() -> None:
    config = CONFIGS["deepseek_v3"]
    sparse = config["num_hidden_layers"] - config["first_k_dense_replace"]
    experts = config["n_routed_experts"]
    assert config["first_k_dense_replace"]
    for values in ([experts], [experts] * sparse, [None] * (config["num_hidden_layers"] - sparse) + [experts] * sparse):
        assert full(config | {"n_routed_experts": values}) == full(config)
    with pytest.raises(UsageError, match="entries for"):
        full(config | {"n_routed_experts": [experts] * (sparse - 1)})


def test_the_same_list_under_two_names_is_no_contradiction() -> None:
    config = Config(MIXTRAL | {"num_experts": [8, 4, 2], "num_local_experts": [8, 4, 2]})
    describe(config)
    assert config.notices == []


def test_one_object_for_each_layer() -> None:
    """Layer 1 has half the experts of half the width, of which a token uses one."""
    blocks = [{"ffn": {"num_experts": 8}}, {"ffn": {"n_routed_experts": 4, "intermediate_size": 16}, "topk": 1}, {}]
    lists = {"num_local_experts": [8, 4, 8], "intermediate_size": [32, 16, 32], "num_experts_per_tok": [2, 1, 2]}
    assert full(MIXTRAL | {"block_configs": blocks}) == full(MIXTRAL | lists)
    with pytest.raises(UsageError, match="layer 1 of block_configs leaves out a part"):
        full(MIXTRAL | {"block_configs": [{}, {"attention": {"no_op": True}}, {}]})


def test_nemotron_puzzle() -> None:
    """Shapes counted from the stored tensors of a model of this class: vLLM's pull request 32549 reads such configs."""
    blocks = [
        {"block_type": "mamba"},
        {"block_type": "moe", "moe_intermediate_size": 320, "n_routed_experts": 64, "num_experts_per_tok": 4},
        {"block_type": "attention"},
        {"block_type": "moe", "moe_intermediate_size": 672, "n_routed_experts": 64, "num_experts_per_tok": 18},
    ]
    for block in (blocks[1], blocks[3]):
        block |= {"moe_latent_size": 256, "moe_shared_expert_intermediate_size": 1024}
    config = {
        "model_type": "nemotron_h_puzzle",
        "hidden_size": 512,
        "vocab_size": 4096,
        "num_attention_heads": 8,
        "num_key_value_heads": 1,
        "head_dim": 128,
        "mamba_num_heads": 16,
        "n_groups": 1,
        "block_configs": blocks,
        "n_shared_experts": 1,
    }
    assert full(config) == (42_289_072, 16_631_728)


def test_more_different_layers_than_the_work_is_worth() -> None:
    config = MIXTRAL | {"num_hidden_layers": 1000, "num_local_experts": list(range(8, 1008))}
    with pytest.raises(UsageError, match="1000 different layers"):
        describe(Config(config))
