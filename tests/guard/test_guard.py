"""No number rises that a machine cannot blur: requests, connections, round trips, bytes, modules, expressions, steps.

What is held is in record.json, for eleven fixed command lines; seconds are not among it. A number that rises for a good
reason is recorded again with `python -m tests.guard.record`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.guard.cases import AGAIN, CASES, RECORD, Case, cannot_count, counted, inputs, instructions, python, risen

RECORDED = json.loads(RECORD.read_text())


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inputs(tmp_path_factory.mktemp("guard") / "models")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counted")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_rises(case: Case, here: Path, cache: Path) -> None:
    recorded = RECORDED["cases"][case.name]
    found = counted(case, here, cache, recorded.get("waves", ()))
    assert risen(case, found, recorded) == [], AGAIN


@pytest.mark.parametrize("case", [case for case in CASES if case.instructions], ids=lambda case: case.name)
def test_no_more_instructions(case: Case, here: Path) -> None:
    if why := cannot_count():
        pytest.skip(why)
    found = {"instructions": instructions(case, here)}
    assert risen(case, found, {"instructions": RECORDED["instructions"][python()][case.name]}) == [], AGAIN


def test_every_case_is_recorded() -> None:
    assert list(RECORDED["cases"]) == [case.name for case in CASES]


def test_what_rises_is_told() -> None:
    """Which number, from what to what, and which names are new."""
    recorded = {"steps": 1000, "requests": 3, "modules": ["a"], "waves": [1, 3], "regexes": 5}
    assert risen(CASES[0], {**recorded, "steps": 1050, "regexes": 4, "waves": [2, 2]}, recorded) == []
    assert risen(
        CASES[0], {"steps": 1051, "requests": 4, "modules": ["a", "b"], "waves": [1, 1, 2], "regexes": 5}, recorded
    ) == [
        "version: steps rose from 1,000 to 1,051, 5% more is allowed",
        "version: requests rose from 3 to 4",
        "version: modules imported that were not: b (1 were recorded, 2 are now)",
        "version: dependent round trips rose from 2 to 3: [1, 1, 2] requests",
    ]
