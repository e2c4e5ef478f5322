"""What serving engines take besides weights and cache, one file each in data/engines/: per version, as measured, with
the band and its source. GiB on one device unless a name says otherwise.

- copies: the engine keeps a rotary table and absorbed latent projections beside the stored weights.
- activation: the peak of one profiling step. `sampler_bytes` × vocabulary × max_num_seqs: the sampler's full logits, on
  every rank, not divided by tp; plus vLLM's fused-experts workspace, tokens × k × (max(2·width, hidden) + width) × 2
  bytes, where `workspace` is set; plus `floor`.
- non_torch: libraries and communication buffers, by size of the tensor-parallel group (a larger group takes the largest
  listed).
- graphs: captured CUDA graphs; `budgeted`: taken out of the cache's budget before the engine logs it.
- kernel: the usual one for packed experts, where a run does not say; it decides the padding (vllm#23278 against
  vllm#33155).
- max_num_seqs, step_tokens: the server's defaults, and the smaller ones of `small` (vllm/engine/arg_utils.py,
  get_batch_defaults: below 70 GiB and on every A100).
- prefix_caching: the default, which decides how many recurrent states a request keeps (talos-argocd-proxmox#1995 shows
  two).
- reserve: utilization: budget = utilization × total − everything else (vLLM);
  static: budget = what is free after loading − (1 − utilization) × total; activations live in the rest (SGLang);
  free: budget = utilization × (total − everything else) (TensorRT-LLM).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from moeaudit.data import parsed
from moeaudit.errors import UsageError
from moeaudit.later import dataclass, expression
from moeaudit.text import quoted

ALIASES = {"trtllm": "tensorrt-llm", "trt-llm": "tensorrt-llm", "tensorrt_llm": "tensorrt-llm"}


@dataclass(frozen=True)
class Band:
    """A measured figure with the range it was seen in."""

    value: float
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Engine:
    """One engine at one version. Sizes in GiB, `sampler_bytes` in bytes per vocabulary entry and sequence.

    `reserve` names the rule that turns total memory into the cache's budget: utilization, static or free. `copies`:
    what it derives from stored weights and keeps, "rotary" (a table of sines and cosines) and "absorbed" (latent
    projections). `kernel` and `prefix_caching`: what a run uses that does not say. `padding`: by expert format and
    kernel, the multiples that expert sizes are rounded up to.
    """

    name: str
    title: str
    version: str
    range: str
    reserve: str
    utilization: float
    block: int
    state_slots: int
    state_slots_prefix_caching: int
    max_num_seqs: int
    step_tokens: int
    copies: tuple[str, ...]
    kernel: str
    prefix_caching: bool
    padding: Mapping[str, Mapping[str, Mapping[str, int]]]
    sampler_bytes: Band
    workspace: bool
    floor: Band
    non_torch: tuple[tuple[int, Band], ...]
    graphs: Band
    graphs_budgeted: bool

    def outside_torch(self, group: int) -> Band:
        """Libraries and communication buffers for a tensor-parallel group of that size."""
        fitting = [band for size, band in self.non_torch if size <= group]
        return fitting[-1] if fitting else self.non_torch[0][1]


VERSION = expression(
    r"v?[0-9]{1,8}(?:\.[0-9]{1,8}){0,5}"
    r"(?:[-+.]?(?:a|b|c|rc|alpha|beta|pre|post|dev|rev)?[0-9]{0,8}(?:[-+.][0-9A-Za-z.+-]{0,40})?)",
    re.ASCII,
)
"""`0.11`, `v0.19.1`, `0.11.0rc1`, `0.11.1.dev12+g1234567`."""


def number(version: str) -> tuple[int, ...]:
    """ "0.11.0rc1" as (0, 11, 0): what stands before the first part without digits."""
    parts = []
    for piece in version.lstrip("v").split("."):
        digits = piece[: len(piece) - len(piece.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts) or (0,)


NAMES = ("vllm", "sglang", "tensorrt-llm", "generic")
"""The engines that are known, one file each, in the order they are listed."""


@lru_cache(maxsize=len(NAMES))
def _data(name: str) -> dict[str, Any]:
    file = files("moeaudit.costs") / "data" / "engines" / f"{name}.yaml"
    loaded: dict[str, Any] = parsed(file.read_text(encoding="utf-8"))
    return loaded


def names() -> tuple[str, ...]:
    return NAMES


def title(name: str) -> str:
    """What people call the engine of that name."""
    return str(_data(name)["title"])


def engine(name: str, version: str = "", *, memory_gib: float | None = None, device: str = "") -> Engine:
    """The engine's figures at a version (none: the latest known). `memory_gib` and `device`: some defaults are smaller
    on small devices, and on some by name.

    UsageError with the nearest name where the engine is unknown.
    """
    wanted = ALIASES.get(name.lower(), name.lower())
    if wanted not in NAMES:
        from moeaudit.nearest import did_you_mean

        raise UsageError(f"no engine called {quoted(name, 60)}", hint=did_you_mean(wanted, names()))
    entry = _data(wanted)
    if version and not VERSION.fullmatch(version):
        raise UsageError(
            f"{quoted(version, 40)} is no version of {entry['title']}", hint="Write it as 0.11, or leave it out."
        )
    spans = entry["versions"]
    span = next(
        (span for span in spans if version and number(span["range"][0]) <= number(version) < number(span["range"][1])),
        spans[-1],
    )
    return _engine(_sized({**entry, **span}, memory_gib, device), version)


def _sized(raw: Mapping[str, Any], memory_gib: float | None, device: str) -> Mapping[str, Any]:
    """The entry with its smaller defaults in place, on the devices that get those."""
    small = raw.get("small", {})
    named = any(word in device for word in small.get("devices", ()))
    few = memory_gib is not None and memory_gib < small.get("below_gib", 0)
    return {**raw, **small} if named or few else raw


def _engine(raw: Mapping[str, Any], version: str) -> Engine:
    outside = raw["non_torch"]
    first, last = raw["range"]
    return Engine(
        raw["name"],
        raw["title"],
        version,
        f"{first} to before {last}" if last != "99" else f"{first} and later",
        raw["reserve"],
        raw["utilization"],
        raw["block"],
        raw["state_slots"]["plain"],
        raw["state_slots"]["prefix_caching"],
        raw["max_num_seqs"],
        raw["step_tokens"],
        tuple(raw["copies"]),
        raw["kernel"],
        raw["prefix_caching"],
        raw["padding"],
        _band(raw, raw["sampler_bytes"]),
        raw["workspace"],
        _band(raw, raw["floor"]),
        tuple((size, _band(raw, {**outside, "value": value})) for size, value in sorted(outside["value"].items())),
        _band(raw, raw["graphs"]),
        raw["graphs"]["budgeted"],
    )


def _band(entry: Mapping[str, Any], raw: Mapping[str, Any]) -> Band:
    source = entry["sources"][raw["source"]]
    return Band(float(raw["value"]), float(raw.get("low", raw["value"])), float(raw.get("high", raw["value"])), source)
