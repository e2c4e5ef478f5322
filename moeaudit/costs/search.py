"""All layouts that divide: which fit, what binds, the smallest fleet, the highest concurrency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from functools import cached_property

from moeaudit.costs.fleet import Fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Deployment, Needs, StageMemory, budget, cache_rules
from moeaudit.costs.served import Served
from moeaudit.costs.serving import Serving, serving
from moeaudit.later import dataclass
from moeaudit.limits import FLEETS_TRIED, LAYOUTS
from moeaudit.text import several


class Verdict(StrEnum):
    """Whether a layout holds what is asked, by both ends of the band in which the cache's budget lies. QUEUES: the
    engine surely starts, and runs fewer requests at once than are asked."""

    FITS = "fits"
    QUEUES = "queues"
    CLOSE = "too-close-to-call"
    SHORT = "does-not-fit"


DEFAULT_BATCH = 32
"""Requests at once that layouts are compared and timed at where the workload names none."""


class Bound(StrEnum):
    """What stands in the way of more requests."""

    LAYOUT = "layout"
    WEIGHTS = "weights"
    NEEDS = "needs"
    SEQUENCES = "sequences"
    CACHE = "cache"


@dataclass(frozen=True)
class Fit:
    """One layout on the fleet. An engine starts if a request of the full context fits on every device; it admits
    requests by their own length, the workload's input and output, and what is more than it runs at once queues."""

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

    @property
    def load(self) -> int:
        """Requests at once that the layout is compared and timed at."""
        return self.deployment.fleet.workload.concurrency or DEFAULT_BATCH

    @cached_property
    def tightest(self) -> StageMemory:
        """The stage with the least room for requests."""
        return min(self.stages, key=lambda stage: (stage.requests, stage.budget.value))

    @cached_property
    def concurrency(self) -> int:
        """Requests of the full context that fit at once on everything the layout takes."""
        return min(stage.requests for stage in self.stages) * self.deployment.groups

    @cached_property
    def runs(self) -> int:
        """Requests of the workload's own length that run at once on everything the layout takes."""
        return min(stage.runs for stage in self.stages) * self.deployment.groups if self.starts else 0

    @property
    def starts(self) -> bool:
        """Whether the engine starts, at the typical budget."""
        return not self.problems and self.concurrency >= 1

    @property
    def fits(self) -> bool:
        """Whether it starts and runs all that is asked at once, at the typical budget."""
        return self.starts and self.runs >= self.wanted

    @property
    def served(self) -> int:
        """Requests that run at once when the load is there; one where the start is too close to call and the typical
        budget has no room for it."""
        return min(self.load, self.runs) if self.starts else int(self.standing < len(STANDINGS) - 1)

    @cached_property
    def verdict(self) -> Verdict:
        """What holds at the low end of every budget fits; what only the high end may hold is too close to call."""
        if not self._starts(high=False):
            return Verdict.CLOSE if self._starts(high=True) else Verdict.SHORT
        if self._carries(high=False):
            return Verdict.FITS
        return Verdict.CLOSE if self._carries(high=True) else Verdict.QUEUES

    @cached_property
    def standing(self) -> int:
        """The layout's place among `STANDINGS`."""
        if self.verdict is Verdict.FITS:
            return 0
        return 1 if self._starts(high=False) else 2 if self.verdict is Verdict.CLOSE else 3

    @property
    def surely_starts(self) -> bool:
        """Whether it starts at the low end of every budget."""
        return self.standing < 2

    @cached_property
    def times(self) -> Serving | str:
        """Times for what is served; or why there are none."""
        return serving(self.deployment, self.served)

    def _starts(self, *, high: bool) -> bool:
        ends = ((one, one.budget.high if high else one.budget.low) for one in self._alike)
        return not self.problems and all(one.starts(end) for one, end in ends)

    def _carries(self, *, high: bool) -> bool:
        """Whether every stage runs what is asked of it at once where its budget is at that end. One request of the
        full context is what a start shows."""
        ends = ((one, one.budget.high if high else one.budget.low) for one in self._alike)
        return self.wanted == 1 or all(one.carries(self.per_group, end) for one, end in ends)

    @cached_property
    def _alike(self) -> tuple[StageMemory, ...]:
        """Stages without neighbours that are alike, and so share their budget."""
        return tuple({id(stage.budget): stage for stage in self.stages}.values())

    @property
    def short(self) -> int:
        """Bytes missing on the tightest device to start, 0 where it does."""
        if self.starts:
            return 0
        stage = self.tightest
        return max(stage.taken(1) - stage.budget.value, 1)

    @property
    def asked_bytes(self) -> int:
        """Bytes of the tightest device's budget that what is asked takes: to start, or for the load."""
        stage = self.tightest
        return max(stage.taken(1), stage.taken_by_load(self.per_group))

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
        capped = self.runs < self.wanted and self.runs == stage.sequences * self.deployment.groups
        return Bound.SEQUENCES if capped or not stage.keeps else Bound.CACHE

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
                return f"the engine runs {several(self.tightest.sequences, 'request')} at once"
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
    found = sorted((evaluate(model, fleet, layout) for layout in candidates(model, fleet)), key=_ordered)
    return sorted(found[:TIMED], key=rank) + found[TIMED:]


TIMED = 1_000
"""Layouts of a search that are timed: those that serve most, by fewest pipeline stages and most room. Few fleets have
more; where one does, what comes after these is not told apart by times."""


STANDINGS = (
    "surely holds what is asked",
    "surely starts, and perhaps runs fewer at once",
    "too close to call whether it starts",
    "does not start",
)
"""What layouts are, best first."""


def rank(fit: Fit) -> tuple[object, ...]:
    """The one order of layouts, whoever lists them: by standing; then by the requests served of the load; by the
    typical time per output token while they are; by the room beside them, which is requests of the full context; by
    least splitting. Where a device's figures give no times, by fewest pipeline stages, which work on a token one after
    another. What does not start comes last, the nearest miss first."""
    if not fit.starts:
        return _ordered(fit)
    times = fit.times
    return _ordered(fit) if isinstance(times, str) else _ordered(fit, times.time_per_output.typical)


def _ordered(fit: Fit, seconds: float | None = None) -> tuple[object, ...]:
    layout = fit.layout
    splitting = (layout.pp, layout.ranks, layout.tp, layout.ep)
    if not fit.starts:
        return (fit.standing, 0, True, fit.short, *splitting)
    speed = (True, layout.pp) if seconds is None else (False, seconds)
    return (fit.standing, -fit.served, *speed, -fit.concurrency, *splitting)


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
        found = [
            evaluate(model, smaller, layout)
            for layout in candidates(model, smaller, count)
            if not _crowded(model, smaller, layout, room)
        ]
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
    own = Deployment(model, fleet, replace(widest, ep=False)).activation(last=False)
    alone = Deployment(model, fleet, Layout())
    return budget(fleet, Needs({}, 0, own, alone.outside(), alone.graphs())).value


def _least(model: Served, fleet: Fleet) -> int:
    """Bytes that the devices' room must hold under any layout: one copy of what is stored, by as much as weights narrow
    the room, and every request's layers that keep all of it. None of it where the budget is given, which nothing is
    held against."""
    chosen = fleet.settings
    if chosen.cache_budget_gib is not None:
        return 0
    work, each = fleet.workload, model.caches(Layout(), cache_rules(fleet))[0].per_token
    asked = max(int(each * work.context), (work.concurrency or 1) * int(each * work.length))
    narrow = chosen.utilization if chosen.engine.reserve == "free" else 1.0
    return int(narrow * sum(stage.stored for stage in model.stages(1))) + asked


def _crowded(model: Served, fleet: Fleet, layout: Layout, room: int) -> bool:
    """Whether a glance at one stage tells that weights and the load are more than a device has room for: of each
    request, as `_least` does, only what layers keep that keep all of it."""
    chosen, work, stage = fleet.settings, fleet.workload, max(layout.pp - 2, 0)
    if chosen.cache_budget_gib is not None or chosen.offload_gib or chosen.language_only:
        return False
    narrow = chosen.utilization if chosen.engine.reserve == "free" else 1.0
    each = model.caches(layout, cache_rules(fleet))[stage].per_token
    groups = layout.dp * layout.replicas
    asked = max(work.context, -(-(work.concurrency or 1) // groups) * work.length) * each
    return narrow * model.stages(layout.pp)[stage].on_rank(layout) + asked > room
