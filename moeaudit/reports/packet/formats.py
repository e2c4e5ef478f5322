"""Which view draws a packet in which format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from moeaudit.reports.packet.inputs import Inputs
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.writers.templates import Templates


def views(
    packet: Packet, inputs: Inputs, preset: str, templates: Templates, paper: str
) -> Mapping[str, Callable[[], str | bytes]]:
    """Every format as a function that draws the packet; what it needs is loaded when it is called."""

    def of(module: str, function: str, *given: Any, **options: Any) -> Callable[[], str | bytes]:
        def draw() -> str | bytes:
            made: str | bytes = getattr(import_module(f"moeaudit.reports.packet.{module}"), function)(*given, **options)
            return made

        return draw

    markdown = of("markdown", "render", packet, preset, templates)
    return {
        "md": markdown,
        "markdown": markdown,
        "html": of("html", "render", packet, preset, templates),
        "pdf": of("pdf", "render_pdf", packet, paper=paper, preset=preset, templates=templates),
        "json": of("document", "render", packet, inputs),
        "cyclonedx": of("bom.cyclonedx", "render", packet),
        "spdx": of("bom.spdx", "render", packet),
    }
