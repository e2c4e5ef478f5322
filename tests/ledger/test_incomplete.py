"""Copies that lack shards: the count is the config's, open, and what lacks is named.

Shards end anywhere: inside layers, inside experts, between a matrix and its scales.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis
from tests.ledger.conversions import LAYOUTS, relaid
from tests.ledger.releases import FAMILIES, Family, by_default, causes, release, true_of, truth
from tests.ledger.writers import PACKINGS, can_store, packed

LAWS = settings(
    max_examples=int(os.environ.get("MOEAUDIT_EXAMPLES", "12")) * 4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

SPARED = re.compile(r"scale|\.biases$|\.qzeros$|\.g_idx$|model\.layers\.6\.")
"""What no parameter of the language model is lost with: scales, and the prediction module of the six-layer models."""

COPIES = re.compile(r"model\.layers\.6\.(embed_tokens|shared_head\.head)\.")
"""Its copies of embedding and head, which re-saves leave out."""

NOTES = {"stored-dtype", "stored-unpacked", "stored-packed", "weights-relaid", "weights-renamed"}
"""Causes that say how weights are stored and named."""


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
    spared = all(SPARED.search(name) for name in gone)
    for name in ("total.full", "active.full"):
        value = inspection.denominators[name]
        assert isinstance(value, Count) and abs(value.value - true.values[name]) < 1, name
        assert (value.basis in (Basis.PREDICTED, Basis.ASSUMED) and value.open > 0) or spared, name
    if not all(COPIES.search(name) for name in gone):
        assert "weights-missing" in causes(inspection) and inspection.agreement.verdict == "disagree"


COMPANIONS = re.compile(r"scale|\.biases$|\.qzeros$|\.g_idx$")


def experts_of(tensors: Sequence[Tensor], layer: int) -> dict[str, Tensor]:
    """One tensor for each matrix of a layer's experts, the last expert's, by the words that its name ends in."""
    stem = re.compile(rf"layers\.{layer}\..*(experts|switch_mlp)\.")
    found = [one for one in tensors if stem.search(one.name) and "shared" not in one.name]
    return {re.sub(r"\d+", "", stem.sub("", one.name)): one for one in found if not COMPANIONS.search(one.name)}


STORED = [
    (layout, packing)
    for layout in LAYOUTS
    for packing in ("BF16", "fp8 blocks", "gptq", "mlx 4")
    if can_store(PACKINGS[packing], layout) and layout != "linear"
]


@pytest.mark.parametrize(("layout", "packing"), STORED)
@pytest.mark.parametrize(("model_type", "layer"), [("qwen3_moe", 3), ("mixtral", 3), ("llama4", 3), ("nemotron_h", 1)])
def test_a_matrix_that_lacks_is_missed(model_type: str, layer: int, layout: str, packing: str) -> None:
    """One matrix of a layer's experts is in no file, whatever the layout: the sides disagree, the layer is named."""
    family, form = FAMILIES[model_type], PACKINGS[packing]
    tensors = packed(relaid(release(family, family.config), LAYOUTS[layout], family, family.config), form).expand()
    for lost in experts_of(tensors, layer).values():
        own = re.compile(re.escape(re.sub(r"\.q?weight$", "", lost.name)) + ("" if packing == "BF16" else r"[._]\w+$"))
        kept = [one for one in tensors if one is not lost and not own.fullmatch(one.name)]
        inspection = by_default(form.config(family.config), TensorTable.collapse(kept))
        assert inspection.agreement.verdict == "disagree", lost.name
        assert [cause for cause in causes(inspection) if cause not in NOTES] == ["weights-missing"], lost.name
        total = inspection.denominators["total.full"]
        assert total == Count(true_of(family).total), lost.name
        assert isinstance(total, Count) and total.basis is Basis.PREDICTED and total.open > 0, lost.name
        [doubt] = [one for one in inspection.account.doubts if one.cause.value == "weights-missing"]
        assert f"layer {layer} of" in doubt.message or f"layers {layer} of" in doubt.message, doubt.message
