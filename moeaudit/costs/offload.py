"""The local case: routed experts that do not fit stay in host memory and are read from there when a token picks
them."""

from __future__ import annotations

from moeaudit.costs.devices import GIB
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Deployment, cache_rules
from moeaudit.costs.served import Served
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

ONE = Layout()


@dataclass(frozen=True)
class Offload:
    """One device with host memory behind it; bytes, and tokens per second for one request.

    `resident`: share of the routed experts that fits on the device. `low` and `high`: tokens per second when experts
    are read over the link anew for every token, and when the resident ones are hit as often as their share (uniform
    routing).
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

    @property
    def fits(self) -> bool:
        return self.missing == 0 and self.host_fits is not False


def offload(model: Served, fleet: Fleet) -> Offload | None:
    """What one device of the fleet can do with experts in host memory. None for a dense model."""
    if model.experts is None:
        return None
    stage = model.stages(1)[0]
    held = stage.components(ONE)
    experts = held.pop(Component.ROUTED_EXPERTS.value)
    request = model.caches(ONE, cache_rules(fleet))[0].per_request(fleet.workload.context)
    engine = fleet.settings.engine
    needs = (
        sum(held.values())
        + request
        + Deployment(model, fleet, ONE).activation(last=True).value
        + int(engine.outside_torch(1).value * GIB)
    )
    room = int(fleet.settings.utilization * fleet.device.memory_bytes) - needs
    resident = max(0.0, min(1.0, room / experts))
    host = int(experts * (1 - resident))
    fits = None if fleet.host_memory_gib is None else host <= fleet.host_memory_gib * GIB
    used = int(experts * model.experts.selected / model.experts.experts)
    return Offload(
        sum(held.values()),
        experts,
        resident,
        request,
        host,
        fits,
        int(used * (1 - resident)),
        _speed(fleet, sum(held.values()) + request, used, resident),
        max(0, -room),
    )


def _speed(fleet: Fleet, always: int, used: int, resident: float) -> tuple[float, float] | None:
    """Tokens per second: everything on the device is read at its bandwidth, the rest over the link from host memory."""
    if fleet.device.bandwidth.value is None:
        return None
    bandwidth, link = fleet.device.bandwidth.value * 1e9, fleet.host_link * 1e9
    anew = always / bandwidth + used / link if resident < 1 else (always + used) / bandwidth
    shared = (always + used * resident) / bandwidth + used * (1 - resident) / link
    return 1 / anew, 1 / shared
