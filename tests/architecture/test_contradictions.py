"""Fields of one config that contradict each other: an error that names both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from moeaudit.errors import UsageError
from tests.architecture.published import DBRX, SMALL, described


@pytest.mark.parametrize(
    ("model_type", "fields", "message"),
    [
        ("olmoe", {"num_experts": 2, "num_experts_per_tok": 8}, "8 experts per token, but only 2 experts"),
        (
            "dbrx",
            {**DBRX, "ffn_config": {"moe_num_experts": 2, "moe_top_k": 4}},
            "4 experts per token, but only 2 experts",
        ),
        ("beam", {"num_experts": 8, "layer_types": ["full_attention"]}, "layer_types has 1 entry for 4 layers"),
        (
            "laguna",
            {"num_experts": 8, "num_attention_heads_per_layer": [4]},
            "num_attention_heads_per_layer has 1 entry for 4 layers",
        ),
        (
            "ernie4_5_vl_moe",
            {"text_config": {**SMALL, "moe_num_experts": 4, "moe_k": 2, "moe_intermediate_size": [12]}},
            "one width for text",
        ),
        ("hunyuan", {"num_experts": 4, "moe_topk": [2, 2, 2, 9]}, "9 experts per token, but only 4 experts"),
    ],
)
def test_contradictions_are_named(model_type: str, fields: Mapping[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        described(model_type, {**SMALL, **fields})
