"""What fits, what is too close to call, what does not fit, by both ends of the cache's band; the order of layouts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeaudit.costs.devices import GIB
from moeaudit.costs.estimate import NOT_STARTED, Estimate, estimate
from moeaudit.costs.fleet import Fleet, Workload, short_fleet
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.search import Bound, Fit, Verdict, evaluate, rank, smallest
from moeaudit.costs.serving import Serving
from tools.calibration.models import served

MIXTRAL, DEEPSEEK, OSS = served("Mixtral-8x7B"), served("DeepSeek-V3"), served("gpt-oss-120b")
NEAR = 2**20


def with_memory(size: int, more: str = "") -> Fleet:
    """One H200 with so many bytes of memory."""
    devices = f"{{type: H200-SXM, memory_gib: {size / GIB!r}}}"
    return parse_fleet(f"schema: moeaudit/fleet/v1\ndevices: {devices}\nlayout: {{tp: 1}}\n{more}", "f.yaml")


def needed(by: str) -> int:
    """The memory at which one end of Mixtral's budget is just what a request of 8,192 tokens takes.

    vLLM's rule: budget = utilisation × memory − all that the device holds beside the cache. What it holds does not
    depend on the memory, so one look at any device tells it.
    """
    fleet = with_memory(100 * GIB)
    stage = evaluate(MIXTRAL, fleet, Layout()).tightest
    held = 0.9 * fleet.device.memory_bytes - getattr(stage.budget, by)
    return int((held + stage.taken(1)) / 0.9)


@pytest.mark.parametrize(
    ("by", "more", "verdict", "fits"),
    [
        ("low", NEAR, Verdict.FITS, True),
        ("low", -NEAR, Verdict.CLOSE, True),
        ("value", NEAR, Verdict.CLOSE, True),
        ("value", -NEAR, Verdict.CLOSE, False),
        ("high", NEAR, Verdict.CLOSE, False),
        ("high", -NEAR, Verdict.SHORT, False),
    ],
)
def test_a_verdict_goes_by_both_ends_of_the_band(by: str, more: int, verdict: Verdict, fits: bool) -> None:
    """A mebibyte to either side of each end; `fits` goes by the typical figure alone."""
    fit = evaluate(MIXTRAL, with_memory(needed(by) + more), Layout())
    assert (fit.verdict, fit.fits) == (verdict, fits)


def test_a_given_budget_has_no_band() -> None:
    """A request of Mixtral takes 1 GiB: 8,192 tokens × 32 layers × 2 × 8 heads × 128 elements × 2 bytes."""
    for gib, verdict in ((1.0, Verdict.FITS), (0.999, Verdict.SHORT)):
        fleet = with_memory(100 * GIB, f"engine: {{cache_budget_gib: {gib}}}\n")
        assert evaluate(MIXTRAL, fleet, Layout()).verdict is verdict


def test_what_the_model_forbids_never_fits() -> None:
    fit = evaluate(DEEPSEEK, short_fleet("8xH200"), Layout(3))
    assert (fit.verdict, fit.bound) == (Verdict.SHORT, Bound.LAYOUT)


ONE = 2000 * 70_272
"""Bytes of DeepSeek-V3's cache for 1,000 tokens in and 1,000 out: 61 layers × 576 elements × 2 bytes a token, 125 whole
blocks of 16 tokens."""


@pytest.mark.parametrize("concurrency", [1, 8, 60, 61, 200, 240, 300, 311, 312, 320, 400, 1000])
def test_all_that_is_asked_counts(concurrency: int) -> None:
    """By the workload's own length, at both ends of the budget: as many requests as fit at the low end surely run at
    once, more than fit at the high end surely queue; the engine starts with any number of them."""
    fit = evaluate(DEEPSEEK, asking(concurrency), Layout(8))
    low, value, high = (end // ONE for end in (fit.tightest.budget.low, fit.tightest.budget.value,
                                               fit.tightest.budget.high))  # fmt: skip
    wanted = Verdict.FITS if concurrency <= low else Verdict.CLOSE if concurrency <= high else Verdict.QUEUES
    assert (fit.verdict, fit.starts, fit.short) == (wanted, True, 0)
    assert (fit.runs, fit.served, fit.fits) == (value, min(concurrency, value), concurrency <= value)
    assert low < 311 == value < high < 400


def asking(concurrency: int | None, **work: int) -> Fleet:
    return replace(short_fleet("8xH200"), workload=Workload(concurrency=concurrency, **work))


@pytest.mark.parametrize(
    ("work", "length"),
    [({}, 2000), ({"input_tokens": 7000, "output_tokens": 1500}, 8192), ({"context": 1500}, 1500),
     ({"input_tokens": 30, "output_tokens": 2}, 32)],
)  # fmt: skip
def test_a_request_is_admitted_by_what_goes_in_and_comes_out(work: dict[str, int], length: int) -> None:
    """At most the context; what must fit for a start is the context, whatever is asked."""
    fit = evaluate(DEEPSEEK, asking(4, **work), Layout(8))
    stage = fit.tightest
    assert (stage.admitted, stage.length) == (length, work.get("context", 8192))
    assert stage.taken_by_load(3) == 3 * -(-length // 16) * 16 * 70_272
    assert stage.taken(1) == -(-stage.length // 16) * 16 * 70_272


def test_a_long_context_keeps_an_engine_from_starting_whatever_the_load() -> None:
    """44 GiB and a bit for the cache: a request of 163,840 tokens takes 10.72 of them, of a million 65."""
    for context, starts in ((163_840, True), (1_000_000, False)):
        fit = evaluate(DEEPSEEK, asking(16, context=context), Layout(8))
        assert fit.starts == starts
        assert (fit.served, fit.verdict) == ((16, Verdict.FITS) if starts else (0, Verdict.SHORT))


@pytest.mark.parametrize(("engine", "most"), [("vllm", 1024), ("sglang", 2048), ("llama.cpp", 4)])
def test_an_engine_runs_no_more_at_once_than_it_is_set_to(engine: str, most: int) -> None:
    """Requests of 32 tokens, two blocks of 16: 20,000 of them have room; vLLM's and llama.cpp's default, the number
    SGLang makes pools for. The rest queue, and what binds is said."""
    fleet = replace(short_fleet("8xH200", engine_name=engine),
                    workload=Workload(4096, 10_000, input_tokens=30, output_tokens=2))  # fmt: skip
    fit = evaluate(DEEPSEEK, fleet, Layout(8))
    assert (fit.verdict, fit.runs, fit.served, fit.bound) == (Verdict.QUEUES, most, most, Bound.SEQUENCES)
    two = evaluate(DEEPSEEK, replace(fleet, settings=replace(fleet.settings, max_num_seqs=3)), Layout(8))
    assert two.runs == 3


def test_groups_share_the_load() -> None:
    """Eight attention groups: 129 requests are 17 for the busiest, by the layout's own sum."""
    fit = evaluate(DEEPSEEK, asking(129), Layout(1, True, 8))
    assert (fit.per_group, fit.asked_bytes) == (17, max(17 * ONE, 8192 * 70_272))
    assert fit.runs == 8 * (fit.tightest.budget.value // ONE)


def test_times_are_for_what_runs() -> None:
    """311 of 1,000 run; times are those of 311 asked, and the estimate has both numbers."""
    asked, alike = (estimate(DEEPSEEK, replace(asking(count), layout=Layout(8))) for count in (1000, 311))
    some, all_of_them = asked.chosen.serving, alike.chosen.serving
    assert isinstance(some, Serving) and isinstance(all_of_them, Serving)
    assert some == all_of_them and some.concurrency == 311
    assert asked.verdict is Verdict.QUEUES and asked.chosen.fit.wanted == 1000
    assert asked.smallest is not None and asked.smallest.runs >= 1000 and asked.offload is None


CASES = [("gpt-oss-120b", "8xRTX-4090"), ("Kimi-K2", "16xH100"), ("gpt-oss-120b", "2xA100-40GB"),
         ("DeepSeek-V3", "8xH100"), ("DeepSeek-V3", "8xH200")]  # fmt: skip


def found(case: tuple[str, str]) -> Estimate:
    return estimate(served(case[0]), short_fleet(case[1]))


@pytest.mark.parametrize("case", CASES, ids=" on ".join)
def test_layouts_come_in_one_order(case: tuple[str, str]) -> None:
    """Sure ones, close ones, others; within those that start by requests served, time per token and room; then by what
    is lacking."""
    fits = [option.fit for option in found(case).options]
    verdicts = [list(Verdict).index(fit.verdict) for fit in fits]
    assert verdicts == sorted(verdicts)
    for verdict in Verdict:
        alike = [fit for fit in fits if fit.verdict is verdict]
        holding, others = [fit for fit in alike if fit.starts], [fit for fit in alike if not fit.starts]
        assert alike == [*holding, *others]
        keys = [(-fit.served, tpot(fit), -fit.concurrency) for fit in holding]
        assert keys == sorted(keys)
        assert [fit.short for fit in others] == sorted(fit.short for fit in others)


def tpot(fit: Fit) -> float:
    assert isinstance(fit.times, Serving)
    return fit.times.time_per_output.typical


ORDERS = {
    # what is asked at once → the first layout of DeepSeek-V3 on 8 × H200
    1: "TP 8 · EP 8", 8: "TP 8 · EP 8", 32: "TP 4 · EP 8 · DP 2", 256: "TP 2 · EP 8 · DP 4",
    700: "TP 1 · EP 8 · DP 8", 4000: "TP 1 · DP 4 · PP 2",
}  # fmt: skip


@pytest.mark.parametrize("concurrency", ORDERS)
def test_the_first_layout_follows_the_load(concurrency: int) -> None:
    """Few requests are fastest with all devices on each; many need the room of data parallelism, which is what the
    recipes of vLLM and SGLang start for either; without a load, the first is that of 32."""
    fits = [option.fit for option in estimate(DEEPSEEK, asking(concurrency)).options]
    best = fits[0]
    assert str(best.layout) == ORDERS[concurrency]
    peers = [fit for fit in fits if fit.standing == best.standing]
    assert best.served == max(fit.served for fit in peers)
    assert tpot(best) == min(tpot(fit) for fit in peers if fit.served == best.served)
    plain = [option.fit.layout for option in estimate(DEEPSEEK, short_fleet("8xH200")).options]
    assert concurrency != 32 or [fit.layout for fit in fits] == plain


def test_what_surely_starts_goes_before_what_is_close_and_runs_more() -> None:
    """gpt-oss-120b on eight 4090s for 2,000 requests: layouts that queue stand before those that may not start."""
    fleet = replace(short_fleet("8xRTX-4090"), workload=Workload(concurrency=2000))
    fits = [option.fit for option in estimate(OSS, fleet).options]
    assert [fit.standing for fit in fits] == sorted(fit.standing for fit in fits)
    assert {fit.standing for fit in fits} >= {1, 2}
    queueing, close = (max(fit.served for fit in fits if fit.standing == place) for place in (1, 2))
    assert queueing < 2000 and close > 0


def test_without_times_few_stages_go_first() -> None:
    """H20-3e has no bandwidth, so no times."""
    fits = [option.fit for option in estimate(MIXTRAL, short_fleet("8xH20-3e")).options]
    assert all(isinstance(fit.times, str) for fit in fits if fit.starts)
    served = [(fit.standing, -fit.served, fit.layout.pp, -fit.concurrency) for fit in fits]
    assert served == sorted(served)


def test_a_sure_layout_goes_before_a_close_one_with_more_requests() -> None:
    """gpt-oss-120b on eight 4090s: DP layouts repeat attention on every card and hang on a few hundred MiB."""
    estimated = found(CASES[0])
    close = [one.fit for one in estimated.options if one.fit.verdict is Verdict.CLOSE]
    assert estimated.verdict is Verdict.FITS and close
    assert rank(estimated.chosen.fit) < min(map(rank, close))


@pytest.mark.parametrize("case", CASES, ids=" on ".join)
def test_the_smallest_fleet_surely_holds_it(case: tuple[str, str]) -> None:
    """It fits by both ends of the band; no smaller number of devices has a layout that does."""
    model, fleet = served(case[0]), short_fleet(case[1])
    fit, _ = smallest(model, fleet)
    assert fit is not None and fit.verdict is Verdict.FITS
    if fit.layout.devices <= 8:
        for count in range(1, fit.layout.devices):
            smaller = [one.fit for one in estimate(model, short_fleet(f"{count}x{fleet.device.name}")).options]
            assert count not in (1, 2, 4, 8) or all(one.verdict is not Verdict.FITS for one in smaller)


@pytest.mark.parametrize("case", CASES, ids=" on ".join)
def test_there_are_no_times_for_what_never_starts(case: tuple[str, str]) -> None:
    for option in found(case).options[:12]:
        if option.fit.verdict is Verdict.SHORT:
            assert (option.serving, option.traffic) == (NOT_STARTED, None)
        else:
            assert isinstance(option.serving, Serving)


def test_listed_are_the_best_and_the_roomiest() -> None:
    """DeepSeek-V3 on 8 × H200: most requests go into a pipeline, which the order puts last of those that fit."""
    estimated = found(("DeepSeek-V3", "8xH200"))
    listed = estimated.listed(12)
    assert listed[:12] == estimated.options[:12] and listed[12:] == (estimated.roomiest,)
    assert estimated.listed(100) == estimated.options
    nothing_fits = found(("DeepSeek-V3", "8xH100"))
    assert nothing_fits.listed(3) == nothing_fits.options[:3]


def test_a_request_of_the_models_own_length() -> None:
    """DeepSeek-V3's config allows 163,840 tokens: 70,272 bytes each, 10.72 GiB a request and device, which 8 × H200
    have under any layout that leaves 11 GiB."""
    longer = found(("DeepSeek-V3", "8xH200")).longer
    assert longer is not None and longer.smallest is None
    assert (longer.context, longer.fit.verdict) == (163_840, Verdict.FITS)
    stage = longer.fit.tightest
    assert stage.taken(1) == 163_840 * 70_272 and stage.budget.low > stage.taken(1)


def test_where_it_does_not_fit_another_fleet_is_named() -> None:
    longer = found(("Mixtral-8x7B", "4x4090")).longer
    assert longer is not None and longer.fit.verdict is Verdict.SHORT and longer.smallest is not None
    assert longer.smallest.layout.devices == 8


@pytest.mark.parametrize(
    ("model", "gpus", "context"),
    [
        ("DeepSeek-V3", "8xH100", 8192),  # not even what is asked fits
        ("DeepSeek-V3", "8xH200", 163_840),  # what is asked is as long
        ("DeepSeek-V3", "8xH200", 163_841),
    ],
)
def test_nothing_longer_is_tried(model: str, gpus: str, context: int) -> None:
    fleet = replace(short_fleet(gpus), workload=Workload(context))
    assert estimate(served(model), fleet).longer is None


def test_a_layout_that_is_given_is_kept_for_the_longer_one() -> None:
    fleet = replace(short_fleet("8xH200"), layout=Layout(8))
    longer = estimate(DEEPSEEK, fleet).longer
    assert longer is not None and longer.fit.layout == Layout(8)


def test_concurrency_is_of_the_asked_length_alone() -> None:
    fleet = replace(short_fleet("8xH200"), workload=Workload(concurrency=200))
    longer = estimate(DEEPSEEK, fleet).longer
    assert longer is not None and longer.fit.wanted == 1 and longer.fit.verdict is Verdict.FITS


def test_who_named_the_context() -> None:
    from moeaudit.costs.asked import adjusted, at_own_length
    from moeaudit.costs.launch import parse_command

    plain = short_fleet("8xH200")
    head = "schema: moeaudit/fleet/v1\ndevices: {type: H200-SXM}\n"
    assert plain.workload.assumed and parse_fleet(head, "f").workload.assumed
    assert parse_fleet(f"{head}workload: {{concurrency: 2}}\n", "f").workload.assumed
    assert not parse_fleet(f"{head}workload: {{context: 8192}}\n", "f").workload.assumed
    assert adjusted(plain, None, 4, None).workload.assumed and not adjusted(plain, 8192, None, None).workload.assumed
    assert not at_own_length(plain, DEEPSEEK).workload.assumed
    named, silent = (parse_command(f"vllm serve m -tp 8{more}") for more in (" --max-model-len 8192", ""))
    assert not named.applied(plain).workload.assumed and silent.applied(plain).workload.assumed


@pytest.mark.parametrize(
    ("fit", "bound"),
    [
        (evaluate(MIXTRAL, short_fleet("1xH100"), Layout()), Bound.WEIGHTS),
        (evaluate(MIXTRAL, replace(short_fleet("1xH200"), workload=Workload(10**6)), Layout()), Bound.CACHE),
        (evaluate(MIXTRAL, with_memory(88 * GIB), Layout()), Bound.NEEDS),
    ],
    ids=lambda one: one.value if isinstance(one, Bound) else "",
)
def test_what_binds(fit: Fit, bound: Bound) -> None:
    """87.0 GiB of weights: more than an H100 has; nearly all of 88 GiB; and room for half a million tokens in 140."""
    assert fit.bound is bound


@pytest.mark.parametrize("by", ["low", "value", "high"])
def test_fleets_are_sought_wherever_a_layout_does_not_surely_hold_what_is_asked(by: str) -> None:
    """Under a given layout too: none was sought where the typical figure alone fits, and "no fleet" was said."""
    fleet = with_memory(needed(by) - NEAR)
    found = estimate(MIXTRAL, fleet)
    assert found.verdict is not Verdict.FITS and not found.searched
    assert found.smallest is not None and found.smallest.verdict is Verdict.FITS
    assert found.smallest.layout == getattr(smallest(MIXTRAL, fleet)[0], "layout", None)
