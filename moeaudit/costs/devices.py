"""The device catalogue, data/devices.yaml: every number with its source, a missing one with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import Any

from moeaudit.data import parsed
from moeaudit.errors import UsageError
from moeaudit.later import dataclass
from moeaudit.text import quoted

PRECISIONS = ("bf16", "fp8", "fp4")
GIB = 2**30

FAST = 100
"""GB/s per direction from which a link is no PCIe slot (5.0 x16 has 64)."""


@dataclass(frozen=True)
class Cell:
    """One number with where it comes from, or the reason why there is none."""

    value: float | None
    source: str = ""
    reason: str = ""

    @classmethod
    def read(cls, raw: Any, sources: Mapping[str, str]) -> Cell:
        if isinstance(raw, Mapping):
            return cls(None, reason=str(raw["missing"]))
        value, source = raw
        return cls(float(value), sources[source])


@dataclass(frozen=True)
class Device:
    """One accelerator as an engine sees it. Memory in GiB, bandwidth and link in GB/s, peaks in dense TFLOP/s, power
    in W. `across_nodes`: where it is said that a domain of its links holds several nodes; `unified`: where it is said
    that its memory is the host's, too."""

    name: str
    memory: Cell
    bandwidth: Cell
    peaks: Mapping[str, Cell]
    link: Cell
    power: Cell
    domain: int = 1
    aliases: tuple[str, ...] = ()
    memory_note: str = ""
    trap: str = ""
    across_nodes: str = ""
    unified: str = ""

    @property
    def fast(self) -> bool:
        """Whether devices of a node have links of their own, not those of the host."""
        return self.link.value is not None and self.link.value >= FAST

    @property
    def memory_bytes(self) -> int:
        """Driver-visible bytes. UsageError where the catalogue has none."""
        if self.memory.value is None:
            raise UsageError(
                f"the catalogue has no driver-visible memory for {self.name}: {self.memory.reason}",
                hint="Give it in the fleet file as devices.memory_gib.",
            )
        return int(self.memory.value * GIB)

    def peak(self, precision: str) -> tuple[float, str] | None:
        """Dense FLOP/s for products in a precision, and the precision they really run in: the next wider one that has
        units."""
        for candidate in PRECISIONS[PRECISIONS.index(precision) :: -1]:
            value = self.peaks[candidate].value
            if value is not None:
                return value * 1e12, candidate
        return None

    def cells(self) -> Iterator[tuple[str, str, Cell]]:
        """(quantity, unit, cell), in the order to print them."""
        yield "memory", "GiB", self.memory
        yield "bandwidth", "GB/s", self.bandwidth
        for precision in PRECISIONS:
            yield f"{precision} dense", "TFLOP/s", self.peaks[precision]
        yield "link per direction", "GB/s", self.link
        yield "power", "W", self.power


@lru_cache(maxsize=1)
def catalogue() -> tuple[Device, ...]:
    """Every device, in the order of the file."""
    data = parsed((files("moeaudit.costs") / "data" / "devices.yaml").read_text(encoding="utf-8"))
    return tuple(_device(entry, data["sources"]) for entry in data["devices"])


def _device(entry: Mapping[str, Any], sources: Mapping[str, str]) -> Device:
    def cell(name: str) -> Cell:
        return Cell.read(entry[name], sources)

    return Device(
        entry["name"],
        cell("memory"),
        cell("bandwidth"),
        {name: Cell.read(raw, sources) for name, raw in entry["peaks"].items()},
        cell("link"),
        cell("power"),
        int(entry["domain"]),
        tuple(entry.get("aliases", ())),
        entry.get("memory_note", ""),
        entry.get("trap", ""),
        sources[entry["across_nodes"]] if "across_nodes" in entry else "",
        sources[entry["unified"]] if "unified" in entry else "",
    )


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-").removeprefix("nvidia-").removeprefix("amd-")


def known() -> dict[str, Device]:
    """Every name and alias, in lower case."""
    return {_plain(name): device for device in catalogue() for name in (device.name, *device.aliases)}


def find(name: str) -> Device | None:
    """The device of that name or alias, whatever its capitals."""
    return known().get(_plain(name))


def device(name: str) -> Device:
    """The device of that name or alias. UsageError with the nearest names where there is none."""
    found = find(name)
    if found is not None:
        return found
    near = get_close_matches(_plain(name), known(), n=3, cutoff=0.25)  # H999 is meant for an H100
    names = list(dict.fromkeys(known()[match].name for match in near))
    hint = (
        f"Did you mean {', '.join(names)}?"
        if names
        else f"Known: {', '.join(device.name for device in catalogue()[:6])} and others."
    )
    raise UsageError(
        f"no device called {quoted(name, 60)} in the catalogue",
        hint=hint + " Or give devices.memory_gib and the other numbers yourself.",
    )
