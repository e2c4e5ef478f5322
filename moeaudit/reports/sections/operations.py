"""Operations of one token by component, prefill beside decode, and of the benchmark's prompt."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.costs.flops import Flops
from moeaudit.costs.training import InferenceBenchmark
from moeaudit.reports.document.blocks import Block, Column, Items, Table
from moeaudit.reports.document.runs import Band, Name, Number, Runs, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed, Row

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """The table; beneath it the range where the routed share depends on the token, and the benchmark."""
    found = result.estimate
    context = Number(found.fleet.workload.context)
    yield Table(
        (
            Column(w("estimate.operations.token", context=context), 2),
            Column(w("estimate.operations.prefill"), 1, right=True),
            Column(w("estimate.operations.decode"), 1, right=True),
        ),
        tuple(rows(found.prefill, found.decode, w)),
        w("sections.operations"),
        shown=False,
        name="operations",
    )
    yield Items((*spread(found.prefill, w), benchmark(found.benchmark, w)))


def benchmark(found: InferenceBenchmark, w: Words) -> Runs:
    flop = Number(found.flop, "FLOP")
    return w("estimate.operations.benchmark", tokens=Number(found.tokens), flop=flop, task=found.task)


def rows(prefill: Flops, decode: Flops, w: Words) -> Iterator[Row]:
    yield runs(strong(w("estimate.operations.total"))), *(flop(one.total) for one in (prefill, decode))
    first, then = prefill.components, decode.components
    for component in dict.fromkeys((*first, *then)):
        yield runs(Name(component.value)), flop(first.get(component, 0)), flop(then.get(component, 0))


def flop(count: int) -> Runs:
    return runs(Number(count, "FLOP"))


def spread(found: Flops, w: Words) -> Iterator[Runs]:
    if found.low != found.high:
        yield w("estimate.operations.between", band=Band(found.low, found.high, "FLOP"))
