"""With --all, and on every page, stands each figure and sentence that an estimate has; formatted here once more, apart
from the writers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from moeaudit.costs.estimate import Estimate, TrainingRun, utilization_needed
from moeaudit.costs.fleet import Fleet, Prices
from moeaudit.costs.layout import Layout
from moeaudit.costs.search import Verdict
from moeaudit.costs.serving import Serving, Span
from moeaudit.limits import FLEETS_TRIED
from tests.documents.read_back import MEDIA, Medium, missing
from tests.estimates.pages import FULL, TEMPLATES, document_of, found, of, said

GIB, MIB = 2**30, 2**20

RUN = TrainingRun(14_800_000_000_000, 4096, 36_703_682_560, 671_026_404_352)
CASES: dict[str, tuple[str, Fleet, TrainingRun | None]] = {
    "searched, priced, trained": ("DeepSeek-V3", replace(of("2x8xH100", context=32_768, concurrency=64),
                                  prices=Prices(2.5, "EUR", 0.2, 1.3)), RUN),
    "no currency": ("Mixtral-8x7B", replace(of("8xH200"), prices=Prices(2.5)), None),
    "a layout of experts": ("DeepSeek-V3", of("8xH200", Layout(1, True, 8)), None),
    "does not fit": ("DeepSeek-V3", of("8xH100"), RUN),
    "too close": ("gpt-oss-120b", of("2xA100-40GB"), None),
    "host memory": ("Mixtral-8x7B", replace(of("1xRTX-4090"), host_memory_gib=128.0), None),
    "a given budget": ("Mixtral-8x7B", replace(of("1xH200"), settings=replace(of("1xH200").settings,
                       cache_budget_gib=5.0)), None),
    "windows and states": ("Qwen3.5-27B-FP8", of("8xH200"), None),
    "a window": ("gpt-oss-120b", of("8xH200"), None),
    "another engine": ("DeepSeek-V3", of("8xB200", None, "tensorrt-llm"), None),
    "a static one": ("DeepSeek-V3", of("8xB200", None, "sglang"), None),
}  # fmt: skip


def size(count: int) -> str:
    """As sizes are shown: GiB from one on, MiB from one on, else bytes."""
    if abs(count) >= GIB:
        return f"{count / GIB:,.2f} GiB"
    return f"{count / MIB:,.1f} MiB" if abs(count) >= MIB else f"{count:,} bytes"


def plain(value: float) -> str:
    """Three significant figures; whole numbers whole."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 999.5 else f"{value:.3g}"


def flop(count: float) -> str:
    if count >= 1e15:
        return f"{count:.1e}".replace("e+", "e")
    return f"{count / 1e9:,.2f} GFLOP" if count >= 1e9 else f"{count / 1e6:,.2f} MFLOP"


def row(span: Span, unit: str = "") -> str:
    return " ".join(f"{plain(one)}{unit}" for one in (span.best, span.typical, span.worst))


def facts(one: Estimate) -> Iterator[str]:
    yield from of_the_answer(one)
    yield from of_layouts(one)
    yield from of_a_device(one)
    yield from of_operations(one)
    if one.verdict is not Verdict.SHORT:
        yield from of_times(one)
    if one.training:
        yield from of_training(one)
    yield from one.assumptions


def of_the_answer(one: Estimate) -> Iterator[str]:
    fleet, fit = one.fleet, one.chosen.fit
    yield one.model.name
    yield f"{fleet.devices} × {fleet.device.name}" + (f" in {fleet.nodes} nodes" if fleet.nodes > 1 else "")
    yield fleet.settings.engine.title
    yield f"{fleet.workload.context:,} tokens"
    yield str(fit.layout)
    if one.smallest:
        yield f"{one.smallest.layout.devices} × {fleet.device.name} ({one.smallest.layout})"
    elif one.verdict is not Verdict.FITS:
        yield f"No fleet of up to {FLEETS_TRIED}"
    if one.verdict is Verdict.SHORT:
        yield f"lacks {size(fit.short)}"
    else:
        both = f"at {one.fleet.workload.context:,} tokens, {fit.runs:,} at {one.fleet.workload.length:,}"
        more = fit.runs > fit.concurrency and (fit.wanted > 1 or fit.served > fit.concurrency)
        yield f"Requests at once {fit.concurrency:,} {both if more else f'with {fit.layout}'}"
        yield f"{one.roomiest.fit.concurrency:,}"


def of_layouts(one: Estimate) -> Iterator[str]:
    if one.searched and len(one.options) > 1:
        surely = sum(option.fit.verdict is Verdict.FITS for option in one.options)
        yield f"{surely} of {len(one.options)} layouts fit"
    for option in one.listed(12):
        fit, stage = option.fit, option.fit.tightest
        yes = {Verdict.FITS: "yes", Verdict.CLOSE: "close", Verdict.SHORT: "no",
               Verdict.QUEUES: f"{fit.served:,} of {fit.wanted:,}"}[fit.verdict]  # fmt: skip
        room = f"{fit.concurrency:,}" if fit.starts else f"lacks {size(fit.short)}"
        budget = f"{size(stage.budget.value)} " if stage.budget.value > 0 else ""
        timed = isinstance(fit.times, Serving) if fit.served else False
        token = f"{plain(fit.times.time_per_output.typical)} s " if timed else ""  # type: ignore[union-attr]
        yield f"{fit.layout} {yes} {size(stage.weight_bytes)} {budget}{token}{room}"


def of_a_device(one: Estimate) -> Iterator[str]:
    fit, settings = one.chosen.fit, one.fleet.settings
    stage, needs = fit.tightest, fit.tightest.needs
    yield f"pipeline stage {stage.number + 1} of {fit.layout.pp}"
    parts = {"weights": stage.weight_bytes, "activation peak": needs.activation.value,
             "outside torch": needs.non_torch.value, "CUDA graphs": needs.graphs.value, **needs.weights}  # fmt: skip
    if needs.padding:
        parts["padding"] = needs.padding
    if one.verdict is Verdict.SHORT:
        parts |= {"what is asked": stage.taken(1), "lacking": fit.short}
    else:
        parts["cache"] = max(stage.budget.value, 0)
        parts["left alone"] = max(stage.total - sum(parts[name] for name in ("weights", "activation peak",
                                  "outside torch", "CUDA graphs", "cache")), 0)  # fmt: skip
        pool = stage.pool
        if pool:
            yield f"log a cache of {pool.tokens:,} tokens, {plain(pool.concurrency)} times"
            yield f"times a request of {stage.length:,}"
    for name, count in parts.items():
        yield f"{name} {size(count)} {count:,}"
    yield f"One request takes {stage.request:,} bytes"
    if settings.cache_budget_gib is None:
        needed = utilization_needed(stage, one.fleet)
        yield f"utilisation {needed:.3f} on" if needed is not None else "at no utilisation up to 1"
        yield f"= {size(stage.budget.value)} ({size(stage.budget.low)} to {size(stage.budget.high)})"
    for need, layers in stage.cache.needs:
        yield f"{layers} layers keep {need.width if hasattr(need, 'width') else need.recurrent:,} "


def of_operations(one: Estimate) -> Iterator[str]:
    yield f"total {flop(one.prefill.total)} {flop(one.decode.total)}"
    for component in {**one.prefill.components, **one.decode.components}:
        yield f"{component.value} {flop(one.prefill.components[component])} {flop(one.decode.components[component])}"
    yield f"{one.benchmark.tokens:,} prompt tokens: {flop(one.benchmark.flop)}"


def of_times(one: Estimate) -> Iterator[str]:
    served, sent, money = one.chosen.serving, one.chosen.traffic, one.fleet.prices.currency
    assert isinstance(served, Serving) and sent is not None
    yield f"time to first token {row(served.time_to_first, ' s')}"
    yield f"time per output token {row(served.time_per_output, ' s')}"
    yield f"output tokens per second {row(served.output_per_second)}"
    yield f"output tokens per second and device {row(served.per_device)}"
    if served.input_cost and served.output_cost:
        head, tail = (f"{money} ", "") if money else ("", ", in the price's currency")
        yield f"{head}per million tokens in{tail} {row(served.input_cost)}"
        yield f"{head}per million tokens out{tail} {row(served.output_cost)}"
    if served.joules_per_output:
        yield f"joules per output token {row(served.joules_per_output)}"
    for component, bound in list(served.decode.binding.items())[:4]:
        yield f"{component} by {bound}"
    yield f"links {plain(served.decode.link_seconds * 1e3)} ms"
    yield f"fixed latency {plain(served.decode.latency_seconds * 1e3)} ms"
    if sent.expert_layers:
        yield f"touches {plain(sent.distinct_experts)} experts"
    if sent.dispatch_per_layer:
        yield f"dispatches {sent.dispatch_per_layer:,} B and combines {sent.combine_per_layer:,} B"
    if sent.per_step:
        yield f"sends {sent.per_step:,} B per step"


def of_training(one: Estimate) -> Iterator[str]:
    found = one.training
    assert found is not None
    yield f"{flop(found.typical)} FLOP for 14.80T tokens in sequences of {found.sequence:,}"
    yield f"from {flop(found.low)} to {flop(found.high)}"
    for item in found.shorthands:
        yield f"{flop(item.flop)} by the shorthand {item.label}"
    for threshold, verdict in found.verdicts:
        yield f"{verdict} {threshold.flop:.0e}".replace("+", "")
        yield from (threshold.title, threshold.decides, threshold.source)


@pytest.mark.parametrize("medium", ["text", "markdown", "html"])
@pytest.mark.parametrize("case", CASES)
def test_everything_is_there(case: str, medium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal wide enough for every cell; long addresses are broken all the same."""
    monkeypatch.setenv("COLUMNS", "200")
    one = found(*CASES[case])
    text = said(one, FULL, medium).replace(" ", "")
    wanted = list(facts(one))
    assert sum(map(len, wanted)) > 1500
    assert [fact for fact in wanted if fact.replace(" ", "") not in text] == []


@pytest.mark.parametrize("medium", MEDIA, ids=lambda one: one.name)
@pytest.mark.parametrize("case", ["searched, priced, trained", "does not fit", "too close"])
def test_every_line_of_it_is_in_every_medium(case: str, medium: Medium) -> None:
    """Read back by a parser of HTML, of Markdown, by poppler, and from a terminal, where nothing stands above the
    verdict: it names the model itself."""
    document = document_of(found(*CASES[case]), FULL)
    text = medium.read(document, TEMPLATES)
    if medium.name == "terminal":
        first = replace(document.sections[0], title=())
        document = replace(document, about=(), sections=(first, *document.sections[1:]), subject="", title="")
    assert missing(document, medium, text) == []


def test_experts_in_host_memory() -> None:
    """Three quarters of them on an H200 that holds half a million tokens; none of it where there are none."""
    one = found(*CASES["host memory"])
    kept = one.offload
    assert kept is not None and kept.tokens_per_second is not None
    text = said(one, FULL)
    assert f"{100 * kept.resident:.1f} % of {size(kept.experts)} routed experts stay on the device, " in text
    assert f"{size(kept.host_bytes)} in host memory" in text
    low, high = kept.tokens_per_second
    assert kept.typical is not None
    assert f"{plain(low)} to {plain(high)} tokens per second for one request, typically {plain(kept.typical)}, " in text
    assert "computed by the processor at 89.6 GB/s of host memory, which is assumed (host.memory_gb_s)" in text
    linked = found("Mixtral-8x7B", replace(one.fleet, experts_over_link=True))
    assert linked.offload is not None and linked.offload.tokens_per_second is not None
    low, high = linked.offload.tokens_per_second
    assert f"{plain(low)} to {plain(high)} tokens per second for one request over 25 GB/s" in said(linked, FULL)
    dual = said(found("Mixtral-8x7B", replace(one.fleet, host_memory_gb_s=300.0, host_sockets=2)), FULL)
    assert (
        "at 300 GB/s of host memory." in dual and "2 sockets: the best case reads from all, the worst from one." in dual
    )
    small = said(found("Mixtral-8x7B", replace(of("1xRTX-4090"), host_memory_gib=1.0)), FULL)
    assert "The host memory that is given is too small for them." in small and "tokens per second for one" not in small
    assert "Experts in host memory" not in said(found("Llama-3.1-8B", of("1xH200")), FULL)


def test_more_layouts_than_are_listed_are_counted() -> None:
    one = found("DeepSeek-V3", of("2x8xH100"))
    assert f"{len(one.options) - len(one.listed(12))} more are in the JSON view." in said(one, FULL)
    assert "more are in the JSON view" not in said(found("Mixtral-8x7B", of("1xH200")), FULL)


def test_what_binds_is_said_once() -> None:
    text = said(found("DeepSeek-V3", of("8xH100")), FULL)
    assert text.count("All of these are bound by the same: the weights alone exceed the device.") == 1
    assert text.count("weights alone exceed") == 2  # the verdict's own sentence is the other
    mixed = said(found("gpt-oss-120b", of("2xA100-40GB")), FULL)
    assert "All of these are bound by the same" not in mixed


def test_the_order_is_told() -> None:
    text = said(found("DeepSeek-V3", of("8xH200")), FULL)
    assert "Best by requests served at once, then by time per token, then by room for more" in text
    assert "Requests are of 8,192 tokens." in text
    assert "Best by" not in said(found("DeepSeek-V3", of("8xH200", Layout(8))), FULL)


def test_the_routed_share_that_depends_on_the_token() -> None:
    one = found("Mixtral-8x7B", of("1xH200"))
    wide = replace(one, prefill=replace(one.prefill, low=one.prefill.low // 2))
    assert "From " in said(wide, FULL) and "the routed share depends on the token" in said(wide, FULL)
    assert "depends on the token" not in said(one, FULL)
