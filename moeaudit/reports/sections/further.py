"""What to ask next: the options that answer what this estimate leaves open."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.costs.estimate import Estimate
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.search import Verdict
from moeaudit.reports.document.blocks import Block, Items
from moeaudit.reports.document.runs import Name, Runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import Placed, gib, option


def section(result: Placed, w: Words) -> Iterator[Block]:
    yield Items(tuple(steps(result.estimate, w)))


def named(fleet: Fleet) -> str:
    """The short form of a fleet."""
    nodes = f"{fleet.nodes}x" if fleet.nodes > 1 else ""
    return f"{nodes}{fleet.per_node}x{fleet.device.name}"


def steps(found: Estimate, w: Words) -> Iterator[Runs]:
    """What is of use after this verdict, in one line each."""
    work, own = found.fleet.workload, found.model.architecture.context_length
    if found.verdict is Verdict.SHORT:
        least, kept = found.smallest, found.offload
        if least is not None and found.fleet.origin.startswith("--gpus"):
            yield w("estimate.further.fleet", option=option("--gpus", named(least.deployment.fleet)))
        if kept is not None and kept.fits:
            yield w("estimate.further.host", size=gib(kept.host_bytes), device=found.fleet.device.name)
    elif work.assumed and own is not None and own > work.context:
        yield w("estimate.further.context", option=option("--context", own))
    if found.verdict is not Verdict.SHORT and found.fleet.prices.device_hour is None:
        yield w("estimate.further.price", option=option("--price", "2.5EUR"))
    yield w("estimate.further.all", option=Name("--all"))
