"""Copies that lack shards: the count is the config's, open, and what lacks is named.

Shards end anywhere: inside layers, inside experts, between a matrix and its scales.
"""

from __future__ import annotations

import os
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis
from tests.ledger.conversions import LAYOUTS, relaid
from tests.ledger.releases import FAMILIES, Family, by_default, causes, release, truth
from tests.ledger.writers import PACKINGS, can_store, packed

LAWS = settings(
    max_examples=int(os.environ.get("MOEAUDIT_EXAMPLES", "12")) * 4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@st.composite
def incomplete(draw: st.DrawFn, family: Family) -> tuple[dict[str, Any], TensorTable, TensorTable, list[str]]:
    """A config, the whole table, the table of the shards that are there, and the names of those that are not. Shards
    end anywhere: inside layers, inside experts, between a matrix and its scales."""
    config = family.config
    weights = release(family, config)
    layout = draw(st.sampled_from(["numbered", "stacked", "switch_mlp", "turned split"]))
    packing = PACKINGS[
        draw(
            st.sampled_from(
                [name for name in ("BF16", "fp8 blocks", "gptq", "mlx 4") if can_store(PACKINGS[name], layout)]
            )
        )
    ]
    whole = packed(relaid(weights, LAYOUTS[layout], family, config), packing)
    tensors = whole.expand()
    cuts = sorted(draw(st.sets(st.integers(1, len(tensors) - 1), min_size=1, max_size=10)))
    pieces = [tensors[start:end] for start, end in zip([0, *cuts], [*cuts, len(tensors)], strict=True)]
    lost = draw(st.sets(st.integers(0, len(pieces) - 1), min_size=1, max_size=len(pieces) - 1))
    there = TensorTable.collapse(tensor for at, piece in enumerate(pieces) if at not in lost for tensor in piece)
    names = [f"model-{at + 1:05d}-of-{len(pieces):05d}.safetensors" for at in sorted(lost)]
    return packing.config(config), whole, there, names


@pytest.mark.parametrize("model_type", ["qwen3_moe", "mixtral", "deepseek_v3", "gpt_oss", "nemotron_h"])
@LAWS
@given(data=st.data())
def test_a_copy_without_some_shards_is_the_configs_model(model_type: str, data: st.DataObject) -> None:
    """What lacks is the config's count, predicted and open; `total.stored` is what the files hold."""
    family = FAMILIES[model_type]
    config, whole, there, lost = data.draw(incomplete(family))
    true = truth(
        release(family, family.config),
        Fraction(family.stated(family.selected, family.config), family.stated(family.experts, family.config)),
    )
    inspection = by_default(config, whole, headers=there, missing=tuple(lost))
    gone = set(whole.names()) - set(there.names())
    only_scales = all(re.search(r"scale|\.biases|\.qzeros|\.g_idx", name) for name in gone)
    for name in ("total.full", "active.full"):
        value = inspection.denominators[name]
        assert isinstance(value, Count) and abs(value.value - true.values[name]) < 1, name
        assert (value.basis in (Basis.PREDICTED, Basis.ASSUMED) and value.open > 0) or only_scales, name
    assert "weights-missing" in causes(inspection) and inspection.agreement.verdict == "disagree"
