"""One device's memory: weights, what the engine needs to run, and what is left for the cache."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from moeaudit.costs.cache import CacheRules, StageCache
from moeaudit.costs.devices import GIB
from moeaudit.costs.engines.read import Band
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.placement import Stage
from moeaudit.costs.pool import Pool, pool
from moeaudit.costs.served import Served
from moeaudit.later import dataclass


@dataclass(frozen=True)
class Bytes:
    """A number of bytes with its band."""

    value: int
    low: int
    high: int

    @classmethod
    def gib(cls, band: Band) -> Bytes:
        return cls(int(band.value * GIB), int(band.low * GIB), int(band.high * GIB))


@dataclass(frozen=True)
class Needs:
    """What one device holds beside the cache. `weights` by component, declared copies under their own words."""

    weights: dict[str, int]
    padding: int
    activation: Bytes
    non_torch: Bytes
    graphs: Bytes

    @property
    def held(self) -> int:
        """Weights as they lie on the device."""
        return sum(self.weights.values()) + self.padding

    @property
    def overhead(self) -> int:
        """Libraries, buffers and graphs."""
        return self.non_torch.value + self.graphs.value


@dataclass(frozen=True)
class StageMemory:
    """The fullest device of one pipeline stage, in bytes. `length`: tokens of the workload's longest request;
    `sequences`: requests that the engine runs at once, whatever memory there is. `pool`: what the engine will log for
    its budget, None where nothing is cached per token."""

    number: int
    total: int
    needs: Needs
    budget: Bytes
    cache: StageCache
    length: int
    sequences: int
    pool: Pool | None

    @property
    def weight_bytes(self) -> int:
        return self.needs.held

    @property
    def keeps(self) -> bool:
        """Whether a request leaves anything on the device between tokens."""
        return bool(self.cache.needs)

    def taken(self, requests: int) -> int:
        """Bytes of the budget that so many requests of the workload's length take, in the engine's whole blocks."""
        found = self.pool
        if found is None or not found.per_request:
            return self.cache.per_request(self.length) * requests
        return found.taken(requests)

    def holds(self, requests: int, budget: int) -> bool:
        """Whether so many requests of the workload's length go into a budget of that size."""
        if not self.keeps:
            return requests <= self.sequences and budget >= 0
        return self.taken(requests) <= budget

    @property
    def requests(self) -> int:
        """Requests of the workload's length that fit at once."""
        if not self.keeps:
            return self.sequences if self.budget.value >= 0 else 0
        found = self.pool
        if found is None or not found.per_request:
            return self.cache.requests(self.budget.value, self.length)
        return int(found.concurrency)


def cache_rules(fleet: Fleet) -> CacheRules:
    """What the engine's settings mean for the cache."""
    chosen = fleet.settings
    return CacheRules(
        chosen.cache_dtype, chosen.block_tokens, chosen.hybrid, chosen.tokens_per_step, chosen.state_slots
    )


@dataclass(frozen=True)
class Deployment:
    """A model on a fleet under one layout. Everything about it is worked out when it is first asked for."""

    model: Served
    fleet: Fleet
    layout: Layout

    @cached_property
    def stages(self) -> tuple[StageMemory, ...]:
        """Each pipeline stage's fullest device."""
        model, layout, chosen = self.model, self.layout, self.fleet.settings
        caches = model.caches(layout, cache_rules(self.fleet), prediction=chosen.prediction)
        placed = model.stages(layout.pp, prediction=chosen.prediction, copies=chosen.engine.copies)
        found: list[StageMemory] = []
        for number, held in enumerate(zip(placed, caches, strict=True)):
            if 0 < number < layout.pp - 1 and held == (placed[number - 1], caches[number - 1]):
                found.append(replace(found[-1], number=number))
            else:
                found.append(self._stage(number, *held))
        return tuple(found)

    @property
    def groups(self) -> int:
        """Attention groups, each with a cache of its own."""
        return self.layout.dp * self.layout.replicas

    def activation(self, *, last: bool) -> Bytes:
        """The peak of one profiling step: full logits (last stage) or the widest layer, and the experts' workspace.

        A dense layer holds gate, up and their product (three widths) and about four hidden states at once. Packed
        experts bring kernels of their own, without vLLM's workspace.
        """
        model, chosen, found = self.model, self.fleet.settings, self.fleet.settings.engine
        floor = Bytes.gib(found.floor)
        if found.reserve == "static":
            return floor
        rows, tokens = model.vocabulary * chosen.sequences if last else 0, chosen.tokens_per_step
        layer = 2 * tokens * (3 * -(-model.dense_width // self.layout.tp) + 4 * model.hidden)
        workspace = self._workspace(tokens) if found.workspace else 0
        sizes = found.sampler_bytes
        low, value, high = (max(int(size * rows), layer) + workspace for size in (sizes.low, sizes.value, sizes.high))
        return Bytes(value + floor.value, low + floor.low, high + floor.high)

    def _workspace(self, tokens: int) -> int:
        """vLLM's fused_moe keeps two buffers for k copies of every token: the wider product, and its activation."""
        experts = self.model.experts
        if experts is None or self.model.storage.expert_format:
            return 0
        width = experts.width if self.layout.ep else -(-experts.width // self.layout.ranks)
        return 2 * tokens * experts.selected * (max(2 * width, experts.hidden) + width)

    def _stage(self, number: int, stage: Stage, cache: StageCache) -> StageMemory:
        engine = self.fleet.settings.engine
        needs = Needs(
            stage.components(self.layout),
            stage.padding(self.layout, *self._padding()),
            self.activation(last=number == self.layout.pp - 1),
            Bytes.gib(engine.outside_torch(self.layout.tp)),
            Bytes.gib(engine.graphs),
        )
        left, length = budget(self.fleet, needs), self.fleet.workload.context
        found = pool(cache, left.value, length) if cache.entries else None
        return StageMemory(number, self.fleet.device.memory_bytes, needs, left, cache, length,
                           self.fleet.settings.sequences, found)  # fmt: skip

    def _padding(self) -> tuple[int, int]:
        """Multiples that the kernel rounds expert sizes up to (the engine's usual one where none is named); 0: none."""
        kernels = self.fleet.settings.engine.padding.get(self.model.storage.expert_format, {})
        sizes = kernels.get(self.fleet.settings.kernel or self.fleet.settings.engine.kernel, {})
        return sizes.get("hidden", 0), sizes.get("width", 0)


def budget(fleet: Fleet, needs: Needs) -> Bytes:
    """The cache's budget by the engine's own rule, or the one the fleet file gives."""
    chosen, total = fleet.settings, fleet.device.memory_bytes
    if chosen.cache_budget_gib is not None:
        given = int(chosen.cache_budget_gib * GIB)
        return Bytes(given, given, given)
    graphs = needs.graphs if chosen.engine.graphs_budgeted else Bytes(0, 0, 0)

    def left(activations: int, libraries: int, captures: int) -> int:
        if chosen.engine.reserve == "static":
            return int(total - libraries - needs.held - (1 - chosen.utilization) * total)
        if chosen.engine.reserve == "free":
            return int(chosen.utilization * (total - needs.held - activations - libraries - captures))
        return int(chosen.utilization * total - needs.held - activations - libraries - captures)

    peak, outside = needs.activation, needs.non_torch
    return Bytes(
        left(peak.value, outside.value, graphs.value),
        left(peak.high, outside.high, graphs.high),
        left(peak.low, outside.low, graphs.low),
    )
