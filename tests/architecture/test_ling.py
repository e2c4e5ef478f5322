"""Three models of one type: `bailing_hybrid` is Ling 2.5 as released, Ling 3.0 as released, and as transformers saves
it."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.blocks import LatentAttention
from moeaudit.architecture.blocks.kimi_delta import KimiDelta
from moeaudit.architecture.blocks.linear_attention import LightningAttention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from tests.architecture.outside import OUTSIDE
from tests.architecture.published import names, parameters, read


@pytest.mark.parametrize(
    ("own", "class_name"),
    [("bailing_moe_v2_5", "BailingMoeV2_5ForCausalLM"), ("bailing_moe_v3", "BailingMoeV3ForCausalLM")],
)
def test_the_common_type_is_read_by_its_class_and_fields(own: str, class_name: str) -> None:
    config: dict[str, Any] = {**OUTSIDE[own], "model_type": "bailing_hybrid", "architectures": [class_name]}
    shared, alone = Config(config), Config({**OUTSIDE[own], "model_type": own})
    assert describe(shared).weights == describe(alone).weights
    assert [notice.rule for notice in shared.notices] == []


def test_a_release_names_the_output_of_its_delta_attention_otherwise_than_transformers() -> None:
    saved = {**OUTSIDE["bailing_moe_v3"], "model_type": "bailing_hybrid", "q_lora_rank": None}
    released = {**saved, "architectures": ["BailingMoeV3ForCausalLM"]}
    assert "model.layers.{}.attention.o_proj.weight" in names(read(released))
    assert "model.layers.{}.attention.o_proj.weight" not in names(read(saved))


@pytest.mark.parametrize(("own", "linear"), [("bailing_moe_v2_5", LightningAttention), ("bailing_moe_v3", KimiDelta)])
def test_layers_that_fill_no_group_have_full_attention(own: str, linear: type) -> None:
    """Seven layers in groups of three: two linear ones to a full one, twice, and a full one at the end."""
    model = read({**OUTSIDE[own], "model_type": own}, num_hidden_layers=7, layer_group_size=3)
    [stack] = model.stacks()
    kinds = [
        next(type(block) for block in layer.walk() if isinstance(block, linear | LatentAttention))
        for layer in stack.layers
    ]
    assert kinds == [linear, linear, LatentAttention] * 2 + [LatentAttention]


def test_each_shared_expert_has_the_width_that_the_config_gives() -> None:
    """By hand: two shared experts in five layers, 3 · 256 weights for every feature of their width."""
    plain = {**OUTSIDE["bailing_moe_v2_5"], "model_type": "bailing_moe_v2_5", "num_nextn_predict_layers": 0}
    wider = parameters(read(plain, moe_shared_expert_intermediate_size=100))
    assert wider - parameters(read(plain)) == 5 * 2 * 3 * 256 * (100 - 96)


def test_ling_lite() -> None:
    """Ling's report: 16.8 billion parameters, 2.75 billion of them active."""
    model = read(
        {
            "model_type": "bailing_moe",
            "hidden_size": 2048,
            "intermediate_size": 5632,
            "moe_intermediate_size": 1408,
            "num_hidden_layers": 28,
            "num_attention_heads": 16,
            "num_key_value_heads": 4,
            "num_experts": 64,
            "num_experts_per_tok": 6,
            "num_shared_experts": 2,
            "vocab_size": 126464,
        }
    )
    active = sum(weight.elements * weight.share.typical for weight in model.weights)
    assert round(parameters(model) / 1e9, 1) == 16.8 and round(float(active) / 1e9, 2) == 2.75


def test_ming_has_routers_for_other_modalities_and_says_what_is_not_counted() -> None:
    config = Config(
        {
            "model_type": "bailingmm",
            "vision_config": {"depth": 32},
            "llm_config": {
                "hidden_size": 64,
                "intermediate_size": 80,
                "moe_intermediate_size": 40,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "num_experts": 4,
                "num_experts_per_tok": 2,
                "vocab_size": 100,
                "multi_gate": True,
            },
        }
    )
    assert {"model.model.layers.{}.mlp.image_gate.weight", "model.model.word_embeddings.weight"} <= names(
        describe(config)
    )
    assert [notice.rule for notice in config.notices] == ["config-section-uncounted"]
