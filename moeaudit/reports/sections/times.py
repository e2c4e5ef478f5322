"""Time and cost in full: rates per device, energy, what a step is bound by, what it touches and sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeaudit.costs.estimate import Estimate
from moeaudit.costs.search import Verdict
from moeaudit.costs.serving import Serving
from moeaudit.costs.traffic import Traffic
from moeaudit.reports.document.blocks import Block, Column, Items, Paragraph, Table
from moeaudit.reports.document.runs import Name, Number, Runs, joined, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed, Row, cases, speeds

BINDING = 4
"""Components of a step that are named: the slowest."""

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """All rows, then a sentence each on what they come from; or why there is no figure."""
    found = result.estimate
    served = found.chosen.serving
    if found.verdict is Verdict.SHORT:
        yield Paragraph(w("estimate.times.never"))
        return
    if not isinstance(served, Serving):
        yield Paragraph(w("estimate.times.absent", why=served or ""))
        return
    rows = speeds(served, found.fleet, w)
    prompts = (served.time_to_first is not None) * (1 + (served.concurrency > 1))
    rows.insert(prompts + 2, cases(w("estimate.times.device"), served.per_device))
    if served.joules_per_output:
        rows.append(cases(w("estimate.times.energy"), served.joules_per_output))
    yield table(rows, served, found, w)
    if isinstance(served.prefill, str):
        yield Paragraph(w("estimate.times.partly", why=served.prefill))
    yield Items((bindings(served, w), *sent(found.chosen.traffic, w)))


def table(rows: Sequence[Row], served: Serving, found: Estimate, w: Words) -> Table:
    """The three cases side by side, under what they are for."""
    return Table(
        (
            Column(work(served, found, w), 2.4),
            *(Column(w(f"estimate.times.{case}"), 1, right=True) for case in ("best", "typical", "worst")),
        ),
        tuple(rows),
        w("sections.times"),
        shown=False,
        name="times",
    )


def work(served: Serving, found: Estimate, w: Words) -> Runs:
    """Requests and tokens that times are for: those that run at once of more that are asked; what is too close to call
    may not start."""
    asked, fit = found.fleet.workload, found.chosen.fit
    sure = "" if fit.surely_starts else "perhaps."
    kind = "part" if served.concurrency < fit.wanted else "one" if served.concurrency == 1 else "many"
    return w(
        f"estimate.times.{sure}{kind}",
        count=Number(served.concurrency),
        all=Number(fit.wanted),
        input=Number(asked.input_tokens),
        output=Number(asked.output_tokens),
    )


def bindings(served: Serving, w: Words) -> Runs:
    """What a decode step waits for, the slowest first."""
    step = served.decode
    named = [
        w("estimate.times.binding", component=Name(component), what=w(f"estimate.times.{bound}"))
        for component, bound in list(step.binding.items())[:BINDING]
    ]
    links, waits = (runs(Number(seconds * 1e3, "ms")) for seconds in (step.link_seconds, step.latency_seconds))
    return w("estimate.times.bound", components=joined(named), links=links, waits=waits)


def sent(found: Traffic | None, w: Words) -> Iterator[Runs]:
    """What a decode step touches and a device sends for it."""
    if found is None:
        return
    if found.expert_layers:
        yield w("estimate.times.touches", experts=Number(float(found.distinct_experts)))
    if found.dispatch_per_layer:
        yield w("estimate.times.dispatch", out=Number(found.dispatch_per_layer), back=Number(found.combine_per_layer))
    if found.per_step:
        yield w("estimate.times.sends", size=Number(found.per_step))
