"""Predictions held against what real engines logged. Every expected value is a published log line
(measurements.yaml)."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest
import yaml

from tools.calibration.apart import held, predictions, sources, without
from tools.calibration.measured import PREDICT, Row, boots, error, goal, predict, rows
from tools.calibration.models import DATA
from tools.calibration.page import page, percentile, predicted, within

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
    found = errors("available")
    assert len(found) >= 20
    assert median(found) <= 0.05
    assert percentile(found, 0.9) <= 0.15


def test_the_band_of_the_budget_holds_what_it_was_not_read_from() -> None:
    """Each source left out in turn: every row that gave a figure is among them, and four in five lie in the band."""
    found = list(predictions())
    assert all(without(row) or not row.fitted for row, _, _ in found)
    assert {row.id for one in sources().values() for row, name, _ in found if name and row.id in one["rows"]} == {
        row for one in sources().values() for row in one["rows"]
    }
    inside = [held(row, prediction) for row, _, prediction in found]
    assert len(inside) >= 20 and sum(inside) >= 0.8 * len(inside)


def test_what_the_others_give_differs_from_what_the_source_gave() -> None:
    """Leaving a source out changes what is predicted for its rows."""
    for row, name, prediction in predictions():
        own = predict(row)
        assert own is not None
        assert (prediction != own) == bool(name), row.id


BOOTED = [row for row in rows() if row.quantity == "boots"]


@pytest.mark.parametrize("row", BOOTED, ids=lambda row: f"{row.id} {row.written}")
def test_what_started_is_never_refused_and_what_was_refused_never_surely_fits(row: Row) -> None:
    assert boots(row).value != 1 - row.value


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


def test_speeds_lie_in_bands_that_say_something() -> None:
    inside, widths = within(("throughput", "per_token"))
    assert len(inside) >= 25
    assert sum(inside) / len(inside) >= 0.8
    assert median(widths) <= 3
    apart, _ = within(("throughput", "per_token"), fitted=False)
    assert len(apart) >= 10
    assert sum(apart) / len(apart) >= 0.8


def test_first_tokens_with_and_without_a_queue() -> None:
    for quantity in ("first_token", "first_token_together"):
        inside, widths = within((quantity,))
        assert all(inside)
        assert median(widths) <= 3.5


def test_rows_with_missing_facts_say_which() -> None:
    assert all(row.missing or row.quantity in PREDICT for row in rows())
    assert len(rows()) == 222


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
