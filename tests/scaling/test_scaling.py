"""Work grows no faster than what it is done on: sizes × 1, 2, 4, 8 along each axis, in counted steps."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scaling.axes import AXES
from tests.scaling.measure import STEEPEST, slope

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scaling")


@pytest.mark.parametrize("axis", AXES)
def test_no_more_than_in_proportion(axis: str, folder: Path) -> None:
    words = [sys.executable, "-m", "tests.scaling.measure", str(folder), axis]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    counts = json.loads(ran.stdout)[axis]
    assert slope(counts) <= STEEPEST, f"steps along {axis}, × 1, 2, 4, 8: {counts}: with the power {slope(counts):.2f}"


@pytest.mark.parametrize(
    ("counts", "power"),
    [
        ([11, 12, 14, 18], 1.0),
        ([101, 104, 116, 164], 2.0),
        ([500, 501, 503, 507], 0.0),
        ([7, 7, 7, 7], 0.0),
        ([10, 10, 10, 30], 4.3),
    ],
)
def test_the_power_leaves_out_what_any_size_costs(counts: list[int], power: float) -> None:
    assert slope(counts) == pytest.approx(power, abs=0.05)
