"""What to ask next: the options that answer what this estimate leaves open."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.costs.estimate import Estimate
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.search import Verdict
from moeaudit.reports.document.blocks import Block, Facts
from moeaudit.reports.document.runs import Name, Runs, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed, gib

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    yield Facts(tuple((runs(Name(option)), text) for option, text in steps(result.estimate, w)))


def steps(found: Estimate, w: Words) -> Iterator[tuple[str, Runs]]:
    """What is of use after this verdict, an option each."""
    if found.verdict is not Verdict.SHORT:
        if found.fleet.prices.device_hour is None:
            yield "--price 2.5EUR", w("estimate.further.price")
    elif found.smallest is not None and found.fleet.origin.startswith("--gpus"):
        yield f"--gpus {named(found.smallest.deployment.fleet)}", w("estimate.further.fleet")
    kept = found.offload
    told = found.fleet.hosted
    if found.verdict is Verdict.SHORT and kept is not None and kept.fits and not told:
        yield "--all", w("estimate.further.host", size=gib(kept.host_bytes), device=found.fleet.device.name)
    else:
        yield "--all", w("estimate.further.all")


def named(fleet: Fleet) -> str:
    """The short form of a fleet."""
    nodes = f"{fleet.nodes}x" if fleet.nodes > 1 else ""
    return f"{nodes}{fleet.per_node}x{fleet.device.name}"
