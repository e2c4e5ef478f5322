"""Which layout a search prefers, and the cache of prediction modules: by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from moeaudit.costs.cache import CacheRules, stage_needs
from moeaudit.costs.devices import GIB
from moeaudit.costs.fleet import Workload, short_fleet
from moeaudit.costs.layout import Divisors, Layout, stages
from moeaudit.costs.search import Fit, divisors, search, smallest
from moeaudit.costs.serving import Serving
from tools.calibration.models import served


def test_prediction_modules_keep_a_cache_of_their_own() -> None:
    """DeepSeek-V3: 61 layers and one module, each 8,192 tokens × 576 elements × 2 bytes = 9,437,184."""
    model = served("DeepSeek-V3")
    without, having = (
        model.caches(Layout(), CacheRules(), prediction=asked)[0].per_request(8192) for asked in (False, True)
    )
    assert (without, having) == (61 * 8192 * 576 * 2, 62 * 8192 * 576 * 2)
    assert having == 585_105_408


def test_prediction_modules_stand_on_the_last_stage() -> None:
    """61 layers over four stages are 15, 15, 16, 15; the module makes the last 16."""
    needs = stage_needs(served("DeepSeek-V3").architecture, 4, prediction=True)
    assert [sum(layers for _, layers in held) for held in needs] == [15, 15, 16, 16]


@pytest.mark.parametrize(
    ("model", "gpus", "devices", "layout"),
    [
        (
            "DeepSeek-V3",
            "8xH200",
            8,
            "TP 4 · EP 8 · DP 2",
        ),  # 671 GB in 8 bits; attention on every rank, experts dealt out
        ("Mixtral-8x7B", "8xH200", 1, "TP 1"),  # 93.4 GB of 126 that 0.9 leaves
        ("Qwen3-30B-A3B", "8xH100", 1, "TP 1"),  # 61 GB of 71
    ],
)
def test_the_smallest_fleet(model: str, gpus: str, devices: int, layout: str) -> None:
    found, _ = smallest(served(model), short_fleet(gpus))
    assert found is not None
    assert (found.layout.devices, str(found.layout)) == (devices, layout)
    assert found.fits


def test_a_fleet_is_as_small_as_its_bytes() -> None:
    """What is stored goes into the memory of the devices found, and not into what an engine takes of half of them."""
    model = served("DeepSeek-V3")
    stored = sum(stage.stored for stage in model.stages(1))
    found, _ = smallest(model, short_fleet("8xH100"))
    assert found is not None
    assert found.layout.devices * 79.18 * GIB > stored > found.layout.devices // 2 * 0.9 * 79.18 * GIB


def key(fit: Fit) -> tuple[int, int, float, int]:
    """By which layouts that start are ordered, read off the fit."""
    assert isinstance(fit.times, Serving)
    return fit.standing, -fit.served, fit.times.time_per_output.typical, -fit.concurrency


def test_a_search_lists_what_fits_first_by_requests_served_and_time() -> None:
    found = search(served("DeepSeek-V3"), short_fleet("2x8xH100"))
    fitting = [fit.fits for fit in found]
    assert fitting == sorted(fitting, reverse=True) and set(fitting) == {True, False}
    best = [fit for fit in found if fit.fits]
    for better, worse in pairwise(best):
        assert key(better) <= key(worse)
    short = [fit.short for fit in found if not fit.fits]
    assert short == sorted(short) and min(short) > 0


@pytest.mark.parametrize(
    ("layers", "pp", "sizes"),
    [(61, 4, [15, 15, 16, 15]), (61, 1, [61]), (62, 4, [15, 16, 16, 15]), (3, 3, [1, 1, 1]), (7, 4, [2, 2, 2, 1])],
)
def test_layers_are_dealt_as_vllm_does(layers: int, pp: int, sizes: list[int]) -> None:
    """vllm/distributed/utils.py: the remainder goes to the stages before the last, from the back."""
    found = stages(layers, pp)
    assert [len(held) for held in found] == sizes
    assert [number for held in found for number in held] == list(range(layers))


def test_divisors() -> None:
    assert divisors(1) == [1]
    assert divisors(12) == [1, 2, 3, 4, 6, 12]


@pytest.mark.parametrize(
    ("layout", "problem"),
    [
        (Layout(64), "tp 64 does not divide the 32 attention heads"),
        (Layout(1, True, 8), None),
        (Layout(1, True, 9), "EP 9 (tp 1 × dp 9) is above the 8 experts of a layer"),
        (Layout(1, True, 9, redundant=1), None),
        (Layout(pp=32), None),
        (Layout(pp=33), "pp 33 is above the 32 layers"),
        (Layout(redundant=1), "redundant experts need expert parallelism"),
        (Layout(16, dcp=2), None),  # 16 ranks, 8 key-value heads: two ranks hold each
        (Layout(16, dcp=4), "dcp 4 must divide the 2 ranks that hold the same cache"),
        (Layout(8, dcp=2), "dcp 2 must divide the 1 ranks that hold the same cache"),
    ],
    ids=str,
)
def test_what_mixtral_allows(layout: Layout, problem: str | None) -> None:
    """32 heads, 8 key-value heads, 8 experts, 32 layers."""
    found = list(Divisors.of(served("Mixtral-8x7B").architecture).problems(layout))
    assert found == ([problem] if problem else [])


def test_what_a_dense_model_allows() -> None:
    dense = Divisors.of(served("Llama-3.1-8B").architecture)
    assert list(dense.problems(Layout(2, True))) == ["expert parallelism is on, but the model has no routed experts"]
    assert list(dense.problems(Layout(dp=2))) == ["dp 2 shares experts, and the model has none: use replicas"]


@pytest.mark.parametrize(
    ("layout", "devices", "words"),
    [
        (Layout(), 1, "TP 1"),
        (Layout(2, True, 4, 3), 24, "TP 2 · EP 8 · DP 4 · PP 3"),
        (Layout(8, dcp=2, replicas=2), 16, "TP 8 · DCP 2 · × 2 replicas"),
        (Layout(1, True, 2, redundant=1), 2, "TP 1 · EP 2 · DP 2 · 1 redundant experts"),
    ],
)
def test_a_layout_in_words(layout: Layout, devices: int, words: str) -> None:
    assert (layout.devices, str(layout)) == (devices, words)


@pytest.mark.parametrize("engine", ["vllm", "sglang", "tensorrt-llm"])
@pytest.mark.parametrize("model", ["DeepSeek-V3", "gpt-oss-120b", "Mixtral-8x7B", "Qwen3.5-27B-FP8", "Nemotron-3-Nano"])
@pytest.mark.parametrize(("context", "concurrency"), [(8192, None), (131_072, 40), (4096, 3000)])
def test_a_glance_rules_out_nothing_that_fits(
    model: str, engine: str, context: int, concurrency: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The smallest fleet is the same one where every layout is worked out."""
    fleet = replace(short_fleet("8xH100", engine_name=engine), workload=Workload(context, concurrency))
    glanced, _ = smallest(served(model), fleet)
    monkeypatch.setattr("moeaudit.costs.search._crowded", lambda *_: False)
    whole, _ = smallest(served(model), fleet)
    assert whole is not None and glanced is not None and glanced.layout == whole.layout
