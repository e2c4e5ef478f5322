"""What holds for every family, every configuration and every choice of what a release stores beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Presence, Weight
from moeaudit.errors import AuditError
from moeaudit.evidence.model import Evidence, Index, JsonFile, ModelRef, Source
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.ledger.denominators import BASES
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.packing import Storage
from moeaudit.ledger.values import Absent, Count, Value
from tests.architecture.configurations import plausible_configs
from tests.architecture.recordings import MODEL_TYPES, Recording
from tests.ledger.packing.checkpoints import FORMATS, config_of

RECORDINGS = {model_type: Recording.load(model_type) for model_type in MODEL_TYPES}
LAWS = settings(
    max_examples=int(os.environ.get("MOEAUDIT_EXAMPLES", "12")) // 3 + 1,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
ORDER = ("active.routed", "active.experts", "active.body", "active.head", "active.full", "total.full", "total.stored")
"""Each of these sums contains the one before it."""


def published(config: Mapping[str, Any], kept: tuple[Weight, ...]) -> TensorTable:
    """The headers of a release with this config that stores these weights."""
    groups = [tensor.group for tensor in Storage.of(config).pack(kept)]
    return TensorTable.collapse(Tensor(name, group.dtype, group.shape) for group in groups for name in group.names())


@st.composite
def releases(draw: st.DrawFn, model_type: str) -> tuple[dict[str, Any], TensorTable]:
    """A plausible config and a checkpoint of it, with or without each tensor that releases differ in."""
    config = draw(plausible_configs(RECORDINGS[model_type].small))
    try:
        weights = describe(Config(config)).weights
    except AuditError:
        assume(False)
    kept = tuple(weight for weight in weights if weight.presence is Presence.STORED or draw(st.booleans()))
    return config, published(config, kept)


def inspected(config: Mapping[str, Any], headers: TensorTable | None = None, index: Index | None = None) -> Inspection:
    return inspect_evidence(
        Evidence(ModelRef("org/any", Source.HUB), JsonFile("config.json", config), headers=headers, index=index)
    )


@pytest.mark.parametrize("model_type", MODEL_TYPES)
@LAWS
@given(data=st.data())
def test_both_ledgers_are_one(model_type: str, data: st.DataObject) -> None:
    """The config ledger equals the header ledger, component by component and denominator by denominator."""
    config, headers = data.draw(releases(model_type))
    inspection = inspected(config, headers)
    config_side, weights_side = inspection.config_ledger, inspection.weights_ledger
    assert inspection.agreement.verdict == "agree"
    assert (inspection.agreement.names_matched, inspection.agreement.bytes_difference) == (headers.tensors, 0)
    assert config_side is not None and weights_side is not None
    assert config_side.components() == weights_side.components()
    assert inspection.by_words == 0
    assert inspection.denominators["stored.elements"] == Count(headers.elements or 0)
    components_partition(inspection)
    denominators_are_monotone(inspection.denominators)
    by_index = inspected(
        config, index=Index("model.safetensors.index.json", headers.names_only(), total_size=headers.bytes)
    )
    assert by_index.agreement.verdict == "agree"
    assert by_index.denominators == inspection.denominators


@pytest.mark.parametrize("model_type", MODEL_TYPES)
@LAWS
@given(data=st.data())
def test_the_config_alone_spans_every_release(model_type: str, data: st.DataObject) -> None:
    """What a release stores lies in the range that its config leaves open."""
    config, headers = data.draw(releases(model_type))
    alone, seen = inspected(config).denominators, inspected(config, headers).denominators
    denominators_are_monotone(alone)
    for name in {*ORDER, *BASES, "stored.elements"}:
        open_value, settled = alone[name], seen[name]
        assert isinstance(open_value, Absent) == isinstance(settled, Absent)
        if not isinstance(open_value, Absent) and not isinstance(settled, Absent):
            assert open_value.bounds[0] <= settled.bounds[0] and settled.bounds[1] <= open_value.bounds[1], name


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_the_reference_configuration_likewise(model_type: str) -> None:
    """The full-size configuration that transformers' defaults give."""
    config = RECORDINGS[model_type].config
    weights = describe(Config(config)).weights
    headers = published(config, tuple(weight for weight in weights if weight.presence is Presence.STORED))
    inspection = inspected(config, headers)
    assert inspection.agreement.verdict == "agree"
    components_partition(inspection)
    denominators_are_monotone(inspection.denominators)


@pytest.mark.parametrize("form", FORMATS)
def test_packed_formats_count_as_what_they_stand_for(form: str) -> None:
    """The same model in every storage format: the same parameters under every denominator but stored.elements."""
    plain, packed = inspected(config_of("plain")), config_of(form)
    weights = describe(Config(packed)).weights
    inspection = inspected(packed, published(packed, weights))
    assert inspection.agreement.verdict == "agree"
    assert {**inspection.denominators, "stored.elements": None} == {**plain.denominators, "stored.elements": None}


def components_partition(inspection: Inspection) -> None:
    """Every stored parameter is in exactly one component, and in exactly one line."""
    ledger = inspection.ledger
    parameters = sum(ledger.components().values())
    assert (
        inspection.denominators["total.stored"]
        == Count(parameters)
        == Count(ledger.total(lambda line: not line.optional))
    )
    assert all(count > 0 for count in ledger.components().values())
    if inspection.evidence.headers is not None and not ledger.non_parameters:
        assert parameters == inspection.evidence.headers.elements


def denominators_are_monotone(values: Mapping[str, Value]) -> None:
    present = [value for value in (values[name] for name in ORDER) if not isinstance(value, Absent)]
    for smaller, larger in pairwise(present):
        assert smaller.bounds[0] <= larger.bounds[0]
        assert smaller.bounds[1] <= larger.bounds[1]
