"""The content model's estimates: figures with their bands, device memory, layouts, thresholds."""

from __future__ import annotations

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Estimated:
    """An estimated figure with its band. `unit`: FLOP, bytes, tokens, s, tokens/s, requests, J; a currency, nothing
    where nobody names it.

    `low` ≤ `typical` ≤ `high`; `denominator` says per what it is counted; `method` in a phrase.
    """

    name: str
    unit: str
    denominator: str
    typical: float
    low: float | None = None
    high: float | None = None
    method: str = ""


@dataclass(frozen=True)
class MemoryPart:
    """A share of one device's memory: a component of the weights, or padding, activations, overhead, cache."""

    name: str
    bytes: int


@dataclass(frozen=True)
class DeviceMemory:
    """The fullest device of one pipeline stage, counted from 1.

    `limit`: what the device has; parts may exceed it where the model does not fit.
    """

    stage: int
    limit: int
    parts: tuple[MemoryPart, ...]
    free: int


@dataclass(frozen=True)
class LayoutRow:
    """One layout that was tried. `requests`: of the asked context, at once; `short`: bytes missing per device."""

    words: str
    devices: int
    fits: bool
    requests: int
    short: int
    binds: str


@dataclass(frozen=True)
class FleetFit:
    """Whether the model fits one fleet, in a line. `requests`: of the asked context at once, with the first layout;
    `smallest`: the smallest fleet of the same device that surely holds it. `verdict`: fits, queues,
    too-close-to-call or does-not-fit, by both ends of the cache's band, where `fits` goes by the typical figure.
    `own_context`: what the config allows, where that is more than is asked; `own_verdict`: whether one request of it
    fits. `asked`: requests at once, None where nobody names a number; `served`: those that run at once, the rest queue.
    """

    fleet: str
    fits: bool
    layout: str
    requests: int
    smallest: str
    verdict: str
    own_context: int | None
    own_verdict: str
    asked: int | None = None
    served: int = 0


@dataclass(frozen=True)
class Threshold:
    """A compute threshold and where the training band stands: above, below or too close to call."""

    title: str
    flop: float
    verdict: str
    meaning: str
    source: str


@dataclass(frozen=True)
class Estimates:
    """What it takes to serve the model on the fleet, and took to train it. `layouts` best first.

    Without a fleet: `fleet` and `verdict` are empty, `fits` None, and only operations and training compute are
    estimated.
    """

    fleet: str
    engine: str
    workload: str
    fits: bool | None
    chosen: str
    figures: tuple[Estimated, ...]
    memory: tuple[DeviceMemory, ...]
    layouts: tuple[LayoutRow, ...]
    smallest: str
    training: tuple[Estimated, ...]
    thresholds: tuple[Threshold, ...]
    assumptions: tuple[str, ...]
    verdict: str = ""
