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


@pytest.mark.parametrize("concurrency", [1, 8, 60, 61, 200, 1000])
def test_all_that_is_asked_counts(concurrency: int) -> None:
    """At the low end of the budget: as many requests as fit there surely fit, one more does not surely."""
    fleet = replace(short_fleet("8xH200"), workload=Workload(concurrency=concurrency))
    fit = evaluate(DEEPSEEK, fleet, Layout(8))
    stage = fit.tightest
    surely = stage.budget.low // stage.taken(1)
    assert (fit.verdict is Verdict.FITS) == (concurrency <= surely)


CASES = [("gpt-oss-120b", "8xRTX-4090"), ("Kimi-K2", "16xH100"), ("gpt-oss-120b", "2xA100-40GB"),
         ("DeepSeek-V3", "8xH100"), ("DeepSeek-V3", "8xH200")]  # fmt: skip


def found(case: tuple[str, str]) -> Estimate:
    return estimate(served(case[0]), short_fleet(case[1]))


@pytest.mark.parametrize("case", CASES, ids=" on ".join)
def test_layouts_come_in_one_order(case: tuple[str, str]) -> None:
    """Sure ones, close ones, others; within those that fit by stages, then by requests; then by what is lacking."""
    fits = [option.fit for option in found(case).options]
    verdicts = [list(Verdict).index(fit.verdict) for fit in fits]
    assert verdicts == sorted(verdicts)
    for verdict in Verdict:
        alike = [fit for fit in fits if fit.verdict is verdict]
        holding, others = [fit for fit in alike if fit.fits], [fit for fit in alike if not fit.fits]
        assert alike == [*holding, *others]
        keys = [(fit.layout.pp, -fit.concurrency) for fit in holding]
        assert keys == sorted(keys)
        assert [fit.short for fit in others] == sorted(fit.short for fit in others)


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
