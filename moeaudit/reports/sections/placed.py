"""What the sections of an estimate share: what they ask of its result, and how fleets, layouts and sums are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from moeaudit.checks.settlement import Settlement
from moeaudit.costs.estimate import Estimate
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.search import Fit
from moeaudit.costs.serving import Serving, Span
from moeaudit.reports.document.runs import Number, Runs, runs
from moeaudit.reports.document.words import Words

Row = tuple[Runs, ...]

PLACED = ("estimate", "rests_on")
"""What the sections of an estimate need."""


class Placed(Protocol):
    """A result with an estimate on a fleet. `rests_on`: the settlement of the counts that it is made from."""

    @property
    def estimate(self) -> Estimate: ...

    @property
    def rests_on(self) -> Settlement | None: ...


def fleet(count: int, found: Fleet, w: Words, *, nodes: int = 1) -> Runs:
    """`8 × H200-SXM`, `16 × H100-SXM in 2 nodes`."""
    said = w("estimate.fleet", count=Number(count), device=found.device.name)
    return w("estimate.nodes", fleet=said, nodes=Number(nodes)) if nodes > 1 else said


def engine(found: Fleet) -> Runs:
    """`vLLM 0.11`."""
    return runs(f"{found.settings.engine.title} {found.settings.engine.version}".strip())


def smallest(fit: Fit, found: Fleet, w: Words) -> Runs:
    """`16 × H100-SXM (TP 1 · DP 16)`."""
    return w("estimate.smallest", fleet=fleet(fit.layout.devices, found, w), layout=str(fit.layout))


def gib(size: int) -> Number:
    return Number(size, "bytes")


def price(name: str, found: Fleet, w: Words) -> Runs:
    """What a cost is called: in its currency, or in the price's own where nobody names one."""
    money = found.prices.currency
    return w(f"estimate.times.{name}", money=money) if money else w(f"estimate.times.unnamed.{name}")


def cases(name: Runs, span: Span, unit: str = "") -> Row:
    """A row of the three cases."""
    return (name, *(runs(Number(float(one), unit)) for one in (span.best, span.typical, span.worst)))


def speeds(served: Serving, found: Fleet, w: Words, *, queue: bool = True) -> list[Row]:
    """What everyone asks: the wait for the first token, with `queue` also that behind others, and for each after it,
    tokens per second, and the price."""
    first, together = served.time_to_first, served.time_to_first_together if served.concurrency > 1 else None
    rows = [
        *([] if first is None else [cases(w("estimate.times.first"), first, "s")]),
        *([] if together is None or not queue else [cases(w("estimate.times.together"), together, "s")]),
        cases(w("estimate.times.each"), served.time_per_output, "s"),
        cases(w("estimate.times.rate"), served.output_per_second),
    ]
    priced = (("input", served.input_cost), ("output", served.output_cost))
    return [*rows, *(cases(price(name, found, w), cost) for name, cost in priced if cost)]


__all__: Sequence[str] = (
    "Placed", "Row", "cases", "engine", "fleet", "gib", "price", "smallest", "speeds",
)  # fmt: skip
