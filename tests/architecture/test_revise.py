"""Layers with other numbers of experts: what `with_experts` makes is what a config with that number describes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.architecture.blocks import Experts, Router
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.field_names import EXPERTS
from moeaudit.architecture.model import Architecture, Stack
from moeaudit.architecture.revise import with_experts
from moeaudit.vocabulary import Part
from tests.architecture.recordings import changed
from tests.architecture.test_laws import CONFIGS

SQUARES = (4, 9, 16, 25, 36, 49)
"""Doge's product keys need a square number of experts; to the other families a square is a number like any other."""


def field_of(config: dict[str, Any]) -> str | None:
    """The path of the one field with the number of experts; None where there is none or where it is a list."""
    paths = [
        f"{level}{name}"
        for level, section in (("", config), *((f"{name}.", config.get(name)) for name in ("text_config",)))
        if isinstance(section, dict)
        for name in EXPERTS
        if isinstance(section.get(name), int)
    ]
    return paths[0] if len(paths) == 1 else None


FIELDS = {model_type: path for model_type, config in CONFIGS.items() if (path := field_of(config))}


def everywhere(architecture: Architecture, count: int) -> Architecture:
    """Every layer of the language model and its prediction modules; an encoder with experts has its own number."""
    stacks = [*architecture.stacks(), *architecture.stacks(Part.MTP)]
    places = [(stack.prefix, stack.first + at) for stack in stacks for at in range(len(stack.layers))]
    return with_experts(architecture, dict.fromkeys(places, count))


def test_it_is_proved_over_most_families() -> None:
    assert len(FIELDS) > 60


@pytest.mark.parametrize("model_type", CONFIGS)
def test_no_counts_change_nothing(model_type: str) -> None:
    architecture = describe(Config(CONFIGS[model_type]))
    assert with_experts(architecture, {}) == architecture


@pytest.mark.parametrize("model_type", FIELDS)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(count=st.sampled_from(SQUARES))
def test_all_layers_revised_are_the_config_with_that_number(model_type: str, count: int) -> None:
    config, path = CONFIGS[model_type], FIELDS[model_type]
    stated, selected = describe(Config(config)), 0
    for block in stated.find(Router):
        assert isinstance(block, Router)
        selected = max(selected, block.selected)
    count = count if count >= selected else next(square for square in SQUARES if square >= selected)
    assert everywhere(stated, count).weights == describe(Config(changed(config, {path: count}))).weights


def test_one_layer_alone() -> None:
    """Mixtral with 2 of 8 experts left in layer 1: top-2 of 2 there, every expert used."""
    config = CONFIGS["mixtral"]
    pruned = with_experts(describe(Config(config)), {("model.layers.{}", 1): 2})
    layers = next(piece for piece in pruned.pieces if isinstance(piece, Stack)).layers
    experts = [block for layer in layers for block in layer.walk() if isinstance(block, Experts)]
    assert [block.experts for block in experts][:2] == [config["num_local_experts"], 2]
    assert experts[1].used.typical == 1


def test_fewer_experts_than_a_token_uses() -> None:
    pruned = everywhere(describe(Config(CONFIGS["mixtral"])), 1)
    assert {(b.experts, b.selected) for b in pruned.find(Experts) if isinstance(b, Experts)} == {(1, 1)}
