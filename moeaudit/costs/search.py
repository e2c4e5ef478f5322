"""All layouts that divide: which fit, what binds, the smallest fleet, the highest concurrency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from functools import cached_property

from moeaudit.costs.fleet import Fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Bytes, Deployment, Needs, StageMemory, budget, cache_rules
from moeaudit.costs.served import Served
from moeaudit.later import dataclass
from moeaudit.limits import FLEETS_TRIED, LAYOUTS


class Verdict(StrEnum):
    """Whether a layout holds what is asked, by both ends of the band in which the cache's budget lies. Best first."""

    FITS = "fits"
    CLOSE = "too-close-to-call"
    SHORT = "does-not-fit"


VERDICTS = tuple(Verdict)


class Bound(StrEnum):
    """What stands in the way of more requests."""

    LAYOUT = "layout"
    WEIGHTS = "weights"
    NEEDS = "needs"
    SEQUENCES = "sequences"
    CACHE = "cache"


@dataclass(frozen=True)
class Fit:
    """One layout on the fleet. `short`: bytes missing per device for one request of the asked context (or the asked
    concurrency)."""

    deployment: Deployment
    problems: tuple[str, ...] = ()

    @property
    def layout(self) -> Layout:
        return self.deployment.layout

    @property
    def stages(self) -> tuple[StageMemory, ...]:
        return self.deployment.stages

    @property
    def wanted(self) -> int:
        """Requests asked for; one where the workload names none."""
        return self.deployment.fleet.workload.concurrency or 1

    @cached_property
    def tightest(self) -> StageMemory:
        """The stage with the least room for requests."""
        return min(self.stages, key=lambda stage: (stage.requests, stage.budget.value))

    @cached_property
    def concurrency(self) -> int:
        """Requests of the asked context that fit at once on everything the layout takes."""
        return min(stage.requests for stage in self.stages) * self.deployment.groups

    @property
    def fits(self) -> bool:
        return not self.problems and self.concurrency >= self.wanted

    @cached_property
    def verdict(self) -> Verdict:
        """What holds at the low end of every budget fits; what only the high end may hold is too close to call."""
        if self.fits and self._held(high=False):
            return Verdict.FITS
        return Verdict.CLOSE if self.fits or self._held(high=True) else Verdict.SHORT

    def _held(self, *, high: bool) -> bool:
        """Whether every stage holds what is asked of it where its budget is at that end. Neighbours that are alike, and
        so share their budget, are one."""
        alike = {id(stage.budget): stage for stage in self.stages}
        asked = self.per_group
        return not self.problems and all(
            one.holds(asked, one.budget.high if high else one.budget.low) for one in alike.values()
        )

    @property
    def short(self) -> int:
        """Bytes missing on the tightest device, 0 where it fits."""
        if self.fits:
            return 0
        stage = self.tightest
        return max(stage.taken(self.per_group) - stage.budget.value, 1)

    @property
    def per_group(self) -> int:
        """Requests asked of each attention group, the busiest one's share."""
        return -(-self.wanted // self.deployment.groups)

    @property
    def bound(self) -> Bound:
        """What stands in the way of more requests."""
        if self.problems:
            return Bound.LAYOUT
        stage = self.tightest
        if stage.weight_bytes > stage.total:
            return Bound.WEIGHTS
        if stage.budget.value <= 0:
            return Bound.NEEDS
        return Bound.CACHE if stage.keeps else Bound.SEQUENCES

    @property
    def binds(self) -> str:
        """The same in words."""
        match self.bound:
            case Bound.LAYOUT:
                return self.problems[0]
            case Bound.WEIGHTS:
                return "weights: they alone exceed the device"
            case Bound.NEEDS:
                return "weights and the engine's own needs leave nothing for the cache"
            case Bound.SEQUENCES:
                return f"the engine runs {self.tightest.sequences} requests at once"
            case Bound.CACHE:
                return "cache: the next request of this length does not fit"


def evaluate(model: Served, fleet: Fleet, layout: Layout) -> Fit:
    """One layout, whatever the model says to it."""
    return Fit(Deployment(model, fleet, layout), tuple(model.problems(layout, fleet.settings.engine)))


def candidates(model: Served, fleet: Fleet, devices: int | None = None) -> Iterator[Layout]:
    """Layouts that use all devices (or `devices` of them) and that the model allows: tensor parallelism stays inside
    a domain."""
    total = devices or fleet.devices
    sizes = divisors(total)
    for pp in sizes:
        if pp > model.layers:
            continue
        for tp in divisors(total // pp):
            if tp > fleet.domain:
                continue
            for dp in divisors(total // pp // tp):
                replicas = total // (pp * tp * dp)
                for ep in (False, True):
                    if (ep and tp * dp == 1) or (dp > 1 and not ep and model.experts is None):
                        continue
                    layout = Layout(tp, ep, dp, pp, replicas=replicas)
                    if next(model.problems(layout, fleet.settings.engine), None) is None:
                        yield layout


def node_of(fleet: Fleet) -> int:
    """Devices of one node. A fleet that lies in one may use a part of it: the device's links join as many as it has."""
    if fleet.nodes > 1:
        return fleet.per_node
    joined = fleet.device.domain if not fleet.device.across_nodes else fleet.per_node
    found = max(fleet.per_node, joined)
    return found if found > 1 else 8


def divisors(number: int) -> list[int]:
    return [size for size in range(1, number + 1) if number % size == 0]


def search(model: Served, fleet: Fleet) -> list[Fit]:
    """Every candidate, best first."""
    found = [evaluate(model, fleet, layout) for layout in candidates(model, fleet)]
    return sorted(found, key=rank)


def rank(fit: Fit) -> tuple[object, ...]:
    """The one order of layouts, whoever lists them: what surely fits before what is too close to call; by fewest
    pipeline stages, which work on a token one after another; then by most requests at once; then by least splitting.
    What does not fit comes last, the nearest miss first."""
    layout, sure = fit.layout, VERDICTS.index(fit.verdict)
    if not fit.fits:
        return (sure, True, fit.short, layout.pp, layout.ranks, layout.tp, layout.ep)
    return (sure, False, layout.pp, -fit.concurrency, layout.ranks, layout.tp, layout.ep)


def smallest(model: Served, fleet: Fleet, limit: int = FLEETS_TRIED) -> tuple[Fit | None, int]:
    """The fewest devices (1, 2, 4, … of a node, then whole nodes) on which the asked work surely fits, None within
    `limit`; and up to how many devices were tried: fewer than that, where nothing fits layout after layout."""
    per_node = node_of(fleet)
    counts = [size for size in (1, 2, 4, 8, 16, 32, 64) if size < per_node] + [
        per_node * nodes for nodes in range(1, limit // per_node + 1)
    ]
    domain = replace(fleet, per_node=per_node, nodes=max(1, limit // per_node)).domain
    widest = Layout(domain, model.experts is not None, limit // domain or 1, min(model.layers, limit))
    if model.stages(widest.pp)[0].on_rank(widest) > fleet.device.memory_bytes:
        return None, limit  # what every device repeats is already too much
    room, least = _most_room(model, fleet, widest), _least(model, fleet)
    if room < 0:
        return None, limit  # the engine alone needs more than its share of a device
    tried = 0
    for count in sorted(set(counts)):
        if count * room < least:
            continue
        nodes = max(1, count // per_node)
        smaller = replace(fleet, per_node=min(count, per_node), nodes=nodes, layout=None)
        found = list(search_count(model, smaller, count))
        fits = [fit for fit in found if fit.verdict is Verdict.FITS]
        if fits:
            return min(fits, key=rank), count
        tried += len(found)
        if tried > LAYOUTS:
            return None, count
    return None, limit


def _most_room(model: Served, fleet: Fleet, widest: Layout) -> int:
    """Bytes that a device without weights could give to requests under any layout: the engine needs least for its own
    under the widest one."""
    engine = fleet.settings.engine
    own = Deployment(model, fleet, replace(widest, ep=False)).activation(last=False)
    return budget(fleet, Needs({}, 0, own, Bytes.gib(engine.outside_torch(1)), Bytes.gib(engine.graphs))).value


def _least(model: Served, fleet: Fleet) -> int:
    """Bytes that the devices' room must hold under any layout: one copy of what is stored, by as much as weights narrow
    the room, and every request whole. None of it where the budget is given, which nothing is held against."""
    chosen = fleet.settings
    if chosen.cache_budget_gib is not None:
        return 0
    whole = model.caches(Layout(), cache_rules(fleet))[0].per_request(fleet.workload.context)
    narrow = chosen.utilization if chosen.engine.reserve == "free" else 1.0
    return int(narrow * sum(stage.stored for stage in model.stages(1))) + (fleet.workload.concurrency or 1) * whole


def search_count(model: Served, fleet: Fleet, devices: int) -> Iterator[Fit]:
    return (evaluate(model, fleet, layout) for layout in candidates(model, fleet, devices))
