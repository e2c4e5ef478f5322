"""What holds for every family and every configuration, whether or not such a model exists."""

from __future__ import annotations

import os
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Presence
from moeaudit.errors import AuditError
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import config_ledger
from moeaudit.ledger.values import Absent
from moeaudit.vocabulary import Component, Kind
from tests.architecture.configurations import hostile_configs, plausible_configs
from tests.architecture.outside import OUTSIDE
from tests.architecture.recordings import MODEL_TYPES, Recording

CONFIGS = {model_type: Recording.load(model_type).small for model_type in MODEL_TYPES} | {
    model_type: {"model_type": model_type, **fields} for model_type, fields in OUTSIDE.items()
}
EXAMPLES = int(os.environ.get("MOEAUDIT_EXAMPLES", "12"))
"""Per family and law. Few by default, the same ones each time; more for a thorough run."""
LAWS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize("model_type", CONFIGS)
@LAWS
@given(data=st.data())
def test_counts_are_consistent(model_type: str, data: st.DataObject) -> None:
    config = data.draw(plausible_configs(CONFIGS[model_type]))
    try:
        architecture = describe(Config(config))
    except AuditError:
        assume(False)
    components_partition_the_total(architecture)
    layers_add_up(architecture)
    names_are_unique(architecture)
    active_is_part_of_total(architecture)
    assert describe(Config(config)) == architecture, "the same config gives the same architecture"
    equal_layers_stand_in_one_group(architecture)


@pytest.mark.parametrize("model_type", CONFIGS)
@LAWS
@given(data=st.data())
def test_hostile_values_end_in_an_error_or_a_valid_architecture(model_type: str, data: st.DataObject) -> None:
    config = data.draw(hostile_configs(CONFIGS[model_type]))
    try:
        architecture = describe(Config(config))
    except AuditError as error:
        assert str(error).isprintable()
    else:
        assert all(weight.elements > 0 for weight in architecture.weights)
        active_is_part_of_total(architecture)


def components_partition_the_total(architecture: Architecture) -> None:
    stored = [w for w in architecture.weights if w.kind is Kind.PARAMETER and w.presence is Presence.STORED]
    assert all(weight.elements > 0 for weight in stored)
    assert sum(config_ledger(architecture).components().values()) == sum(weight.elements for weight in stored)
    assert Component.UNCLASSIFIED not in {weight.component for weight in stored}


def layers_add_up(architecture: Architecture) -> None:
    ledger = config_ledger(architecture)
    for stack in architecture.stacks():
        place = stack.prefix.removesuffix(".{}")
        by_layer = sum(sum(row.values()) for (where, _), row in ledger.layers().items() if where == place)
        whole = sum(w.elements for w in stack.weights() if w.kind is Kind.PARAMETER)
        assert (
            by_layer
            == whole
            == sum(sum(w.elements for w in layer.weights() if w.kind is Kind.PARAMETER) for layer in stack.layers)
        )


def names_are_unique(architecture: Architecture) -> None:
    names = Counter(name for weight in architecture.weights for name in weight.names())
    assert [name for name, times in names.items() if times > 1][:3] == []


def active_is_part_of_total(architecture: Architecture) -> None:
    figures = measure_all(config_ledger(architecture))
    for rule in ("full", "head", "body"):
        total, active = figures[f"total.{rule}"], figures[f"active.{rule}"]
        if not isinstance(total, Absent) and not isinstance(active, Absent):
            low, high = active.bounds
            assert 0 <= low <= high <= total.bounds[1]


def equal_layers_stand_in_one_group(architecture: Architecture) -> None:
    for stack in architecture.stacks():
        blocks = [layer for layer, _ in stack.groups]
        assert len(set(blocks)) == len(blocks)
        numbers = [number for _, places in stack.groups for number in places]
        assert sorted(numbers) == list(range(stack.first, stack.first + len(stack.layers)))
        assert all(before < after for _, places in stack.groups for before, after in pairwise(places))
