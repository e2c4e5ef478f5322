"""Time by the roofline: each component takes the longer of its operations and its bytes, and the links come on top.

Peaks are dense, times a share that real kernels reach (data/efficiency.yaml); best, typical and worst shares make the band.
Speed follows from what a token really uses: routed experts by the expected distinct ones of a batch, never all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from moeaudit.costs.fleet import Fleet
from moeaudit.costs.flops import prompt
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import StageMemory
from moeaudit.costs.served import Served
from moeaudit.costs.traffic import distinct_experts, link_seconds, traffic
from moeaudit.vocabulary import Component

CASES = ("best", "typical", "worst")


@dataclass(frozen=True)
class Shares:
    """Shares of peak for one case; `latency`: seconds per layer that nothing hides, `crossing`: more where the group crosses nodes."""

    matmul: float
    bandwidth: float
    link: float
    latency: float
    crossing: float


@lru_cache(maxsize=1)
def efficiency() -> dict[str, Shares]:
    """The three cases."""
    import yaml

    data = yaml.safe_load((files("moeaudit.costs") / "data" / "efficiency.yaml").read_text(encoding="utf-8"))
    return {case: Shares(data["matmul"][case], data["bandwidth"][case], data["link"][case], data["latency_us"][case] / 1e6,
                         data["latency_between_us"][case] / 1e6) for case in CASES}


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
        return "compute" if self.flops / (shares.matmul * self.peak) > self.bytes / (shares.bandwidth * bandwidth) else "memory"


@dataclass(frozen=True)
class Step:
    """One forward pass of every stage over `tokens` tokens per attention group. `seconds` by case; `binding` by component, typical case."""

    tokens: int
    seconds: dict[str, float]
    work: tuple[Work, ...]
    binding: dict[str, str]
    link_seconds: float
    latency_seconds: float

    @property
    def slowest(self) -> str:
        """What takes longest: a component with its bound, the links, or fixed latency."""
        return next(iter(self.binding.items()))[0] if self.binding else ""


def decode_step(model: Served, fleet: Fleet, layout: Layout, stages: tuple[StageMemory, ...], batch: int, context: int) -> Step | str:
    """One token for each of `batch` requests of an attention group, `context` tokens cached for each. A reason where it can't be told."""
    cached = batch * sum(stage.cache.per_request(context) for stage in stages)
    return _step(model, fleet, layout, stages, batch, model.flops(context, decode=True).positions * batch, cached)


def prefill_step(model: Served, fleet: Fleet, layout: Layout, stages: tuple[StageMemory, ...], tokens: int) -> Step | str:
    """One prompt of `tokens` tokens on each attention group."""
    matmuls = model.flops(1, decode=False).matmuls
    between = prompt(model.architecture, tokens) - matmuls * tokens
    return _step(model, fleet, layout, stages, tokens, between, sum(stage.cache.per_request(tokens) for stage in stages))


def _step(model: Served, fleet: Fleet, layout: Layout, stages: tuple[StageMemory, ...], tokens: int, positions: int, cached: int) -> Step | str:
    bandwidth = fleet.device.bandwidth.value
    if bandwidth is None:
        return f"no bandwidth for {fleet.device.name}: {fleet.device.bandwidth.reason}"
    if fleet.device.peak("bf16") is None:
        return f"no dense peak for {fleet.device.name}: {fleet.device.peaks['bf16'].reason}"
    work = tuple(_work(model, fleet, layout, stages, tokens, positions, cached))
    sent = traffic(model, fleet, layout, tokens)
    seconds: dict[str, float] = {}
    for case, shares in efficiency().items():
        links = link_seconds(sent, fleet, layout, shares.link)
        if links is None:
            return f"no link speed for {fleet.device.name}: {fleet.device.link.reason}"
        waits = (shares.latency + (shares.crossing if sent.share_between_nodes else 0.0)) * model.layers
        seconds[case] = sum(piece.seconds(bandwidth * 1e9, shares) for piece in work) + links + waits
    typical = efficiency()["typical"]
    order = sorted(work, key=lambda piece: -piece.seconds(bandwidth * 1e9, typical))
    return Step(tokens, seconds, tuple(order), {piece.component: piece.binding(bandwidth * 1e9, typical) for piece in order},
                link_seconds(sent, fleet, layout, typical.link) or 0.0, (typical.latency + (typical.crossing if sent.share_between_nodes else 0.0)) * model.layers)


def _work(model: Served, fleet: Fleet, layout: Layout, stages: tuple[StageMemory, ...], tokens: int, positions: int, cached: int) -> Iterator[Work]:
    """Every component's operations and bytes on one device, all stages one after the other."""
    held: dict[str, int] = {}
    for stage in stages:
        for component, size in stage.weights.items():
            held[component] = held.get(component, 0) + size
    for component, flops in model.flops(1, decode=False).linear:
        routed = component is Component.ROUTED_EXPERTS
        split = layout.ranks if routed else layout.tp
        together = tokens * layout.dp if routed else tokens
        read = float(held.get(component.value, held.get(f"{component.value}: copy of the tied table", 0)))
        if routed and model.experts:
            read *= distinct_experts(model.experts.experts, model.experts.selected, together) / model.experts.experts
            together *= fleet.workload.imbalance if layout.ep else 1.0  # type: ignore[assignment]
        peak, precision = _peak(model, fleet, component)
        yield Work(component.value, flops * together / split, read, peak, precision)
    peak, precision = fleet.device.peak("bf16") or (0.0, "")
    yield Work("cache", positions / layout.tp, float(cached), peak, precision)


def _peak(model: Served, fleet: Fleet, component: Component) -> tuple[float, str]:
    """The precision a component's products run in: that of its stored weights where the device has units, else a wider one."""
    width = model.bytes_per_parameter.get(component, 2.0)
    wanted = "fp4" if width < 0.75 else "fp8" if width < 1.5 else "bf16"
    return fleet.device.peak(wanted) or (0.0, "")
