"""Time by the roofline: each component takes the longer of its operations and its bytes, and the links come on top.

Peaks are dense, times a share that real kernels reach (data/efficiency.yaml), and what nothing hides comes on top
(moeaudit.costs.waits); best, typical and worst make the band. Speed follows from what a token really uses: routed
experts by the expected distinct ones of a batch, never all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from moeaudit.costs.fleet import Fleet
from moeaudit.costs.memory import Deployment
from moeaudit.costs.placement import TIED_COPY
from moeaudit.costs.served import Served
from moeaudit.costs.traffic import distinct_experts, link_seconds, traffic
from moeaudit.costs.waits import CASES, launching, measured, taking, waiting
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

UNKNOWN = (float("inf"), "")
"""The peak of a device for which none is known. A token of decode reads so much for what it computes that its bytes
alone give a band; a prompt does not."""


@dataclass(frozen=True)
class Shares:
    """Shares of peak for one case."""

    matmul: float
    bandwidth: float
    link: float


@lru_cache(maxsize=1)
def efficiency() -> dict[str, Shares]:
    """The three cases."""
    data = measured()
    return {case: Shares(data["matmul"][case], data["bandwidth"][case], data["link"][case]) for case in CASES}


@dataclass(frozen=True)
class Work:
    """What one component costs one device in one step."""

    component: str
    flops: float
    bytes: float
    peak: float
    precision: str

    def seconds(self, bandwidth: float, shares: Shares) -> float:
        return max(self.flops / (shares.matmul * self.peak), self.bytes / (shares.bandwidth * bandwidth))

    def binding(self, bandwidth: float, shares: Shares) -> str:
        computing, reading = self.flops / (shares.matmul * self.peak), self.bytes / (shares.bandwidth * bandwidth)
        return "compute" if computing > reading else "memory"


@dataclass(frozen=True)
class Step:
    """One forward pass of every stage over `tokens` tokens per attention group.

    `seconds` by case; `work` and `binding` by component, slowest first, in the typical case.
    """

    tokens: int
    seconds: dict[str, float]
    work: tuple[Work, ...]
    binding: dict[str, str]
    link_seconds: float
    latency_seconds: float


def decode_step(deployment: Deployment, batch: int, context: int) -> Step | str:
    """One token for each of `batch` requests of an attention group, with `context` tokens cached for each.

    A reason instead, where the device's figures are missing.
    """
    cached = batch * sum(stage.cache.read(context) for stage in deployment.stages)
    flops = deployment.model.flops(context, decode=True)
    linear = {component: one * batch for component, one in flops.linear}
    return _step(deployment, batch, linear, flops.positions * batch, cached, decode=True)


def prefill_step(deployment: Deployment, tokens: int, prompts: int = 1) -> Step | str:
    """`prompts` prompts of `tokens` tokens on each attention group, taken in together."""
    against, between = deployment.model.prompt(tokens)
    cached = prompts * sum(stage.cache.per_request(tokens) for stage in deployment.stages)
    linear = {component: one * prompts for component, one in against.items()}
    return _step(deployment, prompts * tokens, linear, between * prompts, cached, decode=False)


def _step(
    deployment: Deployment, tokens: int, linear: Mapping[Component, int], between: int, cached: int, *, decode: bool
) -> Step | str:
    device = deployment.fleet.device
    if deployment.fleet.settings.offload_gib:
        return "no time with weights on the host: every step reads or computes those there"
    if device.bandwidth.value is None:
        return f"no bandwidth for {device.name}: {device.bandwidth.reason}"
    if device.peak("bf16") is None and not decode:
        return f"no dense peak for {device.name}: {device.peaks['bf16'].reason}"
    bandwidth = device.bandwidth.value * 1e9
    work = tuple(_work(deployment, tokens, linear, between, cached, decode=decode))
    sent = traffic(deployment, tokens)
    seconds, links, waits = {}, {}, {}
    for case, shares in efficiency().items():
        busy = link_seconds(deployment, sent, shares.link)
        if busy is None:
            return f"no link speed for {device.name} (links.inside_gb_s): {device.link.reason}"
        links[case] = busy
        working = sum(piece.seconds(bandwidth, shares) for piece in work)
        if decode:
            waits[case] = waiting(deployment, tokens, sent.share_between_nodes, case)
        else:
            idle = max(launching(deployment, tokens, case) - working, 0.0)
            waits[case] = idle + taking(deployment, tokens, sent.share_between_nodes, case)
        seconds[case] = working + busy + waits[case]
    typical = efficiency()["typical"]
    order = sorted(work, key=lambda piece: -piece.seconds(bandwidth, typical))
    binding = {piece.component: piece.binding(bandwidth, typical) for piece in order}
    return Step(tokens, seconds, tuple(order), binding, links["typical"], waits["typical"])


def _work(
    deployment: Deployment, tokens: int, linear: Mapping[Component, int], between: int, cached: int, *, decode: bool
) -> Iterator[Work]:
    """Every component's operations and bytes on one device, all stages one after the other. `linear`, `between`: the
    operations of one attention group's tokens, against matrices and between positions."""
    model, fleet, layout = deployment.model, deployment.fleet, deployment.layout
    held: Counter[str] = Counter()
    for stage in deployment.stages:
        held.update(stage.needs.weights)
    if model.architecture.tied:
        held[Component.HEAD] = held[TIED_COPY] or held[Component.EMBEDDING]
    for component, flops in linear.items():
        peak, precision = _peak(model, fleet, component)
        read = held[component] * model.reads.get(component, 1.0) * model.passed(component, decode=decode)
        if component is Component.ROUTED_EXPERTS and model.experts:
            together = tokens * layout.dp
            touched = distinct_experts(model.experts.experts, model.experts.selected, together) / model.experts.experts
            busiest = fleet.workload.imbalance if layout.ep else 1.0
            yield Work(component, flops * layout.dp * busiest / layout.ranks, read * touched, peak, precision)
        else:
            yield Work(component, flops / layout.tp, read, peak, precision)
    peak, precision = fleet.device.peak("bf16") or UNKNOWN
    yield Work("cache", between / layout.tp, cached, peak, precision)


def _peak(model: Served, fleet: Fleet, component: Component) -> tuple[float, str]:
    """The precision a component's products run in: its stored weights' where the device has units, else a wider one."""
    width = model.bytes_per_parameter.get(component, 2.0)
    wanted = "fp4" if width < 0.75 else "fp8" if width < 1.5 else "bf16"
    return fleet.device.peak(wanted) or UNKNOWN
