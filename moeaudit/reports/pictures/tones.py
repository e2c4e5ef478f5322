"""Fills that stay apart in grey and in print: a colour of its own lightness, and a pattern."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from moeaudit.later import dataclass


class Pattern(Enum):
    """How a 6 × 6 tile is drawn over."""

    PLAIN = "plain"
    RISING = "rising"
    FALLING = "falling"
    DOTS = "dots"
    LEVEL = "level"
    UPRIGHT = "upright"
    GRID = "grid"

    @property
    def path(self) -> str:
        return PATHS[self]


PATHS: Mapping[Pattern, str] = {
    Pattern.PLAIN: "",
    Pattern.RISING: "M-1 7L7 -1M-1 1L1 -1M5 7L7 5",
    Pattern.FALLING: "M-1 -1L7 7M5 -1L7 1M-1 5L1 7",
    Pattern.DOTS: "M1 1.5h1.2M4 4.5h1.2",
    Pattern.LEVEL: "M0 3H6",
    Pattern.UPRIGHT: "M3 0V6",
    Pattern.GRID: "M0 3H6M3 0V6",
}


@dataclass(frozen=True)
class Tone:
    """`colour` of the ground, `ink` of the pattern and of text upon it, as #rrggbb."""

    colour: str
    pattern: Pattern = Pattern.PLAIN
    ink: str = "#14202b"


WHITE = "#ffffff"
UNUSED = Tone("#eef1f4", Pattern.RISING, "#8b98a5")
FREE = Tone("#ffffff")
BAND = Tone("#9db8d2")

TONES: Mapping[str, Tone] = {
    "routed_experts": Tone("#1d4f7c", ink=WHITE),
    "shared_experts": Tone("#4d7fab", Pattern.RISING, WHITE),
    "attention": Tone("#e3a857"),
    "indexer": Tone("#e3a857", Pattern.GRID),
    "mixer": Tone("#c97f2e", Pattern.FALLING),
    "embedding": Tone("#b9d4b0"),
    "head": Tone("#b9d4b0", Pattern.UPRIGHT, "#4c6b41"),
    "dense_ffn": Tone("#7f9fbd", Pattern.LEVEL),
    "router": Tone("#7a2e3a", ink=WHITE),
    "router_bias": Tone("#7a2e3a", Pattern.DOTS, WHITE),
    "norm": Tone("#d8d8d8"),
    "mtp": Tone("#e6dff0", Pattern.FALLING, "#75639a"),
    "vision": Tone("#f0e2d8", Pattern.DOTS),
    "audio": Tone("#f0e2d8", Pattern.GRID),
    "projector": Tone("#f0e2d8", Pattern.LEVEL),
    "tables": Tone("#5f8a52", Pattern.DOTS, WHITE),
    "other": Tone("#bcbcbc", Pattern.DOTS),
    "unclassified": Tone("#4a4a4a", Pattern.GRID, WHITE),
    "padding": Tone("#ececec", Pattern.UPRIGHT, "#777777"),
    "activation": Tone("#f4d9b0", Pattern.FALLING, "#a2731f"),
    "overhead": Tone("#9a9a9a"),
    "cache": Tone("#d9e8f5", Pattern.DOTS, "#2f6ea3"),
}
"""By component, and by what else a device holds."""


def tone(name: str) -> Tone:
    """The tone of a part; `attention: rotary table` is a dotted attention."""
    base, _, beside = name.partition(":")
    found = TONES.get(base, TONES["other"])
    return Tone(found.colour, Pattern.GRID, found.ink) if beside else found
