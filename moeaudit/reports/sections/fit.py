"""The verdict: whether the fleet holds what is asked, for which context that is said, and what the model's own one
needs."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.costs.estimate import Estimate, utilization_needed
from moeaudit.costs.search import Bound, Fit, Verdict
from moeaudit.reports.document.blocks import Block, Facts, Paragraph, Tone
from moeaudit.reports.document.runs import Number, Runs, Tag, joined, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed, engine, fleet, gib, smallest

OPENS = True
"""Its first sentence names the model."""

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """The verdict first, then why, then what else is worth a line."""
    found = result.estimate
    yield Paragraph(head(found, w), Tone.LEAD, leads=True)
    said = joined([*config(found, w), *why(found, w), *longer(found, w), *fleets(found, w)], " ")
    if said:
        yield Paragraph(said)
    if found.fleet.unmodelled:
        yield Paragraph(w("estimate.unmodelled", list="; ".join(found.fleet.unmodelled)), Tone.WARN)
    rows = [*room(found, w)]
    if result.rests_on is not None:
        rows.append((w("estimate.facts.rests"), runs(result.rests_on.words)))
    if rows:
        yield Facts(tuple(rows))
    if result.rests_on is not None and result.rests_on.open:
        yield Paragraph(w("estimate.facts.open", what=result.rests_on.left_open), Tone.WARN)


def head(found: Estimate, w: Words) -> Runs:
    """One sentence: the verdict, on what, how, and for which request."""
    verdict, asked = found.verdict, found.fleet
    return w(
        "estimate.head",
        verdict=Tag(verdict.value, w.of("estimate.verdicts", verdict.value)),
        model=found.model.name,
        fleet=fleet(asked.devices, asked, w, nodes=asked.nodes),
        layout=w("estimate.with", layout=str(found.chosen.fit.layout)) if verdict is not Verdict.SHORT else (),
        engine=engine(asked),
        work=asked_for(found, w),
    )


def asked_for(found: Estimate, w: Words) -> Runs:
    """The requests that the verdict is about: one of the full context starts the engine, the load is of the workload's
    own length. A context that nobody named is said to be the default."""
    work, fit = found.fleet.workload, found.chosen.fit
    length = Number(work.length)
    assumed = w("estimate.work.assumed") if work.assumed else ()
    context = w(f"estimate.work.{'alike' if work.length == work.context else 'longest'}",
                context=Number(work.context), assumed=assumed)  # fmt: skip
    if work.concurrency in (None, 1) or not fit.surely_starts:
        return w("estimate.work.one", context=Number(work.context), assumed=assumed)
    kind = "part" if found.verdict is Verdict.QUEUES else "many"
    return w(f"estimate.work.{kind}", count=Number(fit.wanted), served=Number(fit.served), length=length, most=context)


def why(found: Estimate, w: Words) -> Iterator[Runs]:
    """By how much it does not fit, or how close it is."""
    fit, verdict = found.chosen.fit, found.verdict
    if verdict is Verdict.FITS:
        return
    if verdict is Verdict.CLOSE:
        stage = fit.tightest
        band = {"low": gib(stage.budget.low), "high": gib(stage.budget.high)}
        decides = w(f"estimate.deciding.{stage.needs.widest}")
        taken = fit.asked_bytes if fit.surely_starts else stage.taken(1)
        if fit.surely_starts:
            yield w("estimate.open", served=Number(fit.served), count=Number(fit.wanted))
        yield w("estimate.close", taken=gib(taken), what=decides, **band)
    elif verdict is Verdict.QUEUES:
        yield w("estimate.queues", why=w("estimate.bound.full") if fit.bound is Bound.CACHE else bound(fit, w))
    else:
        nearest = "nearest" if found.searched and len(found.options) > 1 else "short"
        yield w(f"estimate.{nearest}", count=Number(len(found.options)), layout=str(fit.layout),
                short=gib(fit.short), why=bound(fit, w))  # fmt: skip
        needed = utilization_needed(fit.tightest, found.fleet)
        if needed is not None:
            yield w("estimate.raise", needed=f"{needed:.3f}", set=Number(found.fleet.settings.utilization))


def fleets(found: Estimate, w: Words) -> Iterator[Runs]:
    """Which fleets would do, where this one does not: for what is asked, and for the config's own length."""
    asked, own = found.smallest, found.longer.smallest if found.longer is not None else None
    if found.verdict is Verdict.FITS:
        said = [("own.would", own)] if own is not None else []
    elif asked is not None and own is not None and asked.layout == own.layout:
        said = [("both", asked)]
    else:
        said = [("together" if found.chosen.fit.surely_starts else "would", asked)] if asked is not None else []
        said += [("own.would", own)] if own is not None else []
    for name, fit in said:
        yield w(f"estimate.{name}", fleet=smallest(fit, found.fleet, w))
    if found.verdict is not Verdict.FITS and asked is None:
        none = "none_together" if found.chosen.fit.surely_starts else "none"
        yield w(f"estimate.{none}", tried=Number(found.tried))


def bound(fit: Fit, w: Words) -> Runs:
    """What binds, in words."""
    if fit.bound is Bound.LAYOUT:
        return runs(fit.binds)
    name = "small" if fit.bound is Bound.CACHE and not fit.starts else fit.bound.value
    return w(f"estimate.bound.{name}", count=Number(fit.tightest.sequences))


def config(found: Estimate, w: Words) -> Iterator[Runs]:
    """What the asked length is to the config, where the config allows no longer one."""
    asked, own = found.fleet.workload.context, found.model.architecture.context_length
    if own is None:
        yield w("estimate.own.unknown")
    elif own <= asked:
        yield w("estimate.own.same" if own == asked else "estimate.own.beyond", context=Number(own))


def longer(found: Estimate, w: Words) -> Iterator[Runs]:
    """What a request as long as the config allows needs, where that is longer than what is asked."""
    own = found.model.architecture.context_length
    if own is None or own <= found.fleet.workload.context:
        return
    if found.longer is None:
        yield w("estimate.own.more", context=Number(own))
        return
    fit = found.longer.fit
    other = w("estimate.with", layout=str(fit.layout)) if fit.layout != found.chosen.fit.layout else ()
    yield w(f"estimate.own.{fit.verdict.value}", context=Number(own), requests=Number(fit.concurrency),
            layout=other, short=gib(fit.short))  # fmt: skip


def room(found: Estimate, w: Words) -> Iterator[tuple[Runs, Runs]]:
    """How many requests of the full context go at once, how many of the workload's own length where that tells more,
    and whether fewer devices would do."""
    if found.verdict is Verdict.SHORT:
        return
    fit, most, work = found.chosen.fit, found.roomiest.fit, found.fleet.workload
    if fit.runs > fit.concurrency and (fit.wanted > 1 or fit.concurrency < fit.served):
        said = w("estimate.lengths", count=Number(fit.concurrency), context=Number(work.context),
                 own=Number(fit.runs), length=Number(work.length))  # fmt: skip
    else:
        said = w("estimate.requests", count=Number(fit.concurrency), layout=str(fit.layout))
        if most.concurrency > fit.concurrency:
            said = runs(said, w("estimate.most", count=Number(most.concurrency), layout=str(most.layout)))
    yield w("estimate.facts.requests"), said
    if found.smallest is not None and found.verdict is Verdict.FITS:
        yield w("estimate.facts.smallest"), smallest(found.smallest, found.fleet, w)
