"""Every MoE model type of transformers, derived from its config alone, against the tensors transformers itself
builds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from tests.architecture.tables import derived_roles, derived_tensors, main_weights, recorded_tensors
from tests.conftest import corpus_cases

TABLES = [path for path in corpus_cases("tensor-shapes/*.json") if not path.name.endswith(".config.json")]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_names_shapes_and_roles(corpus: Path, path: Path) -> None:
    table = json.loads(path.read_text())
    architecture = describe(Config(json.loads(path.with_suffix(".config.json").read_text())))
    derived, recorded = dict(derived_tensors(architecture)), dict(recorded_tensors(table))
    assert sorted(recorded.keys() - derived.keys())[:5] == [], "missing"
    assert sorted(derived.keys() - recorded.keys())[:5] == [], "unexpected"
    assert {name: (shape, recorded[name]) for name, shape in derived.items() if shape != recorded[name]} == {}
    assert sum(weight.elements for weight in main_weights(architecture)) == table["total"]
    assert derived_roles(architecture) == {role: count for role, count in table["roles"].items() if count}
