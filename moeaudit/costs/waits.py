"""Time that no roofline shows: launches, small exchanges, the host. data/efficiency.yaml, `waits`, in three cases.

Each is per layer of a step, per exchange, per step or per request. They decide small batches: one request on eight
devices computes for 2 ms and waits for 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from moeaudit.architecture.blocks import TokenCache
from moeaudit.architecture.blocks.cache import CacheKind
from moeaudit.costs.devices import FAST
from moeaudit.costs.fleet import Fleet
from moeaudit.costs.memory import Deployment
from moeaudit.data import parsed
from moeaudit.later import dataclass

CASES = ("best", "typical", "worst")


@dataclass(frozen=True)
class Waits:
    """Seconds, for one case. `layer`, `indexed`, `compressed`, `integers`, `eager`: per layer that is such a one;
    `exchange`: per exchange of a group, by link ("fast", "bus", "nodes"); `step`, `request`: the host's part of a step
    and of each request in it; `front`: before and after a prompt's first step."""

    layer: float
    indexed: float
    compressed: float
    integers: float
    eager: Mapping[str, float]
    exchange: Mapping[str, float]
    step: float
    request: float
    front: float


@lru_cache(maxsize=1)
def measured() -> Mapping[str, Any]:
    """The whole file."""
    found: Mapping[str, Any] = parsed(
        (files("moeaudit.costs") / "data" / "efficiency.yaml").read_text(encoding="utf-8")
    )
    return found


@lru_cache(maxsize=1)
def waits() -> dict[str, Waits]:
    """The three cases."""
    data = measured()["waits"]

    def of(name: str, case: str) -> float:
        return float(data[name][case]) / 1e6

    return {
        case: Waits(
            layer=of("layer", case),
            indexed=of("indexed", case),
            compressed=of("compressed", case),
            integers=of("integers", case),
            eager={name.removeprefix("eager").lstrip("_"): of(name, case) for name in data if name.startswith("eager")},
            exchange={link: of(f"exchange_{link}", case) for link in ("fast", "bus", "nodes")},
            step=of("step", case),
            request=of("request", case),
            front=of("front", case),
        )
        for case in CASES
    }


def waiting(deployment: Deployment, tokens: int, share_between_nodes: float, case: str) -> float:
    """Seconds in which nothing is busy while `tokens` requests get their next token."""
    found, model = waits()[case], deployment.model
    indexed, compressed = cached_otherwise(deployment)
    layers = model.executed_layers * (found.layer + exchanging(deployment, share_between_nodes, case))
    kinds = indexed * found.indexed + compressed * found.compressed + model.integer_layers * found.integers
    return layers + kinds + handing_on(deployment, case) + found.step + tokens * found.request


def launching(deployment: Deployment, tokens: int, case: str) -> float:
    """Seconds of launches for `tokens` tokens of prompts, in as many steps as the engine takes: a step lasts no less,
    however little the device has to do."""
    found, settings = waits()[case], deployment.fleet.settings
    steps = -(-tokens // settings.tokens_per_step)
    each = found.eager.get(settings.engine.name, found.eager[""])
    return steps * deployment.model.executed_layers * each


def taking(deployment: Deployment, tokens: int, share_between_nodes: float, case: str) -> float:
    """Seconds in which nothing is busy while prompts are taken in, launches apart."""
    steps = -(-tokens // deployment.fleet.settings.tokens_per_step)
    exchanges = deployment.model.executed_layers * exchanging(deployment, share_between_nodes, case)
    return steps * (exchanges + handing_on(deployment, case) + waits()[case].step)


def exchanging(deployment: Deployment, share_between_nodes: float, case: str) -> float:
    """Seconds that a layer's exchanges take however small they are."""
    link = link_of(deployment, share_between_nodes)
    return EXCHANGES * waits()[case].exchange[link] if link else 0.0


def handing_on(deployment: Deployment, case: str) -> float:
    """Seconds in which stages wait for each other's tokens, however few those are: an exchange at each stage's end,
    across nodes where the next stage lies in another one."""
    fleet, layout = deployment.fleet, deployment.layout
    if layout.pp == 1:
        return 0.0
    found, between = waits()[case].exchange, layout.pp - 1
    far = min(-(-layout.ranks * layout.pp // fleet.domain) - 1, between)
    near = "bus" if on_bus(fleet) else "fast"
    return deployment.model.handovers(layout.pp) * (far * found["nodes"] + (between - far) * found[near])


EXCHANGES = 2
"""Exchanges of a group in a layer: two all-reduces, or dispatch and combine."""


def link_of(deployment: Deployment, share_between_nodes: float) -> str:
    """What the exchanges of a stage's group pass through; nothing where it is one device."""
    fleet = deployment.fleet
    if deployment.layout.ranks == 1:
        return ""
    if share_between_nodes:
        return "nodes"
    return "bus" if on_bus(fleet) else "fast"


def on_bus(fleet: Fleet) -> bool:
    """Whether devices of a node reach each other over a PCIe bus or the like."""
    return fleet.link is not None and fleet.link < FAST


def cached_otherwise(deployment: Deployment) -> tuple[int, int]:
    """Layers with an indexer, and layers whose cache is compressed (which may have one, too)."""
    indexed = compressed = 0
    for stage in deployment.stages:
        kept = [(need, layers) for need, layers in stage.cache.needs if isinstance(need, TokenCache)]
        strided = max((layers for need, layers in kept if need.stride > 1), default=0)
        compressed += strided
        indexed += max(
            (layers for need, layers in kept if need.kind is CacheKind.INDEXER and need.stride == 1), default=0
        )
    return indexed, compressed
