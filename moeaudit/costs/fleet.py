"""A fleet: which devices, how they are linked, which engine at which settings, for which work, at what price."""

from __future__ import annotations

import re
from dataclasses import field, replace

from moeaudit.costs.devices import Device, device
from moeaudit.costs.engines.read import Engine, engine
from moeaudit.costs.forms import GGML
from moeaudit.costs.layout import Layout
from moeaudit.costs.pools.rules import Pools
from moeaudit.errors import UsageError
from moeaudit.later import dataclass, expression
from moeaudit.limits import DEVICES

SHORT = expression(
    r"(?:(?P<nodes>[0-9]{1,9})x)?(?P<count>[0-9]{1,9})x"
    r"(?P<name>[A-Z][\w.+ -]*|(?:[0-9]{4}|[0-9]{3}(?=[A-Z]))[A-Z]{0,2}(?:[_ -][\w.+ -]*)?)",
    re.IGNORECASE | re.ASCII,
)
"""8xH200, or 2x8xH200 for two nodes of eight; 1x4090, 8x910B, 2x4090-48G."""

BETWEEN_NODES = 50.0
"""GB/s per direction and device where the fleet file gives none: one 400 Gb/s port per device."""

HOST_LINK = 25.0
"""GB/s from host memory where the fleet file gives none: what PCIe 4.0 x16 sustains of its 31 GB/s."""


@dataclass(frozen=True)
class Workload:
    """What is asked of the fleet. Token counts are per request; `imbalance`: busiest rank's expert load over the
    mean; `assumed`: nobody named the context."""

    context: int = 8192
    concurrency: int | None = None
    input_tokens: int = 1000
    output_tokens: int = 1000
    imbalance: float = 1.0
    assumed: bool = False

    @property
    def length(self) -> int:
        """Tokens that a request of the workload has when it ends, by which an engine admits it: never more than the
        context."""
        return min(self.input_tokens + self.output_tokens, self.context)


@dataclass(frozen=True)
class Prices:
    """`device_hour` in `currency`, a code of three letters, None where nobody names it; `energy` per kWh in the same;
    `overhead`: power drawn beside the devices (PUE and hosts)."""

    device_hour: float | None = None
    currency: str | None = None
    energy: float | None = None
    overhead: float = 1.0


@dataclass(frozen=True)
class Settings:
    """The engine and what is set on it. None: the engine's own default.

    `eager`: nothing is compiled or captured. `quantization`, `load_bits`: what it makes of weights that are stored in
    16 bits, by its own name and in bits per parameter; `dtype`: the type of those that are not quantised;
    `offload_gib`: weights of each device that stay on its host; `language_only`: encoders are not loaded;
    `state_dtype`: the type of recurrent states; `cache_blocks`, `cache_tokens`: the size of the cache's pool, given
    in place of the computed one, and the most that it is; `state_ratio`, `window_ratio`, `max_states`: shares of
    pools that an engine lets one set; `all_to_all`: the backend that carries tokens to experts, `dispatch_tokens`: of
    a rank and step, at most.
    """

    engine: Engine
    utilization: float
    cache_dtype: str = "bf16"
    cache_budget_gib: float | None = None
    block: int | None = None
    hybrid: bool = True
    prefix_caching: bool | None = None
    speculative_tokens: int = 0
    prediction: bool = False
    max_num_seqs: int | None = None
    step_tokens: int | None = None
    kernel: str = ""
    state_slots_override: int | None = None
    eager: bool = False
    quantization: str = ""
    load_bits: float | None = None
    dtype: str = ""
    offload_gib: float = 0.0
    language_only: bool = False
    state_dtype: str = ""
    cache_blocks: int | None = None
    cache_tokens: int | None = None

    state_ratio: float | None = None
    window_ratio: float | None = None
    max_states: int | None = None
    all_to_all: str = ""
    dispatch_tokens: int | None = None

    @property
    def pool_given(self) -> bool:
        """Whether the size of the cache's pool is said."""
        return self.cache_blocks is not None or self.cache_tokens is not None

    @property
    def pools(self) -> Pools:
        """How the engine divides the cache; ratios that are set in place of its own."""
        found = self.engine.pools
        if self.state_ratio is not None:
            found = replace(found, state_ratio=self.state_ratio)
        if self.window_ratio is not None:
            found = replace(found, window_ratio=self.window_ratio, entry_ratio=self.window_ratio)
        return found

    @property
    def caches_prefixes(self) -> bool:
        return self.engine.prefix_caching if self.prefix_caching is None else self.prefix_caching

    @property
    def fixed_states(self) -> int:
        """States that room is made for whatever fits: those set, or one for each request that may run where prefixes
        are not cached and that number is set (SGLang 0.5.23, _handle_max_mamba_cache)."""
        if self.max_states is not None:
            return self.max_states
        fixed = self.engine.pools.kind == "shared" and not self.caches_prefixes
        return self.max_num_seqs or 0 if fixed else 0

    @property
    def block_tokens(self) -> int:
        return self.block or self.engine.block

    @property
    def tokens_per_step(self) -> int:
        return self.step_tokens or self.engine.step_tokens

    @property
    def sequences(self) -> int:
        return self.max_num_seqs or self.engine.max_num_seqs

    @property
    def running(self) -> int:
        """Requests that an engine lets run at once, whatever memory there is; the others wait."""
        if self.pools.kind == "shared":
            return self.max_num_seqs or self.pools.running
        return self.sequences

    @property
    def state_slots(self) -> int:
        """Recurrent states kept per request: one, more with prefix caching, one more per speculative token."""
        if self.state_slots_override:
            return self.state_slots_override
        slots = self.engine.state_slots_prefix_caching if self.caches_prefixes else self.engine.state_slots
        return slots + self.speculative_tokens


@dataclass(frozen=True)
class Fleet:
    """Equal devices in equal nodes. `layout` None: search for one. Links in GB/s per direction and device; `notes`:
    what else was assumed when it was read; `unmodelled`: settings that change the answer and that nothing follows.
    `host_memory_gb_s`: of one socket; `experts_over_link`: experts in host memory are read by the device, not computed
    by the processor."""

    device: Device
    per_node: int
    nodes: int
    settings: Settings
    inside: float | None = None
    between: float = BETWEEN_NODES
    layout: Layout | None = None
    workload: Workload = field(default_factory=lambda: Workload(assumed=True))
    prices: Prices = field(default_factory=Prices)
    power: float | None = None
    host_memory_gib: float | None = None
    host_link: float = HOST_LINK
    origin: str = ""
    notes: tuple[str, ...] = ()
    unmodelled: tuple[str, ...] = ()
    host_memory_gb_s: float | None = None
    host_sockets: int = 1
    experts_over_link: bool = False

    @property
    def devices(self) -> int:
        return self.per_node * self.nodes

    @property
    def hosted(self) -> bool:
        """Whether the host was described: experts in its memory were asked for."""
        return self.host_memory_gib is not None or self.host_memory_gb_s is not None or self.experts_over_link

    @property
    def domain(self) -> int:
        """Devices that reach each other at the inside link's speed: those of a node, and of further nodes only where
        the device is built so."""
        return max(self.per_node, min(self.device.domain, self.devices) if self.device.across_nodes else 0)

    @property
    def link(self) -> float | None:
        """GB/s per direction inside a domain."""
        return self.inside if self.inside is not None else self.device.link.value

    def with_engine(self, name: str) -> Fleet:
        """The same fleet under another engine, at that engine's defaults; unchanged where it is the engine already."""
        if self.settings.engine.name == name:
            return self
        fresh, old = settings_for(name, "", self.device), self.settings
        return replace(self, settings=replace(fresh, cache_dtype=old.cache_dtype, prediction=old.prediction))


def settings_for(name: str, version: str, chosen: Device, utilization: float | None = None) -> Settings:
    """An engine's defaults on a device."""
    found = engine(name, version, memory_gib=chosen.memory.value, device=chosen.name)
    return Settings(found, found.utilization if utilization is None else utilization)


def short_fleet(text: str, *, engine_name: str = "vllm", engine_version: str = "") -> Fleet:
    """`8xH200` or `2x8xH200` as a fleet with the engine's defaults. UsageError where it is not of that form."""
    match = SHORT.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"{ascii(text)[:60]} is not a fleet",
            hint="Write COUNTxDEVICE, such as 8xH200, or NODESxCOUNTxDEVICE, such as 2x8xH200.",
        )
    count, nodes = int(match["count"]), int(match["nodes"] or 1)
    check_counts(count, nodes)
    chosen = device(match["name"])
    if match["nodes"] is None and count > 8 and count % 8 == 0 and chosen.domain <= count // 2:
        nodes, count = count // 8, 8
    return Fleet(chosen, count, nodes, settings_for(engine_name, engine_version, chosen), origin=f"--gpus {text}")


def check_cache(settings: Settings) -> None:
    """UsageError for a cache in ggml's blocks under an engine that has none."""
    if settings.cache_dtype in GGML and not settings.engine.ggml_cache:
        raise UsageError(
            f"{settings.engine.title} keeps no cache in {settings.cache_dtype}",
            hint="That is llama.cpp's; this engine's smallest common one is fp8.",
        )


def check_counts(per_node: int, nodes: int) -> None:
    """UsageError where there is no device, or more than any fleet has."""
    if per_node < 1 or nodes < 1:
        raise UsageError(
            f"the fleet has {per_node * nodes} devices", hint="Give at least one device per node and one node."
        )
    if per_node * nodes > DEVICES:
        raise UsageError(
            f"the fleet has {per_node * nodes:,} devices, {DEVICES.words()}",
            hint="Give the devices of one deployment.",
        )
