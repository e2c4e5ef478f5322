"""Words of an estimate: devices and engines, from their data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from moeaudit.reports.topics.topic import Topic

if TYPE_CHECKING:
    from moeaudit.costs.devices import Device


def devices() -> Iterator[Topic]:
    from moeaudit.costs.devices import catalogue

    for device in catalogue():
        yield Topic(device.name, "GPU", device_sentence(device), device_lines(device), device.aliases)


def device_sentence(device: Device) -> str:
    devices = f"{device.domain} device{'s' * (device.domain > 1)}"
    across = ", across nodes" if device.across_nodes else ""
    return f"An accelerator of the catalogue; domain of {devices}{across} at the link's full speed."


def device_lines(device: Device) -> tuple[tuple[str, str], ...]:
    """Every figure with its source, every gap with its reason, and the trap in the published ones."""
    cells = [
        (quantity, f"{cell.value:,g} {unit}  {cell.source}" if cell.value is not None else f"not known: {cell.reason}")
        for quantity, unit, cell in device.cells()
    ]
    also = [
        ("across nodes", device.across_nodes),
        ("also called", ", ".join(device.aliases)),
        ("memory note", device.memory_note),
    ]
    return (
        *cells,
        *also,
        ("sparse-peak trap", device.trap or "peaks with structured sparsity are twice the dense ones listed here"),
    )


def engines() -> Iterator[Topic]:
    from moeaudit.costs.engines.read import ALIASES, engine, names
    from moeaudit.reports.document.english import STRINGS

    rules = STRINGS["estimate"]["memory"]["rules"]

    for name in names():
        found = engine(name)
        as_of = f", with the figures of {found.version}" if found.version else ""
        other = tuple(alias for alias, meant in ALIASES.items() if meant == name)
        yield Topic(
            name,
            "engine",
            f"{found.title}: an engine that estimates are made for{as_of}.",
            (
                ("cache budget", rules[found.reserve]),
                ("utilisation", f"{found.utilization:g} where a command sets none"),
                ("block", f"{found.block} tokens of the cache are taken at once"),
                ("requests", f"at most {found.max_num_seqs} at once where a command sets none"),
            ),
            (found.title, *other),
        )
