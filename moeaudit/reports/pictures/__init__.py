"""The pictures of a report: SVG of the same facts that its tables hold, for people who look rather than read.

Each picture is a pure function of values. It carries a title and a description in words, tells its parts apart by
number, letter or pattern and never by hue alone, draws text in the colour of the page around it, and refers to nothing
outside itself. The same values give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

from moeaudit.reports.document.blocks import Picture

DRAWN = {
    "components": ("components", "component_bar"),
    "layers": ("layers", "layer_map"),
    "memory": ("memory", "device_memory"),
    "claims": ("claims", "claim_positions"),
}
"""Kind of picture → the module here, and its function: keywords from the block, SVG out, empty where there is nothing
to draw."""

FOREIGN = {"layers": ("layers", "stack"), "claims": ("claims", "printed")}
"""Kind → the values whose field holds foreign words: a medium may have to write them otherwise."""


def draw(block: Picture, written: Callable[[str], str] | None = None) -> str:
    """The SVG of a block; empty where there is nothing to draw. `written`: how foreign words are written."""
    module, function = DRAWN[block.kind]
    values: dict[str, Any] = dict(block.of)
    if written is not None and block.kind in FOREIGN:
        name, field = FOREIGN[block.kind]
        values[name] = tuple(replace(one, **{field: written(getattr(one, field))}) for one in values[name])
    made: str = getattr(import_module(f"moeaudit.reports.pictures.{module}"), function)(**values)
    return made
