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

DISPATCH_TOKENS = 256
"""Tokens that a rank sends in one step of DeepEP's low-latency mode where nobody says (vLLM 0.33.0,
config/scheduler.py, DEFAULT_MAX_NUM_BATCHED_TOKENS_FOR_BATCHED_DP)."""


MOST_CAPTURED = 256
"""Requests at once from which on no more batch sizes are captured."""

WEIGHED = 0.01
"""Share of the weights by which what lies on a device may differ from what is stored: repacked and aligned on load (the
median miss of docs/calibration.md is below a tenth of it, its 90th percentile three times that)."""


def captured(sequences: int) -> int:
    """Batch sizes that graphs are captured for: 1, 2, 4, every eighth up to 256 and every sixteenth up to 512, and none
    above twice the requests at once (vLLM 0.33.0, config/vllm.py, _set_cudagraph_sizes)."""
    most = min(2 * sequences, 512)
    sizes = [1, 2, 4, *range(8, 256, 8), *range(256, 513, 16)]
    return sum(size <= most for size in sizes)


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

    @property
    def widest(self) -> str:
        """What the band of the budget comes from first of all."""
        parts = {"activation": self.activation, "libraries": self.non_torch, "graphs": self.graphs}
        spread = {name: part.high - part.low for name, part in parts.items()}
        return max(spread, key=lambda name: spread[name]) if any(spread.values()) else "start"


@dataclass(frozen=True)
class StageMemory:
    """The fullest device of one pipeline stage, in bytes. `length`: tokens of the longest request, of which one must
    fit for the engine to start; `admitted`: tokens of the workload's own requests, by which it admits them;
    `sequences`: requests that it runs at once, whatever memory there is. `pool`: what the engine will log for its
    budget, None where nothing is cached per token; `told`: the pool of the workload's own length, where the fleet gives
    its size."""

    number: int
    total: int
    needs: Needs
    budget: Bytes
    cache: StageCache
    length: int
    sequences: int
    pool: Pool | None
    admitted: int
    told: Pool | None = None

    @cached_property
    def own(self) -> Pool | None:
        """What the budget becomes for the workload's own length."""
        if self.told or self.pool is None or self.admitted == self.length:
            return self.told or self.pool
        return pool(self.cache, self.budget.value, self.admitted)

    @property
    def weight_bytes(self) -> int:
        return self.needs.held

    @property
    def keeps(self) -> bool:
        """Whether a request leaves anything on the device between tokens."""
        return bool(self.cache.needs)

    def taken(self, requests: int) -> int:
        """Bytes of the budget that so many requests of the full length take, in the engine's whole blocks."""
        return self.pool.taken(requests) if self.pool else self.cache.per_request(self.length) * requests

    def taken_by_load(self, requests: int) -> int:
        """The same for requests of the workload's own length."""
        return self.own.taken(requests) if self.own else self.cache.per_request(self.admitted) * requests

    @property
    def request(self) -> int:
        """Bytes of the budget that one request of the full length takes."""
        return self.taken(1) - (self.pool.aside if self.pool else 0)

    def starts(self, budget: int) -> bool:
        """Whether a request of the full length goes into a budget of that size."""
        return self.taken(1) <= budget if self.keeps else budget >= 0

    def carries(self, requests: int, budget: int) -> bool:
        """Whether so many requests of the workload's own length run at once in a budget of that size."""
        return requests <= self.sequences and (not self.keeps or self.taken_by_load(requests) <= budget)

    @property
    def runs(self) -> int:
        """Requests of the workload's own length that run at once."""
        if not self.keeps:
            return self.requests
        held = int(self.own.concurrency) if self.own else self.cache.requests(self.budget.value, self.admitted)
        return min(held, self.sequences)

    @property
    def requests(self) -> int:
        """Requests of the full length that fit at once."""
        if not self.keeps:
            return self.sequences if self.budget.value >= 0 else 0
        return int(self.pool.concurrency) if self.pool else self.cache.requests(self.budget.value, self.length)


def cache_rules(fleet: Fleet) -> CacheRules:
    """What the engine's settings mean for the cache."""
    chosen = fleet.settings
    return CacheRules(
        chosen.cache_dtype,
        chosen.block_tokens,
        chosen.hybrid,
        chosen.tokens_per_step,
        chosen.state_slots,
        pools=chosen.pools,
        sequences=chosen.max_num_seqs or chosen.engine.pools.running,
        fixed_states=chosen.fixed_states,
        state_dtype=chosen.state_dtype,
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
        rules = replace(cache_rules(self.fleet), workspace=self.attention_workspace)
        caches = model.caches(layout, rules, prediction=chosen.prediction)
        placed = model.stages(layout.pp, prediction=chosen.prediction, copies=chosen.engine.copies)
        found: list[StageMemory] = []
        for number, held in enumerate(zip(placed, caches, strict=True)):
            if 0 < number < layout.pp - 1 and held == (placed[number - 1], caches[number - 1]):
                found.append(replace(found[-1], number=number))
            else:
                found.append(self._stage(number, *held))
        return tuple(found)

    @property
    def attention_workspace(self) -> int:
        """Bytes beside each token of the cache that attention's kernels work in, on devices where they do: partial
        sums for every 256 tokens of the context, of 512 requests for a context of tokens (AITER in SGLang 0.5.23,
        layers/attention/aiter_backend.py and mem_cache/kv_cache_configurator.py, resolve_max_num_reqs)."""
        names = self.fleet.settings.engine.workspace_devices
        wide = self.model.widest_heads
        if not names or wide is None or not self.fleet.device.name.startswith(names):
            return 0
        heads, size = wide
        return 512 // 256 * -(-heads // self.layout.tp) * (4 * size + 8)

    @property
    def groups(self) -> int:
        """Attention groups, each with a cache of its own."""
        return self.layout.dp * self.layout.replicas

    def activation(self, *, last: bool, first: bool = False) -> Bytes:
        """The peak of one profiling step: full logits (last stage) or the widest layer, and the experts' workspace; or
        that of profiling the encoders (first stage), where it is more.

        A dense layer holds gate, up and their product (three widths) and about four hidden states at once. Packed
        experts bring kernels of their own, without vLLM's workspace.
        """
        model, chosen, found = self.model, self.fleet.settings, self.fleet.settings.engine
        floor = Bytes.gib(found.floor)
        if found.reserve == "static":
            return floor
        rows, tokens = model.vocabulary * chosen.sequences if last else 0, self._step
        layer = 2 * tokens * (3 * -(-model.dense_width // self.layout.tp) + 4 * model.hidden)
        workspace = self._workspace(tokens) if found.workspace else 0
        gathered = workspace * (self.layout.dp - 1)  # tokens of the other groups, where experts see all at once
        sizes = found.sampler_bytes
        low, value, high = (max(int(size * rows), layer) + workspace for size in (sizes.low, sizes.value, sizes.high))
        seen = Bytes.gib(found.encoders) if first and model.encoders else Bytes(0, 0, 0)
        return Bytes(
            max(value + floor.value, seen.value),
            max(low + floor.low, seen.low),
            max(high + floor.high + gathered, seen.high),
        )

    @property
    def _step(self) -> int:
        """Tokens of the largest step: whole prompts where the engine does not cut them."""
        chosen, context = self.fleet.settings, self.fleet.workload.context
        whole = chosen.step_tokens is None and context <= chosen.engine.whole_prompts
        return max(chosen.tokens_per_step, context) if whole else chosen.tokens_per_step

    def outside(self) -> Bytes:
        """Libraries, communication buffers, and what a host keeps of a memory that it shares."""
        chosen, engine, device = self.fleet.settings, self.fleet.settings.engine, self.fleet.device
        base = Bytes.gib(engine.outside_torch(self.layout.tp, fast=device.fast, eager=chosen.eager))
        sent = self.buffers()
        host = Bytes.gib(engine.host) if device.unified else Bytes(0, 0, 0)
        return Bytes(base.value + host.value + sent, base.low + host.low + sent, base.high + host.high + sent)

    def graphs(self) -> Bytes:
        """Captured graphs: a tenth whatever is captured, the rest by how many batch sizes are. None without
        capturing."""
        chosen = self.fleet.settings
        if chosen.eager:
            return Bytes(0, 0, 0)
        whole = Bytes.gib(chosen.engine.graphs)
        share = 0.1 + 0.9 * captured(chosen.sequences) / captured(MOST_CAPTURED)
        return Bytes(int(whole.value * share), int(whole.low * min(share, 1)), whole.high)

    def buffers(self) -> int:
        """What the backend that carries tokens to experts sets aside. DeepEP's low-latency mode has room for every
        token of a step at every expert, sent and received, twice: 4 · experts · tokens · (2 · hidden + 4 · hidden /
        128) bytes (deep_ep get_low_latency_rdma_size_hint; vllm#57894)."""
        chosen, experts = self.fleet.settings, self.model.experts
        if not chosen.all_to_all or experts is None or not self.layout.ep:
            return 0
        if "low_latency" in chosen.all_to_all:
            tokens = chosen.dispatch_tokens or DISPATCH_TOKENS
            number, hidden = experts.experts + self.layout.redundant, experts.hidden
            return 4 * number * tokens * (2 * hidden + 4 * hidden // 128)
        return int(dict(chosen.engine.buffers).get(chosen.all_to_all, 0.0) * GIB)

    def _workspace(self, tokens: int) -> int:
        """vLLM's fused_moe keeps two buffers for k copies of every token: the wider product, and its activation."""
        experts = self.model.experts
        if experts is None or self.model.storage.expert_format:
            return 0
        width = experts.width if self.layout.ep else -(-experts.width // self.layout.ranks)
        return 2 * tokens * experts.selected * (max(2 * width, experts.hidden) + width)

    def _stage(self, number: int, stage: Stage, cache: StageCache) -> StageMemory:
        needs = Needs(
            self._weights(stage),
            stage.padding(self.layout, *self._padding()),
            self.activation(last=number == self.layout.pp - 1, first=number == 0),
            self.outside(),
            self.graphs(),
        )
        left, work = budget(self.fleet, needs), self.fleet.workload
        found = pool(cache, left.value, work.context) if cache.entries else None
        own = None
        if self.fleet.settings.pool_given:
            from moeaudit.costs.given import told

            ends = (left.value, left.low, left.high)
            own, _ = told(self.fleet.settings, cache, pool(cache, left.value, work.length) if found else None, ends)
            found, sizes = told(self.fleet.settings, cache, found, ends)
            left = Bytes(*sizes)
        return StageMemory(number, self.fleet.device.memory_bytes, needs, left, cache, work.context,
                           self.fleet.settings.running, found, work.length, own)  # fmt: skip

    def _weights(self, stage: Stage) -> dict[str, int]:
        """The fullest device's weights by component, without those that stay on the host."""
        held = stage.components(self.layout)
        if not self.fleet.settings.offload_gib:
            return held
        from moeaudit.costs.given import on_device

        return on_device(held, self.fleet.settings)

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

    peak, outside, apart = needs.activation, needs.non_torch, Bytes.gib(chosen.engine.apart)
    weighed = int(WEIGHED * needs.held)
    return Bytes(
        left(peak.value, outside.value, graphs.value),
        left(peak.high, outside.high, graphs.high) - apart.high - weighed,
        left(peak.low, outside.low, graphs.low) - apart.low + weighed,
    )
