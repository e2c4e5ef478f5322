"""The local case: routed experts that do not fit stay in host memory. The processor computes them where they lie, at
the host's memory bandwidth (llama.cpp's --n-cpu-moe, ktransformers, ik_llama.cpp), and only activations cross the link;
or, where the fleet file says so, they are read over the link when a token picks them.

A memory that host and device share is one pool: what the device may not take of it is the host's, as fast as the rest.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

from moeaudit.costs.devices import GIB
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Deployment, cache_rules
from moeaudit.costs.served import Served
from moeaudit.costs.timing import efficiency
from moeaudit.costs.waits import CASES, waits
from moeaudit.data import parsed
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

ONE = Layout()


@lru_cache(maxsize=1)
def host_defaults() -> dict[str, Any]:
    """What a host is taken for where nobody describes it, and the shares of its bandwidth that processors reach."""
    found: dict[str, Any] = parsed((files("moeaudit.costs") / "data" / "host.yaml").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Host:
    """The memory beside a device: GiB (None: not said), GB/s of one socket's memory and of the link, sockets; `shared`:
    it is the device's own memory, `assumed`: its bandwidth is nobody's figure."""

    memory_gib: float | None
    memory_gb_s: float
    link_gb_s: float
    sockets: int
    shared: bool
    assumed: bool

    def read(self, case: str) -> float:
        """Bytes per second at which the processors read experts."""
        data = host_defaults()
        sockets = 1 + (self.sockets - 1) * float(data["further_socket"][case])
        return self.memory_gb_s * 1e9 * sockets * float(data["share"][case])


def host_of(fleet: Fleet) -> Host:
    """The host that the fleet file describes, the rest of a shared memory, or what is assumed."""
    data, own = host_defaults(), fleet.device.bandwidth.value
    shared = fleet.device.unified is not None and fleet.host_memory_gb_s is None
    speed = own if shared else None
    return Host(
        fleet.device.beside if shared and fleet.host_memory_gib is None else fleet.host_memory_gib,
        fleet.host_memory_gb_s or speed or float(data["memory_gb_s"]),
        fleet.host_link,
        1 if shared else fleet.host_sockets,
        shared,
        fleet.host_memory_gb_s is None and speed is None,
    )


@dataclass(frozen=True)
class Offload:
    """One device with host memory behind it; bytes, and tokens per second for one request.

    `resident`: share of the routed experts that fits on the device. `tokens_per_second`: the worst and the best case,
    `typical` between them; where experts are read over the link, the worst reads all of them anew for every token, and
    the best finds the resident ones as often as their share (uniform routing). `read_per_token`: bytes of experts that
    a token takes from host memory.
    """

    on_device: int
    experts: int
    resident: float
    cache: int
    host_bytes: int
    host_fits: bool | None
    read_per_token: int
    tokens_per_second: tuple[float, float] | None
    missing: int
    typical: float | None
    host: Host
    over_link: bool

    @property
    def fits(self) -> bool:
        return self.missing == 0 and self.host_fits is not False


def offload(model: Served, fleet: Fleet) -> Offload | None:
    """What one device of the fleet can do with experts in host memory. None for a dense model."""
    if model.experts is None:
        return None
    stage, cache = model.stages(1)[0], model.caches(ONE, cache_rules(fleet))[0]
    held = stage.components(ONE)
    experts = held.pop(Component.ROUTED_EXPERTS.value)
    request = cache.per_request(fleet.workload.context)
    engine = fleet.settings.engine
    needs = (
        sum(held.values())
        + request
        + Deployment(model, fleet, ONE).activation(last=True).value
        + int(engine.outside_torch(1).value * GIB)
    )
    room = int(fleet.settings.utilization * fleet.device.memory_bytes) - needs
    resident, host = max(0.0, min(1.0, room / experts)), host_of(fleet)
    kept = int(experts * (1 - resident))
    used = int(experts * model.experts.selected / model.experts.experts)
    work = fleet.workload
    table = 0 if model.architecture.tied else held.get(Component.EMBEDDING.value, 0)  # of it a token reads one row
    always = sum(held.values()) - table + cache.read(work.input_tokens + work.output_tokens // 2)
    rates = _rates(model, fleet, host, (always, used), resident)
    return Offload(
        sum(held.values()),
        experts,
        resident,
        request,
        kept,
        None if host.memory_gib is None else kept <= host.memory_gib * GIB,
        int(used * (1 - resident)),
        None if rates is None else (rates["worst"], rates["best"]),
        max(0, -room),
        None if rates is None else rates["typical"],
        host,
        fleet.experts_over_link,
    )


def _rates(model: Served, fleet: Fleet, host: Host, read: tuple[int, int], resident: float) -> dict[str, float] | None:
    """Tokens per second of one request, by case: what is on the device is read there, what is not by the processor.
    Each layer of experts hands its activations over and back. `read`: bytes of a token outside its experts, and of
    those."""
    if fleet.device.bandwidth.value is None:
        return None
    bandwidth, link, (always, used) = fleet.device.bandwidth.value * 1e9, host.link_gb_s * 1e9, read
    crossing = 0.0 if host.shared or resident == 1 else 2 * 2 * model.hidden * model.expert_layers / link
    found = {}
    for case in CASES:
        shares = efficiency()[case]
        kept = 0.0 if fleet.experts_over_link and case == "worst" and resident < 1 else resident
        away = used * (1 - kept) / (link if fleet.experts_over_link else host.read(case))
        idle = waits()[case].layer * model.executed_layers + waits()[case].step + crossing
        found[case] = 1 / ((always + used * kept) / (shares.bandwidth * bandwidth) + away + idle)
    return found
