"""Predictions held against what real engines logged. Every expected value is a published log line
(measurements.yaml)."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest
import yaml

from tools.calibration.measured import PREDICT, Row, error, goal, predict, rows
from tools.calibration.models import DATA
from tools.calibration.page import page, percentile, predicted

CACHE = [row for row in rows() if goal(row) is not None and not row.missing]


def errors(quantity: str) -> list[float]:
    return sorted(abs(error(row, found)) for row, found in predicted(quantity))


@pytest.mark.parametrize("row", CACHE, ids=lambda row: row.id)
def test_cache_rows_within_a_tenth_of_a_percent_or_1_5_above_tp_1(row: Row) -> None:
    found, allowed = predict(row), goal(row)
    assert found is not None and allowed is not None
    if row.why:
        assert abs(error(row, found)) > allowed, "the row meets its goal: drop its excuse"
        return
    assert abs(error(row, found)) <= allowed + found.slack


def test_cache_rows_cover_every_kind() -> None:
    kinds = {row.run["model"] for row in CACHE}
    assert {"Llama-3.1-8B", "Qwen3-235B-A22B-FP8", "DeepSeek-V3.2-Exp", "Qwen3.5-27B-FP8", "MiniMax-M2"} <= kinds


def test_weights_per_device() -> None:
    found = errors("weights")
    assert len(found) >= 20
    assert median(found) <= 0.015
    assert percentile(found, 0.9) <= 0.03


def test_available_cache_memory() -> None:
    assert median(errors("available")) <= 0.06


def test_available_cache_memory_of_logs_that_gave_no_input() -> None:
    apart = [abs(error(row, found)) for row, found in predicted("available") if not row.fitted]
    assert len(apart) >= 3
    assert median(apart) <= 0.06


def test_activation_peaks_of_moe_models_are_within_the_band() -> None:
    assert median(errors("activation")) <= 0.05


def test_dispatch_bytes_give_the_bandwidth_that_deepep_prints() -> None:
    rows_of_links = list(predicted("dispatch_bandwidth"))
    assert [row.id for row, _ in rows_of_links] == ["gt077", "gt078"]  # 98 GB/s over 8 ranks, 39 over 128
    for row, found in rows_of_links:
        assert abs(error(row, found)) <= found.slack


def test_rows_with_missing_facts_say_which() -> None:
    assert all(row.missing or row.quantity in PREDICT for row in rows())
    assert len(rows()) == 182


def test_every_miss_has_a_reason() -> None:
    for row in rows():
        found = predict(row)
        if found is not None and row.quantity in ("weights", "available") and abs(error(row, found)) > 0.02:
            assert row.why, row.id


def test_the_page_is_up_to_date() -> None:
    recorded = DATA / "other_tools.yaml"
    others = yaml.safe_load(recorded.read_text(encoding="utf-8"))["rows"] if recorded.exists() else {}
    assert (Path(__file__).parents[2] / "docs" / "calibration.md").read_text(encoding="utf-8") == page(others), (
        "run python -m tools.calibration"
    )
