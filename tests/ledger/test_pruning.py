"""Experts dropped layer by layer: the weights decide, and what is gone is told once.

Releases are laid out by `conversions.py` and packed by `writers.py`; what is dropped, and what is left, is counted
here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moeaudit.architecture.weights import Weight, indices
from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis, Component, Part
from tests.ledger.conversions import LAYOUTS, Bank, banks, relaid
from tests.ledger.releases import FAMILIES, Family, by_default, causes, release, truth
from tests.ledger.writers import PACKINGS, TWO_AXES, can_store, packed

LAWS = settings(
    max_examples=int(os.environ.get("MOEAUDIT_EXAMPLES", "12")) * 4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
NOTES = {
    "stored-dtype", "dtype-contradicts", "stored-unpacked", "stored-packed", "weights-relaid", "weights-renamed",
    "experts-renumbered",
}  # fmt: skip
"""Causes that change no count: types and packing that the config does not state are not what is looked at here."""

PRUNED = ("qwen3_moe", "minimax_m2", "deepseek_v3", "glm_moe_dsa", "kimi_linear", "nemotron_h", "llama4", "gpt_oss")

LISTED = ("qwen3_moe", "minimax_m2", "mixtral")


@dataclass(frozen=True)
class Pruned:
    """A pruned release. `kept`: the numbers of the experts that each layer keeps, by layer; `stale`: the config
    says another number."""

    config: dict[str, Any]
    table: TensorTable
    kept: Mapping[int, tuple[int, ...]]
    total: int
    active: Fraction
    stale: bool


def kept_experts(
    banks: Sequence[Bank], kept: Mapping[int, tuple[int, ...]], layout: str, *, sparse: bool
) -> list[Weight]:
    """The experts that are kept, layer by layer; numbered ones under their old numbers (`sparse`) or from 0."""
    made = []
    for bank in banks:
        for layer in bank.layers:
            own = kept[layer]
            alone = replace(bank, layers=range(layer, layer + 1), experts=len(own))
            for one in LAYOUTS[layout](alone):
                numbers = indices(own) if sparse else range(len(own))
                made.append(replace(one, index=(one.index[0], numbers)) if layout in TWO_AXES else one)
    return made


def routers(
    weights: Sequence[Weight], kept: Mapping[int, tuple[int, ...]], experts: int, *, pruned: bool
) -> list[Weight]:
    """Everything but the experts; routers and their biases with a row for each expert that is kept, or for all."""
    made = []
    for one in weights:
        if one.component is Component.ROUTED_EXPERTS:
            continue
        if not pruned or one.component not in (Component.ROUTER, Component.ROUTER_BIAS):
            made.append(one)
            continue
        at = one.shape.index(experts)
        for layer in one.index[0]:
            shape = (*one.shape[:at], len(kept[layer]), *one.shape[at + 1 :])
            made.append(replace(one, index=(range(layer, layer + 1), *one.index[1:]), shape=shape))
    return made


def with_count(config: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The config with another value under a dotted path."""
    head, _, rest = path.partition(".")
    return {**config, head: with_count(config[head], rest, value) if rest else value}


@st.composite
def pruned(draw: st.DrawFn, family: Family, told: str = "nothing") -> Pruned:
    """A release with some experts dropped in each layer. `told`: what its config says of that: nothing, one number
    (every layer keeps as many), or a number for each layer."""
    config = family.config
    weights = release(family, config)
    experts, selected = family.stated(family.experts, config), family.stated(family.selected, config)
    each = banks(weights, family, config)
    layers = sorted({layer for bank in each for layer in bank.layers})
    fewest = selected if told == "a list" else 1
    subsets = st.sets(st.integers(0, experts - 1), min_size=fewest).map(lambda found: tuple(sorted(found)))
    if told == "a number":
        size = draw(st.integers(max(selected, experts // 2), experts - 1))
        kept = {layer: tuple(sorted(draw(st.permutations(range(experts)))[:size])) for layer in layers}
    else:
        kept = {layer: draw(st.one_of(st.just(tuple(range(experts))), subsets)) for layer in layers}
    biased = any(bank.biased for bank in each)
    layout = draw(
        st.sampled_from(
            [name for name in LAYOUTS if name not in ("linear", "switch_glu") and not (biased and name == "flat")]
        )
    )
    understood = [
        name for name, one in PACKINGS.items() if one.understood and can_store(one, layout) and name != "exl3, first"
    ]
    packing = PACKINGS[draw(st.sampled_from(understood))]
    rows = told != "nothing" or draw(st.booleans())
    held = routers(weights, kept, experts, pruned=rows) + kept_experts(each, kept, layout, sparse=draw(st.booleans()))
    if told == "a number":
        config = with_count(config, family.experts, size)
    elif told == "a list":
        said = [len(kept.get(layer, range(experts))) for layer in range(max(layers) + 1)]
        config = with_count(config, family.experts, said)
    language = [one for one in held if one.part is Part.LANGUAGE]
    total = sum(one.elements for one in language)
    active = Fraction(total)
    for one in language:
        if one.component is Component.ROUTED_EXPERTS:
            own = len(kept[one.index[0][0]])
            active -= one.elements * (1 - Fraction(min(selected, own), own))
    return Pruned(
        packing.config(config),
        packed(held, packing),
        kept,
        total,
        active,
        told == "nothing" and any(len(own) != experts for own in kept.values()),
    )


def holds(inspection: Inspection, made: Pruned) -> None:
    """Counts are the weights', one doubt says what is gone where the config does not know, none where it does."""
    for name, true in (("total.full", made.total), ("active.full", made.active)):
        value = inspection.denominators[name]
        assert isinstance(value, Count) and abs(value.value - true) < 1, name
        assert value.basis in (Basis.READ, Basis.MATCHED) and value.open == 0, name
    loud = [cause for cause in causes(inspection) if cause not in NOTES]
    assert loud == (["experts-missing"] if made.stale else [])
    assert inspection.agreement.verdict == ("disagree" if made.stale else "agree")


@pytest.mark.parametrize("model_type", PRUNED)
@LAWS
@given(data=st.data())
def test_a_stale_config_is_told_once_and_counts_are_the_weights(model_type: str, data: st.DataObject) -> None:
    """Any subset of experts is dropped in each layer, the config left as it was."""
    made = data.draw(pruned(FAMILIES[model_type]))
    holds(by_default(made.config, made.table), made)


@pytest.mark.parametrize("model_type", PRUNED)
@LAWS
@given(data=st.data())
def test_a_config_that_follows_is_no_finding(model_type: str, data: st.DataObject) -> None:
    """Every layer keeps as many experts, and the config says how many."""
    made = data.draw(pruned(FAMILIES[model_type], "a number"))
    holds(by_default(made.config, made.table), made)


@pytest.mark.parametrize("model_type", LISTED)
@LAWS
@given(data=st.data())
def test_a_number_for_each_layer_is_read(model_type: str, data: st.DataObject) -> None:
    """The config lists how many experts each layer keeps."""
    made = data.draw(pruned(FAMILIES[model_type], "a list"))
    holds(by_default(made.config, made.table), made)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("model_type", ["qwen3_moe", "mixtral"])
def test_more_experts_than_the_config_says(model_type: str, layout: str) -> None:
    """The config of a pruned model beside the whole one's weights."""
    family = FAMILIES[model_type]
    weights = release(family, family.config)
    true = truth(weights, Fraction(family.stated(family.selected, family.config), 8))
    table = packed(relaid(weights, LAYOUTS[layout], family, family.config), PACKINGS["BF16"])
    made = Pruned(with_count(family.config, family.experts, 4), table, {}, true.total, true.active, stale=True)
    holds(by_default(made.config, made.table), made)
