"""One device's memory: weights, what the engine needs to run, and what is left for the cache."""

from __future__ import annotations

from dataclasses import dataclass

from moeaudit.costs.cache import CacheRules, StageCache, stage_caches
from moeaudit.costs.devices import GIB
from moeaudit.costs.engines import Band
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.placement import Stage
from moeaudit.costs.pool import Pool, pool
from moeaudit.costs.served import Served


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
class StageMemory:
    """The fullest device of one pipeline stage, in bytes."""

    number: int
    total: int
    weights: dict[str, int]
    padding: int
    activation: Bytes
    non_torch: Bytes
    graphs: Bytes
    budget: Bytes
    cache: StageCache
    length: int

    @property
    def weight_bytes(self) -> int:
        return sum(self.weights.values()) + self.padding

    @property
    def overhead(self) -> int:
        """Libraries, buffers and graphs."""
        return self.non_torch.value + self.graphs.value

    @property
    def pool(self) -> Pool | None:
        """What the engine will log for its budget, None where nothing is cached per token."""
        try:
            return pool(self.cache, self.budget.value, self.length)
        except ValueError:
            return None

    @property
    def requests(self) -> int:
        """Requests of the workload's length that fit at once."""
        found = self.pool
        return int(found.concurrency) if found and found.per_request else self.cache.requests(self.budget.value, self.length)


def cache_rules(fleet: Fleet) -> CacheRules:
    chosen = fleet.settings
    return CacheRules(chosen.cache_dtype, chosen.block_tokens, chosen.hybrid, chosen.tokens_per_step, chosen.state_slots)


def activation(model: Served, fleet: Fleet, layout: Layout, *, last: bool) -> Bytes:
    """The peak of one profiling step: the sampler's full logits (last stage) or the widest layer, the experts' workspace, a remainder.

    A dense layer holds gate, up and their product (three widths) and about four hidden states at once. Packed experts bring
    kernels of their own, without vLLM's workspace.
    """
    chosen, found = fleet.settings, fleet.settings.engine
    if found.reserve == "static":
        return Bytes.gib(found.floor)
    rows, tokens = model.vocabulary * chosen.sequences if last else 0, chosen.tokens_per_step
    layer = 2 * tokens * (3 * -(-model.dense_width // layout.tp) + 4 * model.hidden)
    workspace = 0
    if found.workspace and model.experts and not model.storage.expert_format:
        width = model.experts.width if layout.ep else -(-model.experts.width // layout.ranks)
        workspace = 2 * tokens * model.experts.selected * (max(2 * width, model.experts.hidden) + width)
    floor = Bytes.gib(found.floor)
    low, value, high = (max(int(size * rows), layer) + workspace for size in (found.sampler_bytes.low, found.sampler_bytes.value, found.sampler_bytes.high))
    return Bytes(value + floor.value, low + floor.low, high + floor.high)


def memory(model: Served, fleet: Fleet, layout: Layout) -> tuple[StageMemory, ...]:
    """Each stage's fullest device under a layout."""
    chosen = fleet.settings
    caches = stage_caches(model.architecture, layout, cache_rules(fleet), prediction=chosen.prediction)
    stages = model.stages(layout.pp, prediction=chosen.prediction, copies=chosen.engine.copies)
    return tuple(_stage(model, fleet, layout, number, stage, caches[number]) for number, stage in enumerate(stages))


def _stage(model: Served, fleet: Fleet, layout: Layout, number: int, stage: Stage, cache: StageCache) -> StageMemory:
    chosen = fleet.settings
    total = fleet.device.memory_bytes
    weights = stage.components(layout)
    padding = stage.padding(layout, *_padding(model, fleet))
    peak = activation(model, fleet, layout, last=number == layout.pp - 1)
    outside, graphs = Bytes.gib(chosen.engine.outside_torch(layout.tp)), Bytes.gib(chosen.engine.graphs)
    held = sum(weights.values()) + padding
    return StageMemory(number, total, weights, padding, peak, outside, graphs, _budget(fleet, total, held, peak, outside, graphs), cache,
                       fleet.workload.context)


def _padding(model: Served, fleet: Fleet) -> tuple[int, int]:
    """Multiples that expert sizes are rounded up to by the chosen kernel (the format's first where none is named); 0: none."""
    kernels = fleet.settings.engine.padding.get(model.storage.expert_format, {})
    sizes = kernels.get(fleet.settings.kernel) or next(iter(kernels.values()), {})
    return sizes.get("hidden", 0), sizes.get("width", 0)


def _budget(fleet: Fleet, total: int, held: int, peak: Bytes, outside: Bytes, graphs: Bytes) -> Bytes:
    """The cache's budget by the engine's own rule, or the one the fleet file gives."""
    chosen = fleet.settings
    if chosen.cache_budget_gib is not None:
        given = int(chosen.cache_budget_gib * GIB)
        return Bytes(given, given, given)
    captured = graphs if chosen.engine.graphs_budgeted else Bytes(0, 0, 0)

    def left(activations: int, libraries: int, captures: int) -> int:
        if chosen.engine.reserve == "static":
            return int(total - libraries - held - (1 - chosen.utilization) * total)
        if chosen.engine.reserve == "free":
            return int(chosen.utilization * (total - held - activations - libraries - captures))
        return int(chosen.utilization * total - held - activations - libraries - captures)

    return Bytes(left(peak.value, outside.value, captured.value), left(peak.high, outside.high, captured.high),
                 left(peak.low, outside.low, captured.low))
