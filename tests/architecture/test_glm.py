"""GLM 4.5 to 5: copies that one release stores and the next does not, and layers that choose for others."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from moeaudit.architecture.weights import Presence
from tests.architecture.published import V3, parameters, read


def test_glm_45_leaves_open_whether_copies_are_stored() -> None:
    """The Hub's total of GLM-4.5, which stores them, is 358,337,791,296; GLM-4.6 has the same config and does not."""
    glm = read(
        {
            "model_type": "glm4_moe",
            "hidden_size": 5120,
            "intermediate_size": 12288,
            "moe_intermediate_size": 1536,
            "num_hidden_layers": 92,
            "num_attention_heads": 96,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "attention_bias": True,
            "use_qk_norm": True,
            "n_routed_experts": 160,
            "n_shared_experts": 1,
            "num_experts_per_tok": 8,
            "first_k_dense_replace": 3,
            "num_nextn_predict_layers": 1,
            "vocab_size": 151552,
        }
    )
    assert parameters(glm, presence=None) == 358_337_791_296
    assert parameters(glm, presence=Presence.OPTIONAL) == 2 * 151552 * 5120
    assert glm.notes


def test_layers_that_reuse_a_choice_store_no_indexer() -> None:
    model = read(V3, model_type="glm_moe_dsa", index_topk_pattern="F" + "S" * 60, num_nextn_predict_layers=0)
    (projection,) = [weight for weight in model.weights if weight.name.endswith("indexer.wk.weight")]
    assert projection.tensors == 1


@pytest.mark.parametrize(
    ("every", "more", "own"),
    [
        (1, {}, range(61)),
        (4, {}, (0, *range(1, 61, 4))),
        (3, {"index_skip_topk_offset": 4}, (0, 1, 2, *range(3, 61, 3))),
        (0, {}, range(61)),
    ],
)
def test_every_few_layers_choose_after_the_first(every: int, more: dict[str, int], own: Iterable[int]) -> None:
    """SGLang and vLLM leave the choice out where max(layer - offset + 1, 0) % freq is not 0; the offset is 2."""
    model = read(V3, model_type="glm_moe_dsa", index_topk_freq=every, num_nextn_predict_layers=0, **more)
    projections = [weight for weight in model.weights if weight.name.endswith("indexer.wk.weight")]
    assert {layer for weight in projections for layer in weight.index[0]} == set(own)
