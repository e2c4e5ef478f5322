"""A GGUF file as the model of an estimate: its origin says what layers compute, the file what they take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.audits.estimate import Asked, estimate
from moeaudit.audits.inspect import inspect
from moeaudit.costs.asked import served_model
from moeaudit.errors import NothingToAudit
from moeaudit.evidence.dtypes import GGML_BLOCKS
from moeaudit.vocabulary import Component, Kind
from tests.gguf.samples import CONFIG, EXPERT, EXPERTS, LAYERS, one


@pytest.fixture
def origin(tmp_path: Path) -> str:
    (tmp_path / "origin").mkdir()
    (tmp_path / "origin" / "config.json").write_text(json.dumps(CONFIG))
    return str(tmp_path / "origin" / "config.json")


@pytest.mark.parametrize("mix", ["Q8_0", "Q4_K_M"])
def test_weights_take_what_the_file_says(tmp_path: Path, origin: str, mix: str) -> None:
    found = inspect(str(one(tmp_path / "a.gguf", mix)), offline=True, against=origin)
    assert found.converted is not None
    served = served_model(found)
    parameters = [one for one in served.architecture.weights if one.kind is Kind.PARAMETER]
    taken: dict[Component, int] = {}
    for weight in parameters:
        taken[weight.component] = taken.get(weight.component, 0) + served.storage.stored_bytes(weight)
    file = {component: stored.bytes for component, stored in found.converted.stored.items()}
    assert taken.keys() == file.keys()
    assert all(0 <= file[one] - taken[one] < len(parameters) for one in file), "a byte is cut off a weight at most"
    if mix == "Q8_0":
        assert taken[Component.ROUTED_EXPERTS] == LAYERS * EXPERTS * EXPERT * GGML_BLOCKS["Q8_0"].bits / 8


def test_the_fullest_device_holds_the_file(tmp_path: Path, origin: str) -> None:
    path = one(tmp_path / "a.gguf", "Q8_0")
    worked = estimate(str(path), Asked(gpus="1x4090", engine="llama.cpp"), offline=True, against=origin)
    assert worked.inspection.converted is not None
    file = sum(stored.bytes for stored in worked.inspection.converted.stored.values())
    assert worked.estimate.chosen.fit.tightest.weight_bytes == pytest.approx(file, abs=LAYERS * 64)
    assert not any("llama.cpp's types" in note for note in worked.fleet.notes)


def test_another_engine_than_its_own_is_said(tmp_path: Path, origin: str) -> None:
    worked = estimate(str(one(tmp_path / "a.gguf")), Asked(gpus="1x4090"), offline=True, against=origin)
    assert any("--engine llama.cpp" in note for note in worked.fleet.notes)
    worked = estimate(origin, Asked(gpus="1x4090", bits="q4_k_m"), offline=True)
    assert any("--engine llama.cpp" in note for note in worked.fleet.notes)
    worked = estimate(origin, Asked(gpus="1x4090"), offline=True)
    assert not any("--engine llama.cpp" in note for note in worked.fleet.notes)


def test_without_an_origin_the_way_out_is_said(tmp_path: Path) -> None:
    with pytest.raises(NothingToAudit, match="its origin's config does"):
        estimate(str(one(tmp_path / "a.gguf")), Asked(gpus="1x4090"), offline=True)
