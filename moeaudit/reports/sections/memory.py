"""One device's memory in full: every part of it, the sums behind it, and what the engine will log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeaudit.architecture.blocks import SequenceState
from moeaudit.architecture.blocks.cache import CacheNeed
from moeaudit.costs.estimate import Estimate, utilization_needed
from moeaudit.costs.memory import StageMemory
from moeaudit.costs.search import Fit, Verdict
from moeaudit.reports.document.blocks import Block, Column, Items, Paragraph, Picture, Table
from moeaudit.reports.document.runs import Band, Bar, Name, Number, Runs, Share, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.parts.estimates import device
from moeaudit.reports.sections.device import unused
from moeaudit.reports.sections.placed import PLACED, Placed, Row, gib

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """The fullest device: its parts, the weights by component, then a sentence for each rule."""
    found = result.estimate
    fit, starts = found.chosen.fit, found.verdict is not Verdict.SHORT
    stage = fit.tightest
    pipeline = Number(fit.layout.pp)
    yield Paragraph(w("estimate.memory.stage", number=Number(stage.number + 1), all=pipeline), leads=True)
    stages = tuple(device(one) for one in fit.stages)
    yield table("parts", [*parts(stage, w), *(rest(stage, w) if starts else lacking(fit, w))], stage, w)
    yield Picture("memory", (("stages", stages), w.drawn("memory")), w("estimates.drawn"))
    yield table("weights", [*components(stage)], stage, w)
    logged = [*log(stage, w)] if starts else []
    yield Items((*logged, *utilization(found, fit, w), *rules(stage, found, w)))


def table(name: str, rows: Sequence[tuple[Runs, int]], stage: StageMemory, w: Words) -> Table:
    """Parts of a whole, with their sizes to the byte."""
    return Table(
        (
            Column(w(f"estimate.memory.{name}"), 2),
            Column(w("estimate.device.size"), 1, right=True),
            Column(w("columns.bytes"), 1.2, right=True),
            Column(w("estimate.device.share"), 0.8, right=True),
            Column((), 1, brief=False),
        ),
        tuple(sized(label, size, stage) for label, size in rows),
        w(f"estimate.memory.{name}"),
        shown=False,
        name="memory",
    )


def sized(label: Runs, size: int, stage: StageMemory) -> Row:
    share = runs(Share(size, stage.total))
    return label, runs(gib(size)), runs(Number(size)), share, runs(Bar(size, stage.total))


def parts(stage: StageMemory, w: Words) -> Iterator[tuple[Runs, int]]:
    """What the device holds beside the cache."""
    needs = stage.needs
    yield w("estimate.device.weights"), stage.weight_bytes
    yield w("estimate.memory.activation"), needs.activation.value
    yield w("estimate.memory.outside"), needs.non_torch.value
    yield w("estimate.memory.graphs"), needs.graphs.value


def rest(stage: StageMemory, w: Words) -> Iterator[tuple[Runs, int]]:
    """The cache of a device that starts, and what is left alone."""
    yield w("estimate.device.cache"), max(stage.budget.value, 0)
    yield w("estimate.device.left"), unused(stage)
    yield w("estimate.device.whole"), stage.total


def lacking(fit: Fit, w: Words) -> Iterator[tuple[Runs, int]]:
    """What is asked of a device that has no room for it, and by how much."""
    yield w("estimate.device.asked"), fit.tightest.taken(1)
    yield w("estimate.device.whole"), fit.tightest.total
    yield w("estimate.device.lacks"), fit.short


def components(stage: StageMemory) -> Iterator[tuple[Runs, int]]:
    """The weights by component, declared copies and padding under their own words."""
    for name, size in stage.needs.weights.items():
        yield runs(Name(name)), size
    if stage.needs.padding:
        yield runs(Name("padding")), stage.needs.padding


def log(stage: StageMemory, w: Words) -> Iterator[Runs]:
    """What the engine will say of its cache."""
    pool = stage.pool
    if pool:
        times = Number(float(pool.concurrency))
        yield w("estimate.memory.logs", tokens=Number(pool.tokens), times=times, length=Number(stage.length))
        if pool.groups > 1:
            yield w("estimate.memory.hybrid")


def utilization(found: Estimate, fit: Fit, w: Words) -> Iterator[Runs]:
    """From which utilisation on it starts, where that is what decides the budget."""
    settings = found.fleet.settings
    if settings.cache_budget_gib is not None:
        return
    needed, set_to = utilization_needed(fit.tightest, found.fleet), Number(settings.utilization)
    if needed is not None:
        yield w("estimate.memory.starts", needed=f"{needed:.3f}", set=set_to)
    else:
        yield w("estimate.memory.never", set=set_to)


def rules(stage: StageMemory, found: Estimate, w: Words) -> Iterator[Runs]:
    """The budget's arithmetic, its band, what a request takes, and what each layer keeps."""
    settings, budget = found.fleet.settings, stage.budget
    if settings.cache_budget_gib is None:
        yield w("estimate.memory.budget", rule=w(f"estimate.memory.rules.{settings.engine.reserve}"),
                size=gib(budget.value), band=Band(budget.low, budget.high, "bytes"))  # fmt: skip
    else:
        yield w("estimate.memory.given", size=gib(budget.value))
    yield w("estimate.memory.request", size=Number(stage.request))
    for need, layers in stage.cache.needs:
        yield w("estimate.memory.keep", layers=Number(layers), what=kept(need, w))


def kept(need: CacheNeed, w: Words) -> Runs:
    """One cache need in words."""
    if isinstance(need, SequenceState):
        return w("estimate.keeps.state", recurrent=Number(need.recurrent), convolution=Number(need.convolution))
    heads = w("estimate.keeps.heads", heads=Number(need.heads)) if need.heads > 1 else ()
    window = w("estimate.keeps.window", tokens=Number(need.window)) if need.window else ()
    stride = w("estimate.keeps.stride", tokens=Number(need.stride)) if need.stride > 1 else ()
    said = w("estimate.keeps.token", width=Number(need.width), heads=heads, kind=need.kind.value)
    return runs(said, window, stride)
