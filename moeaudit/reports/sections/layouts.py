"""The layouts that were tried, best first, and what binds them, said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from moeaudit.costs.estimate import Estimate, Option
from moeaudit.costs.search import Bound, Fit, Verdict
from moeaudit.reports.document.blocks import Block, Column, Items, Paragraph, Table
from moeaudit.reports.document.runs import Number, Runs, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.fit import bound
from moeaudit.reports.sections.placed import PLACED, Placed, Row, gib

LISTED = 12
"""Layouts of a search that are listed, as in a packet; the JSON view has them all."""

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """Best by what, the layouts, what binds how many."""
    found = result.estimate
    shown = found.listed(LISTED)
    if found.searched and len(found.options) > 1:
        order = w("estimate.layouts.order", context=Number(found.fleet.workload.context))
        yield Paragraph(runs(tally(found, w), " ", order), leads=True)
    yield table(shown, w)
    notes = [*binds([one.fit for one in shown], w)]
    if len(found.options) > len(shown):
        notes.append(w("estimate.layouts.more", count=Number(len(found.options) - len(shown))))
    yield Items(tuple(notes))


def tally(found: Estimate, w: Words) -> Runs:
    """How many of all fit."""
    counts = Counter(option.fit.verdict for option in found.options)
    said = w("estimate.layouts.tally", fitting=Number(counts[Verdict.FITS]), all=Number(len(found.options)))
    others = [
        w(f"estimate.layouts.{name}", count=Number(counts[verdict]))
        for name, verdict in (("queue", Verdict.QUEUES), ("close", Verdict.CLOSE))
        if counts[verdict]
    ]
    return runs(said, *others, ".")


def table(found: Sequence[Option], w: Words) -> Table:
    titles = ("layout", "verdict", "weights", "budget", "time", "room")
    widths = (2.2, 0.8, 1.1, 1.1, 1.1, 1.2)
    return Table(
        tuple(
            Column(w(f"estimate.layouts.{title}"), width, right=place > 1)
            for place, (title, width) in enumerate(zip(titles, widths, strict=True))
        ),
        tuple(row(option.fit, w) for option in found),
        w("sections.layouts"),
        shown=False,
        name="layouts",
    )


def row(fit: Fit, w: Words) -> Row:
    """A layout; where it does not start, what it lacks in the place of requests, and no budget below nothing. Where
    some of the requests asked queue, those that do not."""
    stage = fit.tightest
    lacks = w("estimate.layouts.lacks", size=gib(fit.short))
    times = fit.times if fit.served else ""
    return (
        runs(str(fit.layout)),
        w(f"estimate.layouts.{fit.verdict.value}", served=Number(fit.served), asked=Number(fit.wanted)),
        runs(gib(stage.weight_bytes)),
        runs(gib(stage.budget.value)) if stage.budget.value > 0 else (),
        () if isinstance(times, str) else runs(Number(times.time_per_output.typical, "s")),
        runs(Number(fit.concurrency)) if fit.starts else lacks,
    )


def binds(found: Sequence[Fit], w: Words) -> Iterator[Runs]:
    """What stands in the way of more requests, once for all layouts that it binds."""
    kinds = {fit.bound: fit for fit in reversed(found)}
    counts = Counter(fit.bound for fit in found)
    for kind in Bound:
        if counts[kind]:
            how = "all" if counts[kind] == len(found) else "some"
            yield w(f"estimate.layouts.{how}", count=Number(counts[kind]), what=bound(kinds[kind], w))
