"""The memory of the fullest device, in the few rows that decide whether it fits."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.costs.memory import StageMemory
from moeaudit.costs.search import Fit, Verdict
from moeaudit.reports.document.blocks import Block, Column, Table
from moeaudit.reports.document.runs import Bar, Number, Runs, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed, Row, gib

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """Weights, the engine's own, and the cache; or what is lacking for it."""
    fit = result.estimate.chosen.fit
    rows = lacking(fit, w) if result.estimate.verdict is Verdict.SHORT else held(fit, w)
    yield Table(
        (
            Column(w("estimate.device.of", size=gib(fit.tightest.total)), 2),
            Column(w("estimate.device.size"), 1, right=True),
            Column((), 2.6),
            Column((), 1, brief=False),
        ),
        tuple(rows),
        w("sections.device"),
        shown=False,
        name="device",
    )


def held(fit: Fit, w: Words) -> Iterator[Row]:
    """What a device that starts holds, and what a request takes of the cache."""
    stage = fit.tightest
    request = w("estimate.device.request", size=gib(stage.taken(1)), context=Number(stage.length))
    yield row(w("estimate.device.weights"), stage.weight_bytes, stage)
    yield row(w("estimate.device.engine"), own(stage), stage)
    yield row(w("estimate.device.cache"), max(stage.budget.value, 0), stage, request)


def lacking(fit: Fit, w: Words) -> Iterator[Row]:
    """What would have to be on the device, beside what it has."""
    stage, asked = fit.tightest, fit.tightest.taken(1)
    settings = fit.deployment.fleet.settings
    given = settings.cache_budget_gib is not None
    rule = w("estimate.device.given" if given else "estimate.device.rule", share=Number(settings.utilization))
    yield row(w("estimate.device.weights"), stage.weight_bytes, stage)
    yield row(w("estimate.device.engine"), own(stage), stage)
    yield row(w("estimate.device.asked"), asked, stage)
    yield row(w("estimate.device.lacks"), fit.short, stage, rule)


def row(name: Runs, size: int, stage: StageMemory, note: Runs = ()) -> Row:
    return name, runs(gib(size)), note, runs(Bar(size, stage.total))


def own(stage: StageMemory) -> int:
    """What the engine needs to run: activations, libraries, graphs."""
    return stage.needs.activation.value + stage.needs.overhead


def unused(stage: StageMemory) -> int:
    """What neither holds anything nor is given to the cache."""
    return max(stage.total - stage.weight_bytes - own(stage) - max(stage.budget.value, 0), 0)
