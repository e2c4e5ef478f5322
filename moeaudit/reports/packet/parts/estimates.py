"""Estimates with their bands and assumptions: operations and training for every model, the rest on a fleet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from moeaudit.costs.flops import Flops, forward, side_of
from moeaudit.costs.training import InferenceBenchmark, Training, inference_benchmark
from moeaudit.ledger.inspection import Inspection
from moeaudit.reports.packet.model import (
    DeviceMemory,
    Estimated,
    Estimates,
    FleetFit,
    LayoutRow,
    MemoryPart,
    Threshold,
)
from moeaudit.text import exact, several

if TYPE_CHECKING:
    from moeaudit.costs.estimate import Estimate
    from moeaudit.costs.memory import StageMemory
    from moeaudit.costs.search import Fit
    from moeaudit.costs.serving import Serving, Span

SHOWN = 12
"""Layouts listed: the best, and the one with most requests at once."""

CONTEXT = 8192
"""Tokens that the operations are counted at where no fleet names a context, or as many as the config allows."""

FORWARD = "2 per multiply-add, over every block that the token passes"
TRAINING = "3 × forward pass per token (C(2025) 7719, annex A.2.2); recomputation excluded"


def estimates(
    inspection: Inspection | None, found: Estimate | None, training: Training | None, tokens: str = ""
) -> Estimates | None:
    """The section; None without a described architecture. `tokens`: the training tokens, and who states them."""
    if inspection is None or inspection.architecture is None:
        return None
    trained = tuple(training_figures(training)) if training else ()
    thresholds = tuple(
        Threshold(one.title, one.flop, verdict, one.decides, one.source) for one, verdict in training.verdicts
    ) if training else ()  # fmt: skip
    stated = (f"Training tokens: {tokens}.",) if training else ()
    if found is None:
        return without_fleet(inspection, trained, thresholds, stated)
    fleet, work, fit = found.fleet, found.fleet.workload, found.chosen.fit
    wanted = f"{several(work.concurrency, 'request')} at once, " if work.concurrency else ""
    return Estimates(
        fleet_words(found),
        f"{fleet.settings.engine.title} {fleet.settings.engine.version}".strip(),
        f"{wanted}requests of up to {several(work.context, 'token')}; "
        f"times for {several(work.input_tokens, 'token')} in and {exact(work.output_tokens)} out",
        found.fits,
        str(fit.layout),
        tuple(figures(found)),
        tuple(device(stage) for stage in fit.stages),
        tuple(layout_row(one.fit) for one in found.listed(SHOWN)),
        smallest_words(found),
        trained,
        thresholds,
        (*found.assumptions, *stated),
        found.verdict.value,
    )  # fmt: skip


def fleet_fit(found: Estimate) -> FleetFit:
    """The line of one fleet."""
    fit, longer = found.chosen.fit, found.longer
    return FleetFit(
        fleet_words(found),
        found.fits,
        str(fit.layout),
        fit.concurrency if fit.starts else 0,
        smallest_words(found),
        found.verdict.value,
        longer.context if longer is not None else None,
        longer.fit.verdict.value if longer is not None else "",
        found.fleet.workload.concurrency,
        fit.served,
    )


def fleet_words(found: Estimate) -> str:
    nodes = f" in {found.fleet.nodes} nodes" if found.fleet.nodes > 1 else ""
    return f"{found.fleet.devices} × {found.fleet.device.name}{nodes}"


def smallest_words(found: Estimate) -> str:
    small = found.smallest
    return f"{small.layout.devices} × {found.fleet.device.name} ({small.layout})" if small else ""


def layout_row(fit: Fit) -> LayoutRow:
    room = fit.concurrency if fit.starts else 0
    return LayoutRow(str(fit.layout), fit.layout.devices, fit.fits, room, fit.short, fit.binds)


def without_fleet(
    inspection: Inspection, trained: tuple[Estimated, ...], thresholds: tuple[Threshold, ...], stated: tuple[str, ...]
) -> Estimates:
    """Operations and training compute need no fleet."""
    described = inspection.architecture
    assert described is not None
    context = min(described.context_length or CONTEXT, CONTEXT)
    prefill, decode = (
        forward(described, context, decode=phase, side=side_of(described, decode=phase)) for phase in (False, True)
    )
    return Estimates(
        "", "", "", None, "",
        (*operations(prefill, decode, context), benchmark(inference_benchmark(described))),
        (), (), "", trained, thresholds,
        (f"FLOPs: {FORWARD}; prefill and decode figures are for one token that sees {exact(context)} tokens.",
         *described.notes, *stated),
    )  # fmt: skip


def figures(found: Estimate) -> Iterator[Estimated]:
    """What the fleet view says, figure by figure."""
    yield from operations(found.prefill, found.decode, found.fleet.workload.context)
    yield benchmark(found.benchmark)
    fit = found.chosen.fit
    if fit.stages:
        yield from memory(fit.tightest, fit.starts, fit.concurrency)
        yield from load(fit)
    sent = found.chosen.traffic
    if sent is not None and sent.per_step:
        yield Estimated(
            "traffic_per_step",
            "bytes",
            "per device and step",
            sent.per_step,
            method="dispatch, combine and all-reduce of the layout",
        )
    timed = found.chosen.serving
    if timed is not None and not isinstance(timed, str):  # text says why there are no times
        yield from times(timed, found.fleet.prices.currency, fit.wanted)


def operations(prefill: Flops, decode: Flops, context: int) -> Iterator[Estimated]:
    for name, flops in (("prefill_flops", prefill), ("decode_flops", decode)):
        yield Estimated(
            name, "FLOP", f"per token that sees {exact(context)} tokens", flops.total, flops.low, flops.high, FORWARD
        )


def benchmark(found: InferenceBenchmark) -> Estimated:
    return Estimated(
        "inference_benchmark", "FLOP", f"per prompt of {exact(found.tokens)} tokens", found.flop, method=found.task
    )


def load(fit: Fit) -> Iterator[Estimated]:
    """How many of the requests asked run at once, by their own length."""
    work = fit.deployment.fleet.workload
    if work.concurrency is None or not fit.starts:
        return
    per = f"of {exact(work.length)} tokens at once, of {exact(work.concurrency)} asked"
    yield Estimated("served", "requests", per, fit.served, method="admission by input and output; the rest queue")


def memory(stage: StageMemory, fits: bool, concurrency: int) -> Iterator[Estimated]:
    """The tightest device of the chosen layout."""
    per, budget, needs = "per device, the tightest", stage.budget, stage.needs
    yield Estimated("weights", "bytes", per, stage.weight_bytes, method="stored bytes as the layout places them")
    yield Estimated(
        "activation",
        "bytes",
        per,
        needs.activation.value,
        needs.activation.low,
        needs.activation.high,
        "peak of one profiling step",
    )
    yield Estimated("overhead", "bytes", per, needs.overhead, method="libraries, communication buffers and graphs")
    yield Estimated("cache_budget", "bytes", per, budget.value, budget.low, budget.high, "the engine's own rule")
    request = stage.request
    per_request = f"per request of {exact(stage.length)} tokens and device"
    yield Estimated("cache_per_request", "bytes", per_request, request, method="what each layer keeps")
    pool = stage.pool
    if pool is not None and fits:
        yield Estimated("cache_tokens", "tokens", per, pool.tokens, method="what the engine will log")
    yield Estimated(
        "requests",
        "requests",
        f"of {exact(stage.length)} tokens at once, whole layout",
        concurrency if fits else 0,
        method="cache budget over cache per request",
    )


def times(found: Serving, currency: str | None, wanted: int = 1) -> Iterator[Estimated]:
    """Times, rates and costs at the concurrency they are for, of more that are `wanted`."""
    at = f"at {several(found.concurrency, 'request')} at once"
    at += f" of {exact(wanted)} asked" if found.concurrency < wanted else ""
    if found.time_to_first:
        yield banded("time_to_first_token", "s", f"per request, {at}", found.time_to_first)
    if found.time_to_first_together and found.concurrency > 1:
        per = f"per request, {exact(found.concurrency)} coming at once"
        yield banded("time_to_first_token_together", "s", per, found.time_to_first_together)
    yield banded("time_per_output_token", "s", f"per output token and request, {at}", found.time_per_output)
    yield banded("output_rate", "tokens/s", f"whole layout, {at}", found.output_per_second)
    yield banded("output_rate_per_device", "tokens/s", f"per device, {at}", found.per_device)
    of = "" if currency else ", in the currency of the price"
    if found.input_cost:
        yield banded("input_cost", currency or "", f"per million input tokens{of}", found.input_cost)
    if found.output_cost:
        yield banded("output_cost", currency or "", f"per million output tokens{of}", found.output_cost)
    if found.joules_per_output:
        yield banded("energy", "J", "per output token, whole layout", found.joules_per_output)


def banded(name: str, unit: str, per: str, span: Span) -> Estimated:
    """Best, typical and worst as a band, whichever way better points."""
    low, high = sorted((span.best, span.worst))
    return Estimated(name, unit, per, span.typical, low, high, "dense peaks times shares that real kernels reach")


def device(stage: StageMemory) -> DeviceMemory:
    """One device's memory as parts; the cache takes what its budget gives."""
    needs, cache = stage.needs, max(stage.budget.value, 0)
    parts = [
        *needs.weights.items(),
        ("padding", needs.padding),
        ("activation", needs.activation.value),
        ("overhead", needs.overhead),
        ("cache", cache),
    ]
    used = sum(size for _, size in parts)
    return DeviceMemory(
        stage.number + 1,
        stage.total,
        tuple(MemoryPart(name, size) for name, size in parts if size),
        max(stage.total - used, 0),
    )


def training_figures(found: Training) -> Iterator[Estimated]:
    """The band by architecture, and the shorthands beside it."""
    per = f"per {exact(found.tokens)} training tokens, sequences of {exact(found.sequence)}"
    yield Estimated("training_compute", "FLOP", per, found.typical, found.low, found.high, TRAINING)
    for item in found.shorthands:
        yield Estimated("training_shorthand", "FLOP", item.denominator, item.flop, method=item.label)
