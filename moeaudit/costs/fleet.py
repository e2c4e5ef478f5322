"""A fleet: which devices, how they are linked, which engine at which settings, for which work, at what price."""

from __future__ import annotations

import re
from dataclasses import field, replace

from moeaudit.costs.devices import Device, device
from moeaudit.costs.engines.read import Engine, engine
from moeaudit.costs.layout import Layout
from moeaudit.errors import UsageError
from moeaudit.later import dataclass, expression
from moeaudit.limits import DEVICES

SHORT = expression(
    r"(?:(?P<nodes>[0-9]{1,9})x)?(?P<count>[0-9]{1,9})x(?P<name>[A-Z][\w.+ -]*|[0-9]{4})", re.IGNORECASE | re.ASCII
)
"""8xH200, or 2x8xH200 for two nodes of eight."""

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
    """The engine and what is set on it. None: the engine's own default."""

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
    def state_slots(self) -> int:
        """Recurrent states kept per request: one, more with prefix caching, one more per speculative token."""
        if self.state_slots_override:
            return self.state_slots_override
        caching = self.engine.prefix_caching if self.prefix_caching is None else self.prefix_caching
        slots = self.engine.state_slots_prefix_caching if caching else self.engine.state_slots
        return slots + self.speculative_tokens


@dataclass(frozen=True)
class Fleet:
    """Equal devices in equal nodes. `layout` None: search for one. Links in GB/s per direction and device; `notes`:
    what else was assumed when it was read."""

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

    @property
    def devices(self) -> int:
        return self.per_node * self.nodes

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
