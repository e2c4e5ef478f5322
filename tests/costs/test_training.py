"""Training compute with its band, and the two thresholds."""

from __future__ import annotations

import pytest

from moeaudit.costs.training import THRESHOLDS, inference_benchmark, training
from tools.calibration.models import served

ACTIVE, TOTAL, TOKENS = 36_625_588_736, 671_026_419_200, 14_800_000_000_000
"""DeepSeek-V3 under active.head and total.full; tokens from its technical report, section 4.1."""


def test_deepseek_v3_with_its_shorthands() -> None:
    """6 · active · D = 3.3e24 and 6 · total · D = 6.0e25 stand on different sides of 1e25; the band decides, not
    either."""
    found = training(served("DeepSeek-V3").architecture, TOKENS, active=ACTIVE, total=TOTAL)
    assert [f"{item.flop:.1e}" for item in found.shorthands] == ["3.3e+24", "6.0e+25"]
    assert [item.denominator for item in found.shorthands] == ["active.head", "total.full"]
    assert found.low < found.typical < found.high < 1e25
    assert [verdict for _, verdict in found.verdicts] == ["above", "below"]


def test_low_is_three_forward_passes_of_products() -> None:
    found = training(served("DeepSeek-V3").architecture, TOKENS)
    assert found.low == pytest.approx(6 * ACTIVE * TOKENS, rel=2e-3)


@pytest.mark.parametrize(
    ("low", "typical", "high", "words"),
    [
        (2e25, 3e25, 4e25, "above"),
        (1e24, 2e24, 3e24, "below"),
        (9e24, 9.5e24, 1e25, "too close to call: typical figure below"),
        (9e24, 1.1e25, 1.2e25, "too close to call: typical figure above"),
    ],
)
def test_thresholds_allow_for_the_accepted_error(low: float, typical: float, high: float, words: str) -> None:
    assert THRESHOLDS[1].verdict(low, typical, high) == words


def test_the_benchmark_names_its_task() -> None:
    found = inference_benchmark(served("Mixtral-8x7B").architecture)
    assert "100,000 tokens" in found.task
    assert found.flop > 2 * 12_700_000_000 * 100_000
