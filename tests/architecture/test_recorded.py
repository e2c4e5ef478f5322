"""Every MoE model type of transformers against what transformers itself builds, recorded with torch's meta device.

Per type: the reference configuration with every name and shape, then the same model small, with each field changed
alone, left out, under its other name, and several changed at once (tools/record/families.py). A field without effect
must have none here.
"""

from __future__ import annotations

import json

import pytest

from moeaudit.architecture.catalogue import BY_NAME
from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.errors import UsageError
from tests.architecture.recordings import FOLDER, MODEL_TYPES, Case, Outcome, Recording
from tests.architecture.tables import derived_tensors

CASES = [case for model_type in MODEL_TYPES for case in Recording.load(model_type).cases()]


def test_every_type_is_recorded() -> None:
    """transformers 5.24 knows 99 MoE model types; each has a family and at least three configurations beside the
    reference."""
    assert len(MODEL_TYPES) == 99
    assert {Recording.load(model_type).data["transformers"] for model_type in MODEL_TYPES} == {"5.24.0"}
    assert set(MODEL_TYPES) <= BY_NAME.keys()
    assert all(len(Recording.load(model_type).data["changed"]) >= 3 for model_type in MODEL_TYPES)


def test_the_release_before_is_compared_with() -> None:
    """What 5.23 builds was held against every recording, and where it differs the names are kept on both sides."""
    releases = json.loads((FOLDER.parent / "releases.json").read_text())
    before = releases["5.23.0"]
    assert before.keys() == set(MODEL_TYPES)
    new = {"hy_v4_vl", "hy_v4_vl_text", "inkling2_loop", "inkling2_loop_text", "lara_mini", "sarvam_mla", "sarvam_moe"}
    assert {name for name, one in before.items() if not one["known"]} == new
    differing = {name: one["differences"] for name, one in before.items() if one.get("differences")}
    assert differing.keys() == {"bailing_hybrid", "nemotron_h_omni"}
    assert differing.keys() == {name for name, one in releases["5.24.0"].items() if one["differences"]}
    assert all(one["recorded"] == "5.24.0" for one in before.values())


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_reference(model_type: str) -> None:
    recording = Recording.load(model_type)
    architecture = describe(Config(recording.config))
    derived, recorded = dict(derived_tensors(architecture)), dict(recording.tensors())
    assert sorted(recorded.keys() - derived.keys())[:5] == [], "missing"
    assert sorted(derived.keys() - recorded.keys())[:5] == [], "unexpected"
    assert {name: (shape, recorded[name]) for name, shape in derived.items() if shape != recorded[name]} == {}
    assert Outcome.derived(architecture).sums == {
        role: count for role, count in recording.data["sums"].items() if count
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_changed(case: Case) -> None:
    """The same tensors; or, where fields were left out and nothing else changed, an error that names one as missing."""
    try:
        derived = Outcome.derived(describe(Config(case.config)))
    except UsageError as error:
        assert len(case.left_out) == len(case.change), error
        assert "is missing" in error.message and any(name in error.message for name in case.left_out), error
    else:
        assert derived.sums == case.outcome.sums
        assert derived == case.outcome
