"""Traffic, time, cost, the layout search, experts in host memory."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.costs.estimate import utilization_needed
from moeaudit.costs.fleet import Fleet, Prices, Workload, short_fleet
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Deployment
from moeaudit.costs.offload import offload
from moeaudit.costs.search import Fit, evaluate, search, smallest
from moeaudit.costs.served import Served
from moeaudit.costs.serving import Serving, serving
from moeaudit.costs.storage import uniform
from moeaudit.costs.traffic import distinct_experts, distinct_ranks, traffic
from moeaudit.costs.waits import handing_on
from moeaudit.vocabulary import Component
from tools.calibration.models import served

DEEPSEEK, QWEN, MIXTRAL = served("DeepSeek-V3"), served("Qwen3-30B-A3B"), served("Mixtral-8x7B")

PEAKS = {"bf16": 2250e12, "fp8": 4500e12, "fp4": 9000e12}
"""Dense, of B200 (published_devices.tsv)."""


def fleet(text: str, **work: int) -> Fleet:
    return replace(short_fleet(text, engine_version="0.19"), workload=Workload(**work))


def timed(model: Served, asked: Fleet, layout: Layout, concurrency: int) -> Serving:
    found = serving(Deployment(model, asked, layout), concurrency)
    assert isinstance(found, Serving)
    return found


def test_distinct_experts_of_a_batch() -> None:
    """One token touches k experts; many touch all."""
    assert distinct_experts(256, 8, 1) == pytest.approx(8)
    assert distinct_experts(256, 8, 10_000) == pytest.approx(256)


def test_distinct_ranks_of_a_token() -> None:
    """8 of 256 experts over 8 ranks: 8 · (1 − C(224, 8) / C(256, 8)) ranks."""
    assert distinct_ranks(256, 8, 8) == pytest.approx(8 * (1 - comb(224, 8) / comb(256, 8)))
    assert distinct_ranks(256, 8, 1) == 1


def test_group_limited_routing_caps_the_ranks() -> None:
    """DeepSeek-V3 picks from 4 of 8 groups: at most 4 of 8 ranks, 3.5 of them elsewhere; 7168 + 4 · 56 + 16 bytes a
    copy."""
    sent = traffic(Deployment(DEEPSEEK, fleet("8xH200"), Layout(1, True, 8)), 128)
    assert sent.dispatch_per_layer == int(128 * 3.5 * (7168 + 4 * 56 + 16))
    assert sent.combine_per_layer == int(128 * 3.5 * 2 * 7168)


def test_tensor_parallelism_reduces_twice_a_layer() -> None:
    sent = traffic(Deployment(MIXTRAL, fleet("8xH100"), Layout(8)), 10)
    assert sent.reduce_per_layer == int(2 * 2 * 7 / 8 * 10 * 4096 * 2)
    assert sent.dispatch_per_layer == 0


def test_experts_on_two_nodes_of_two_meet_at_the_slow_link() -> None:
    """Of three other ranks one is in the same node: two thirds of what is sent crosses, and on one node nothing."""

    def crossing(text: str) -> float:
        return traffic(Deployment(DEEPSEEK, fleet(text), Layout(1, True, 4)), 64).share_between_nodes

    assert crossing("2x2xH200") == pytest.approx(2 / 3)
    assert crossing("4xH200") == crossing("2x2xGB200") == 0


def test_one_device_sends_nothing() -> None:
    assert traffic(Deployment(QWEN, fleet("1xH200"), Layout()), 10).per_step == 0


def test_small_batches_read_few_experts() -> None:
    """Decoding one token reads 8 of 128 experts; a large batch reads them all."""
    asked = fleet("1xH200", context=4096)
    one, many = (timed(QWEN, asked, Layout(), batch).decode for batch in (1, 512))
    reads = [next(work.bytes for work in step.work if work.component == "routed_experts") for step in (one, many)]
    assert reads[0] == pytest.approx(reads[1] * 8 / 128, rel=0.01)


@pytest.mark.parametrize(
    ("bits", "precision"),
    [(4.25, "fp4"), (5.9, "fp4"), (6, "fp8"), (6.5, "fp8"), (8, "fp8"), (11.9, "fp8"), (12, "bf16"), (16, "bf16")],
)
def test_products_run_in_the_precision_nearest_to_the_stored(bits: float, precision: str) -> None:
    """On a device with units for all three. 6 bits are as near to 8 as to 4, and take the wider; so do 12."""
    step = timed(Served(QWEN.architecture, uniform(bits)), fleet("8xB200"), Layout(tp=8), 1).decode
    (experts,) = [one for one in step.work if one.component == Component.ROUTED_EXPERTS]
    assert (experts.precision, experts.peak) == (precision, PEAKS[precision])


def test_decode_is_bound_by_memory_and_a_long_prefill_by_compute() -> None:
    found = timed(MIXTRAL, fleet("8xH100", context=8192, input_tokens=8192), Layout(8), 1)
    assert found.decode.binding["routed_experts"] == "memory"
    assert found.prefill.binding["routed_experts"] == "compute"


def test_bands_are_ordered() -> None:
    found = timed(DEEPSEEK, fleet("8xH200", context=4096), Layout(8), 16)
    for span in (found.time_to_first, found.time_per_output):
        assert span.best <= span.typical <= span.worst
    assert found.output_per_second.best >= found.output_per_second.typical >= found.output_per_second.worst


def test_cost_follows_the_price() -> None:
    asked = replace(fleet("8xH200", context=4096), prices=Prices(device_hour=2.0))
    cheap, dear = (
        timed(DEEPSEEK, replace(asked, prices=Prices(device_hour=price)), Layout(8), 16).output_cost
        for price in (2.0, 4.0)
    )
    assert cheap is not None and dear is not None
    assert dear.typical == pytest.approx(2 * cheap.typical)
    assert timed(DEEPSEEK, fleet("8xH200"), Layout(8), 16).output_cost is None


def test_missing_figures_are_named_not_guessed() -> None:
    found = serving(Deployment(QWEN, fleet("1xH20-3e"), Layout()), 1)
    assert isinstance(found, str)
    assert "no bandwidth for H20-3e" in found


def test_imbalance_slows_experts() -> None:
    asked = parse_fleet(
        "schema: moeaudit/fleet/v1\ndevices: {type: H200, per_node: 8}\n"
        "workload: {input_tokens: 8192, expert_imbalance: 3}\n",
        "f",
    )
    even = replace(asked, workload=replace(asked.workload, imbalance=1.0))
    slow, fast = (
        timed(DEEPSEEK, chosen, Layout(1, True, 8), 64).prefill.seconds["typical"] for chosen in (asked, even)
    )
    assert slow > fast


def test_searching_512_devices() -> None:
    """Timed in benchmarks/."""
    asked = fleet("64x8xH100", context=32768, concurrency=64)
    found = search(Served(DEEPSEEK.architecture, DEEPSEEK.storage), asked)
    assert len(found) > 100
    assert all(fit.layout.devices == 512 for fit in found)


def test_the_smallest_fleet_for_deepseek_v3() -> None:
    """671 GB of weights: 16 H100 of 80 GB, or one node of H200."""
    assert [smallest(DEEPSEEK, fleet(f"8x{name}", context=32768))[0].layout.devices for name in ("H100", "H200")] == [
        16,
        8,
    ]  # type: ignore[union-attr]


def test_an_infeasible_ask_says_by_how_much() -> None:
    fit = search(DEEPSEEK, fleet("8xH100", context=32768))[0]
    assert not fit.fits
    assert fit.short > 2**30
    assert fit.binds.startswith("weights")


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 200_000),
    st.integers(1, 200_000),
    st.sampled_from([Layout(8), Layout(1, True, 8), Layout(4, pp=2)]),
    st.integers(1, 64),
)
def test_a_layout_that_fits_at_a_context_fits_below(one: int, other: int, layout: Layout, concurrency: int) -> None:
    short, long = sorted((one, other))
    fits = [
        evaluate(QWEN, fleet("8xH100", context=context, concurrency=concurrency), layout).fits
        for context in (short, long)
    ]
    assert fits[0] or not fits[1]


def test_a_given_cache_budget_replaces_the_computed_one() -> None:
    asked = parse_fleet("schema: moeaudit/fleet/v1\ndevices: {type: H100}\nengine: {cache_budget_gib: 5}\n", "f")
    assert Deployment(QWEN, asked, Layout()).stages[0].budget.value == 5 * 2**30


def test_experts_in_host_memory_on_one_24_gb_card() -> None:
    """Qwen3-235B in 4 bits on an RTX 4090: all but a tenth of its experts live in host memory, whose bandwidth sets the
    speed, 89.6 GB/s where nobody says."""
    big = Served(served("Qwen3-235B-A22B-FP8").architecture, uniform(4.5))
    found = offload(big, fleet("1x4090", context=8192))
    assert found is not None and found.fits and found.tokens_per_second is not None
    assert 0 < found.resident < 0.15
    assert found.host_bytes == pytest.approx(found.experts * (1 - found.resident), rel=1e-6)
    assert found.tokens_per_second[1] < 89.6e9 / found.read_per_token


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["DeepSeek-V3", "gpt-oss-120b", "Qwen3.5-27B-FP8", "Nemotron-3-Nano"]),
    st.sampled_from(["vllm", "sglang", "tensorrt-llm"]),
    st.sampled_from([Layout(8), Layout(1, True, 8), Layout(2, dp=2, pp=2)]),
    st.integers(1, 300),
    st.integers(1000, 60_000),
)
def test_it_boots_from_the_utilisation_that_is_named(
    name: str, engine: str, layout: Layout, concurrency: int, context: int
) -> None:
    """At the utilisation named for every stage the engine starts, whatever the load; a little below it does not."""
    work, asked = Workload(context, concurrency), short_fleet("8xB200", engine_name=engine)
    if name == "Qwen3.5-27B-FP8" and layout.dp > 1:
        layout = Layout(layout.tp, pp=layout.pp)

    def at(utilization: float) -> Fit:
        chosen = replace(asked.settings, utilization=utilization)
        return evaluate(served(name), replace(asked, workload=work, settings=chosen), layout)

    fit = at(0.9)
    needed = [utilization_needed(stage, asked) for stage in fit.stages]
    if None in needed:
        assert not at(1.0).starts
        return
    least = max(share for share in needed if share is not None)
    assert at(least + 1e-6).starts
    assert not at(least - 1e-6).starts


def test_nothing_kept_is_bound_by_the_engine() -> None:
    """A stage of feed-forwards alone keeps nothing: it holds as many requests as the engine runs."""
    found = evaluate(served("Nemotron-3-Nano"), fleet("52xB200", context=4096), Layout(pp=52))
    empty = [stage for stage in found.stages if not stage.keeps]
    assert empty and all(stage.requests == 1024 for stage in empty)
    assert found.fits


def test_an_ask_beyond_every_fleet_is_answered_at_once() -> None:
    """What no layout can hold is known from the sums, before any layout is tried."""
    assert smallest(DEEPSEEK, fleet("8xH200", context=8192, concurrency=10**8)) == (None, 512)


@pytest.mark.parametrize(
    ("gpus", "layout", "near", "far"),
    [
        ("8xH200", Layout(8), 0, 0),
        ("8xH200", Layout(2, pp=4), 3, 0),
        ("2x8xH200", Layout(8, pp=2), 0, 1),
        ("2x8xH200", Layout(4, pp=4), 2, 1),  # two stages in each node
        ("4x8xH200", Layout(16, True, pp=2), 0, 1),  # each over two nodes
    ],
)
def test_stages_hand_on(gpus: str, layout: Layout, near: int, far: int) -> None:
    """An exchange at the end of each stage but the last: 10 µs inside a node, 200 from one to the next."""
    found = handing_on(Deployment(DEEPSEEK, fleet(gpus), layout), "typical")
    assert found == pytest.approx(near * 10e-6 + far * 200e-6)
