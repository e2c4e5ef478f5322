"""A scaling factor that a config leaves out is the one that transformers' configuration class has by default: the
recorded references, which are these defaults, say it in words that are the same with and without the field."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.summary import summarise
from tests.architecture.recordings import FOLDER

SCALING = ("route_scale", "routed_scaling_factor", "moe_routed_scaling_factor", "router_scaling_factor")


def references() -> list[tuple[str, str, str]]:
    """(type, section, field) wherever a reference made of defaults alone states a factor."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        recording = json.loads(path.read_text())
        if any(note.startswith("reference:") for note in recording["notes"]):
            continue
        config = recording["config"]
        sections = {"": config, **{name: value for name, value in config.items() if isinstance(value, dict)}}
        found += [
            (path.stem, name, field) for name, section in sections.items() for field in SCALING if field in section
        ]
    return found


def routing(config: dict[str, Any]) -> str | None:
    return summarise(describe(Config(config))).routing


def test_factors_are_stated_in_references() -> None:
    assert len({model_type for model_type, _, _ in references()}) >= 8


@pytest.mark.parametrize(("model_type", "section", "field"), references())
def test_a_factor_left_out_is_the_default(model_type: str, section: str, field: str) -> None:
    whole = json.loads((FOLDER / f"{model_type}.json").read_text())["config"]
    without = copy.deepcopy(whole)
    del (without[section] if section else without)[field]
    assert routing(without) == routing(whole)
