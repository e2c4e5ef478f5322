"""The whole estimate: operations, training compute, layouts with memory, traffic, time and cost, and what was
assumed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moeaudit.costs.fleet import Fleet
from moeaudit.costs.flops import Flops
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import StageMemory
from moeaudit.costs.offload import Offload, offload
from moeaudit.costs.search import Fit, Verdict, evaluate, search, smallest
from moeaudit.costs.served import Served
from moeaudit.costs.serving import Serving
from moeaudit.costs.traffic import Traffic, traffic
from moeaudit.costs.training import InferenceBenchmark, Training, inference_benchmark, training
from moeaudit.errors import Place, UsageError
from moeaudit.later import dataclass
from moeaudit.limits import FLEETS_TRIED
from moeaudit.text import several

TIMED = 12
"""Layouts of a search whose times are worked out: the best ones."""

NOT_STARTED = "it does not fit, so it never starts"
"""Why there are no times."""


@dataclass(frozen=True)
class Option:
    """A layout with what it sends and how fast it is. `serving` is a reason where the layout does not fit, or the
    device's figures are missing."""

    fit: Fit
    traffic: Traffic | None = None
    serving: Serving | str | None = None


@dataclass(frozen=True)
class Longer:
    """One request of the model's own context length on the fleet: in which layout, and the smallest fleet that holds
    it, where this one does not."""

    fit: Fit
    smallest: Fit | None = None

    @property
    def context(self) -> int:
        return self.fit.deployment.fleet.workload.context


@dataclass(frozen=True)
class Estimate:
    """Everything `moeaudit estimate` says. `options` best first; a fixed layout gives one. `longer`: where a request
    as long as the config allows is longer than what is asked, and that fits."""

    model: Served
    fleet: Fleet
    prefill: Flops
    decode: Flops
    benchmark: InferenceBenchmark
    options: tuple[Option, ...]
    searched: bool
    training: Training | None
    smallest: Fit | None
    offload: Offload | None
    assumptions: tuple[str, ...]
    tried: int = FLEETS_TRIED  # devices up to which no fleet holds it, where none does
    longer: Longer | None = None

    @property
    def chosen(self) -> Option:
        return self.options[0]

    @property
    def fits(self) -> bool:
        return self.chosen.fit.fits

    @property
    def verdict(self) -> Verdict:
        return self.chosen.fit.verdict

    @property
    def roomiest(self) -> Option:
        """The option with the highest concurrency at the asked context."""
        return max(self.options, key=lambda option: (option.fit.starts, option.fit.concurrency))

    def listed(self, most: int) -> tuple[Option, ...]:
        """The best options, and behind them the one with most requests at once, where it is not among them."""
        best = self.options[:most]
        return best if not self.chosen.fit.starts or self.roomiest in best else (*best, self.roomiest)


@dataclass(frozen=True)
class TrainingRun:
    """Tokens and sequence length of a training run, with the counts that the shorthands take."""

    tokens: int
    sequence: int = 4096
    active: int | None = None
    total: int | None = None
    executed: int | None = None  # None where no layer repeats
    counted: str = ""  # the modifier under which `active` and `total` are counted


def estimate(model: Served, fleet: Fleet, run: TrainingRun | None = None) -> Estimate:
    """Estimate a model on a fleet. UsageError where the fleet's own layout is not one the model allows."""
    context = fleet.workload.context
    fits = [_fixed(model, fleet, fleet.layout)] if fleet.layout else search(model, fleet)
    if not fits:
        raise UsageError(
            f"no layout of {several(fleet.devices, 'device')} divides this model's heads, experts and layers",
            hint="Give a number of devices with small factors, such as 8 or 16, or name a layout.",
        )
    options = tuple(_option(fit) if number < TIMED else Option(fit) for number, fit in enumerate(fits))
    best = options[0].fit
    wanted = best.verdict is not Verdict.FITS or fleet.layout is None
    fewest, tried = smallest(model, fleet) if wanted else (None, FLEETS_TRIED)
    return Estimate(
        model,
        fleet,
        model.flops(context, decode=False),
        model.flops(context, decode=True),
        inference_benchmark(model.architecture),
        options,
        fleet.layout is None,
        _training(model, run),
        fewest,
        offload(model, fleet) if not best.starts or fleet.hosted else None,
        tuple(_assumptions(model, fleet, best.layout)),
        tried,
        _longer(model, fleet, best.layout) if best.verdict is not Verdict.SHORT else None,
    )


def _longer(model: Served, fleet: Fleet, layout: Layout) -> Longer | None:
    """The same fleet asked for one request as long as the config allows; None where that is not longer. The layout that
    is best for what is asked is kept where it surely holds that, too."""
    own = model.architecture.context_length
    if own is None or own <= fleet.workload.context:
        return None
    asked = replace(fleet, workload=replace(fleet.workload, context=own, concurrency=None, assumed=False))
    best = evaluate(model, asked, layout)
    if best.verdict is not Verdict.FITS and fleet.layout is None:
        best = search(model, asked)[0]
    return Longer(best, None if best.verdict is Verdict.FITS else smallest(model, asked)[0])


def _training(model: Served, run: TrainingRun | None) -> Training | None:
    return (
        None
        if run is None
        else training(
            model.architecture,
            run.tokens,
            sequence=run.sequence,
            active=run.active,
            total=run.total,
            executed=run.executed,
            counted=run.counted,
        )
    )


def _fixed(model: Served, fleet: Fleet, layout: Layout) -> Fit:
    fit = evaluate(model, fleet, layout)
    if fit.problems:
        place = Place(fleet.origin, path="layout") if fleet.origin else None
        others = model.ways_out(layout, fleet.settings.engine)
        hint = "Choose sizes that divide the model, or leave the layout out to search."
        hint = f"Use {' or '.join(others)}, or leave the layout out to search." if others else hint
        raise UsageError(fit.problems[0], place=place, hint=hint)
    return fit


def _option(fit: Fit) -> Option:
    """Times for the requests that run at once of those asked. None for a layout that does not start."""
    if fit.verdict is Verdict.SHORT:
        return Option(fit, serving=NOT_STARTED)
    return Option(fit, traffic(fit.deployment, max(1, -(-fit.served // fit.deployment.groups))), fit.times)


def utilization_needed(stage: StageMemory, fleet: Fleet, requests: int = 1) -> float | None:
    """The least memory utilisation at which so many requests of the full context fit on this device, one for the engine
    to start; None where none up to 1 does, or where the fleet gives the budget itself.

    The engine's rule for its budget (`moeaudit.costs.memory.budget`), solved for the utilisation.
    """
    if fleet.settings.cache_budget_gib is not None:
        return None
    engine, taken, held = fleet.settings.engine, stage.taken(requests), stage.weight_bytes + stage.needs.non_torch.value
    running = stage.needs.activation.value + (stage.needs.graphs.value if engine.graphs_budgeted else 0)
    if engine.reserve == "free":
        room = stage.total - held - running
        return taken / room if room > 0 and taken <= room else None
    share = (held + taken + (running if engine.reserve == "utilization" else 0)) / stage.total
    return share if share <= 1 else None


def _assumptions(model: Served, fleet: Fleet, layout: Layout | None = None) -> Iterator[str]:
    """What the figures rest on, one sentence each; with what the first layout cuts, if its engine runs it."""
    chosen, engine = fleet.settings, fleet.settings.engine
    yield f"Stored bytes: {model.storage.origin}."
    memory = fleet.device.memory
    note = f" ({fleet.device.memory_note})" if fleet.device.memory_note else ""
    yield f"Device memory: {memory.value:g} GiB, {memory.source}{note}; never the marketing figure."
    latest = "" if engine.version else " (no version named: the latest known)"
    yield f"Engine: {engine.title}, figures for versions {engine.range}{latest}, utilisation {chosen.utilization:g}."
    if chosen.cache_budget_gib is None:
        peak, buffers = engine.sampler_bytes.source, engine.non_torch[0][1].source
        yield f"Activation peak: {peak}; communication buffers: {buffers}."
    else:
        yield f"Cache budget per device is given: {chosen.cache_budget_gib:g} GiB."
    yield (
        f"Cache: {chosen.cache_dtype}, blocks of {several(chosen.block_tokens, 'token')}, "
        f"{'windows free their blocks' if chosen.hybrid else 'hybrid allocator off: windows keep everything'}."
    )
    yield "FLOPs: 2 per multiply-add; prefill and decode figures are for one token that sees the whole context."
    if model.architecture.prompt_layers < model.layers:
        yield (
            "Prefill: operations are without the layers that only a prompt's last tokens run through, but for these; "
            "bytes read and sent are as if every token ran through all layers."
        )
    busiest = fleet.workload.imbalance
    routing = f"with the busiest rank at {busiest:g} times the mean" if busiest > 1 else "taken as uniform"
    yield f"Times: dense peaks times shares that real kernels reach (best, typical, worst); routing {routing}."
    if fleet.inside is None and fleet.nodes > 1:
        yield f"Links between nodes: {fleet.between:g} GB/s per direction and device."
    for cut in model.cuts(layout, engine) if layout is not None else ():
        yield f"Split between ranks, {cut}."
    yield from fleet.notes
    made_for = model.architecture.context_length
    if made_for is not None and fleet.workload.context > made_for:
        yield f"The context asked for is longer than the {made_for:,} positions that the config is made for."
    yield from model.architecture.notes
