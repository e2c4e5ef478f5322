"""Small tensors in another type, at index depth: bytes that come out to the byte are explained, and nothing else is.

What is stored in which type is drawn here, and its bytes are summed here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moeaudit.architecture.weights import Weight
from moeaudit.evidence.model import Depth
from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis, Component
from tests.ledger.conversions import LAYOUTS, relaid
from tests.ledger.releases import FAMILIES, by_default, causes, evidence_of, release, true_of, truth
from tests.ledger.writers import PACKINGS, packed

LAWS = settings(
    max_examples=int(os.environ.get("MOEAUDIT_EXAMPLES", "12")) * 3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

SMALL: dict[str, re.Pattern[str]] = {
    "routers": re.compile(r"(\.gate|router|router\.layer)\.(weight|bias)$"),
    "correction biases": re.compile(r"e_score_correction_bias$"),
    "norms": re.compile(r"(?<!indexer\.k_)(?<!linear_attn\.)(norm[^.]*|norm_f)\.(weight|bias)$"),
    "indexer norms": re.compile(r"indexer\.k_norm\.(weight|bias)$"),
    "gated norms": re.compile(r"linear_attn\.norm\.weight$"),
    "decay tables": re.compile(r"A_log$"),
    "time steps": re.compile(r"dt_bias$"),
    "skips": re.compile(r"\.D$"),
    "convolutions": re.compile(r"conv1d\.weight$"),
    "sinks": re.compile(r"sinks$"),
    "heads": re.compile(r"(lm_head|shared_head\.head)\.weight$"),
}
"""What genuine releases keep in a type of its own, by name: MiniMax-M2 (routers, correction biases), GLM-5 and
DeepSeek-V3.2 (indexer norms), Kimi-Linear (decay tables, time steps), Qwen3.5 (norms of linear attention)."""

OTHER = {"BF16": "F32", "F32": "BF16"}


def stored(weights: Sequence[Weight], others: Iterable[str], packing: str = "BF16") -> TensorTable:
    """The table with these classes in the other type than the family's own."""
    swapped = [SMALL[name] for name in others]
    return TensorTable(
        tuple(
            replace(group, dtype=OTHER[group.dtype or ""])
            if any(one.search(group.template) for one in swapped)
            else group
            for group in packed(weights, PACKINGS[packing]).groups
        )
    )


def by_index(config: Mapping[str, Any], table: TensorTable, more: int = 0) -> Inspection:
    """What the index alone says; `more`: bytes that no tensor of it takes."""
    evidence = evidence_of(config, table, total_size=(table.bytes or 0) + more)
    return inspect_evidence(replace(evidence, headers=None))


def assert_settled_or_open(inspection: Inspection) -> None:
    """Matched to the byte; or, where as many rows of the vocabulary or whole experts would take the same bytes, open by
    as much, and the headers are asked for."""
    total = inspection.denominators["total.full"]
    assert isinstance(total, Count)
    ambiguous = "would explain them too" in "".join(doubt.message for doubt in inspection.account.doubts)
    assert (total.basis is Basis.MATCHED and total.open == 0) != ambiguous
    assert (inspection.account.needs is Depth.HEADERS) == ambiguous == (total.open > 0)


@pytest.mark.parametrize("model_type", FAMILIES)
@LAWS
@given(data=st.data())
def test_any_classes_of_small_tensors_are_explained_to_the_byte(model_type: str, data: st.DataObject) -> None:
    family = FAMILIES[model_type]
    weights = release(family, family.config)
    table = packed(weights, PACKINGS["BF16"])
    there = [name for name, pattern in SMALL.items() if any(pattern.search(one.template) for one in table.groups)]
    chosen = data.draw(st.sets(st.sampled_from(there)))
    table = stored(weights, chosen)
    inspection = by_index(family.config, table)
    total = inspection.denominators["total.full"]
    assert total == Count(true_of(family).total)
    assert_settled_or_open(inspection)
    told = chosen and table.bytes != packed(weights, PACKINGS["BF16"]).bytes  # bytes that cancel out tell nothing
    assert causes(inspection) == (["stored-dtype"] if told else [])
    assert inspection.agreement.verdict == "agree"


@pytest.mark.parametrize("packing", ["fp8 blocks", "pack-quantized"])
@pytest.mark.parametrize("model_type", ["qwen3_moe", "deepseek_v3", "glm_moe_dsa"])
def test_scales_in_the_models_own_type_are_explained(model_type: str, packing: str) -> None:
    """DeepSeek-style scales in BF16, compressed-tensors' in F32: `weight_scale_inv` and `weight_scale`. Where the bytes
    could be rows of the vocabulary as well, the headers are read."""
    family = FAMILIES[model_type]
    config = PACKINGS[packing].config(family.config)
    weights = release(family, family.config)
    swap = {"F32": "BF16", "BF16": "F32"}
    table = TensorTable(
        tuple(
            replace(group, dtype=swap[group.dtype or ""]) if "weight_scale" in group.template else group
            for group in packed(weights, PACKINGS[packing]).groups
        )
    )
    inspection = by_default(config, table)
    total = inspection.denominators["total.full"]
    assert isinstance(total, Count) and total.value == truth(weights, Fraction(1)).total
    assert "weights-bytes" not in causes(inspection)
    assert total.basis in (Basis.READ, Basis.MATCHED) and total.open == 0


@pytest.mark.parametrize("model_type", ["qwen3_moe", "minimax_m2", "gpt_oss", "kimi_linear"])
@LAWS
@given(more=st.integers(-(10**9), 10**10).filter(lambda more: more % 2))
def test_bytes_that_nothing_explains_leave_the_count_open(model_type: str, more: int) -> None:
    """No type makes an odd number of bytes: the count is the config's, and so much of it is open."""
    family = FAMILIES[model_type]
    weights = release(family, family.config)
    inspection = by_index(family.config, packed(weights, PACKINGS["BF16"]), more)
    total = inspection.denominators["total.full"]
    assert total == Count(truth(weights, Fraction(1)).total)
    assert isinstance(total, Count) and total.basis is Basis.PREDICTED and total.open > 0
    assert causes(inspection) == ["weights-bytes"]
    assert inspection.account.needs is Depth.HEADERS and inspection.agreement.verdict != "agree"


@pytest.mark.parametrize("model_type", ["qwen3_moe", "gpt_oss", "llama4", "deepseek_v3"])
@LAWS
@given(data=st.data())
def test_pruned_stacks_are_never_explained_by_types(model_type: str, data: st.DataObject) -> None:
    """The names of a pruned stack are those of the whole one: only its bytes tell, and no small tensor makes up for an
    expert."""
    family = FAMILIES[model_type]
    config = family.config
    experts = family.stated(family.experts, config)
    kept = data.draw(st.integers(1, experts - 1))
    whole = relaid(release(family, config), LAYOUTS["stacked"], family, config)
    pruned = [
        replace(one, shape=(kept, *one.shape[1:])) if one.component is Component.ROUTED_EXPERTS else one
        for one in whole
    ]
    rows = data.draw(st.booleans())
    if rows:
        pruned = [
            replace(one, shape=tuple(kept if size == experts else size for size in one.shape))
            if one.component in (Component.ROUTER, Component.ROUTER_BIAS)
            else one
            for one in pruned
        ]
    there = [name for name, pattern in SMALL.items() if any(pattern.search(one.name) for one in whole)]
    inspection = by_index(config, stored(pruned, data.draw(st.sets(st.sampled_from(there)))))
    total = inspection.denominators["total.full"]
    assert isinstance(total, Count) and total.basis not in (Basis.READ, Basis.MATCHED) and total.open > 0
    assert "weights-bytes" in causes(inspection) and inspection.account.needs is Depth.HEADERS
