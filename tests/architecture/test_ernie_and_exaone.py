"""ERNIE 4.5 and EXAONE: one modality for a token, and dense prediction modules that share embedding and head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from moeaudit.vocabulary import Component, Part
from tests.architecture.published import SMALL, described, total


def test_ernie_vl_counts_one_modality_for_a_token() -> None:
    text = {**SMALL, "moe_num_experts": 8, "moe_k": 2, "moe_intermediate_size": [12, 4], "num_hidden_layers": 2}
    del text["num_experts_per_tok"]
    architecture = described("ernie4_5_vl_moe", {"text_config": text})
    one_text, one_vision = 3 * 64 * 12, 3 * 64 * 4
    weights = [weight for weight in architecture.weights if weight.component is Component.ROUTED_EXPERTS]
    assert sum(weight.elements * weight.share.high for weight in weights) == 2 * one_text
    assert sum(weight.elements * weight.share.low for weight in weights) == 2 * one_vision


@pytest.mark.parametrize(
    ("model_type", "fields", "names"),
    [
        (
            "ernie4_5_moe",
            {"moe_num_experts": 4, "moe_k": 2},
            {"model.mtp_block.0.mlp.up_proj.weight", "model.mtp_emb_norm.0.weight", "model.mtp_linear_proj.0.weight"},
        ),
        (
            "exaone_moe",
            {"num_experts": 4, "num_experts_per_tok": 2},
            {"mtp.layers.0.mlp.up_proj.weight", "mtp.fc.weight", "mtp.pre_fc_norm_hidden.weight"},
        ),
    ],
)
def test_prediction_modules_are_dense_and_share_embedding_and_head(
    model_type: str, fields: Mapping[str, Any], names: set[str]
) -> None:
    base = {name: value for name, value in SMALL.items() if name != "num_experts_per_tok"}
    with_one, without = (described(model_type, {**base, **fields}, num_nextn_predict_layers=count) for count in (1, 0))
    found = {name for weight in with_one.weights if weight.part is Part.MTP for name in weight.names()}
    assert names <= found and not any("embed_tokens" in name or "lm_head" in name or "expert" in name for name in found)
    assert total(without, Part.MTP) == 0 and total(with_one) == total(without)
