"""Step 3.5: lists that run on over the prediction modules."""

from __future__ import annotations

import pytest

from moeaudit.errors import UsageError
from moeaudit.vocabulary import Part
from tests.architecture.published import read


def test_step_lists_run_on_over_the_prediction_modules() -> None:
    step = {
        "model_type": "step3p5",
        "hidden_size": 64,
        "intermediate_size": 96,
        "moe_intermediate_size": 32,
        "share_expert_dim": 32,
        "num_hidden_layers": 4,
        "num_attention_heads": 8,
        "num_attention_groups": 2,
        "moe_num_experts": 4,
        "moe_top_k": 2,
        "vocab_size": 128,
        "moe_layers_enum": "2,3",
        "sliding_window": 16,
        "layer_types": ["full_attention", "sliding_attention"] * 2 + ["sliding_attention"],
        "attention_other_setting": {"num_attention_heads": 12},
        "num_nextn_predict_layers": 1,
    }
    model = read(step)
    (copy,) = [weight for weight in model.weights if weight.duplicate]
    assert copy.name == "model.layers.4.transformer.shared_head.output.weight"
    queries = {weight.name: weight.shape for weight in model.weights if weight.part is Part.MTP}
    assert queries["model.layers.{}.self_attn.q_proj.weight"] == (12 * 128, 64)
    assert read(step, layer_types=[*step["layer_types"], "full_attention"]).weights == model.weights
    with pytest.raises(UsageError, match="3 entries for 4 layers and 1 prediction modules"):
        read(step, layer_types=["full_attention"] * 3)
