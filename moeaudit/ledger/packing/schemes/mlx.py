"""MLX: a stream of bits per row in 32-bit words, with a scale (and in affine mode a bias) per group of inputs.

Sources: mlx `mlx.core.quantize` (affine: groups of 32, 64 or 128, 2 to 8 bits, `scales` and `biases` in the model's
type; mxfp4, mxfp8 and nvfp4: U8 scales, no biases); mlx-lm `utils.quantize_model` (`quantization` in config.json,
numbers or `false` per module); transformers 5.23, integrations/metal_quantization.py (`qbiases`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import (
    BARE,
    MODULE,
    Scheme,
    Seen,
    Shape,
    Slot,
    Solution,
    Spelling,
    groups,
    last,
    spell,
)
from moeaudit.vocabulary import Kind

WIDTHS = (4, 8, 2, 3, 5, 6)
GROUPS = (64, 32, 128, 16)
"""Both in the order of belief where the config names none."""

MODES = {"affine": (64, 4), "mxfp4": (32, 4), "mxfp8": (32, 8), "nvfp4": (16, 4)}
"""Group size and bits of each mode where the config names none; the floating modes have no others."""

MLX = spell(weight=MODULE, scale=".scales", bias=".biases")
METAL = spell(weight=MODULE, scale=".scales", bias=".qbiases")
STACKED = spell(weight=BARE, scale="_scales", bias="_biases")


@dataclass(frozen=True)
class Mlx(Scheme):
    """`bits` per value along the last axis, `group` values per scale."""

    title: ClassVar[str] = "MLX"
    spellings: ClassVar[tuple[Spelling, ...]] = (MLX, METAL, STACKED)
    packs: ClassVar[frozenset[str]] = frozenset({"U32"})
    certain: ClassVar[bool] = False

    bits: int = 4
    group: int = 64
    mode: str = "affine"
    scale_dtype: str | None = None  # the model's own in affine mode

    def slots(self, shape: Shape) -> Iterator[Slot]:
        scales = last(shape, groups(shape[-1], self.group))
        yield Slot("weight", "U32", last(shape, shape[-1] * self.bits // 32), Kind.PARAMETER)
        yield Slot("scale", self.scale_dtype if self.mode == "affine" else "U8", scales)
        if self.mode == "affine":
            yield Slot("bias", self.scale_dtype, scales)

    def fits(self, shape: Shape) -> bool:
        return len(shape) >= 2 and shape[-1] % max(self.group, 1) == 0 and shape[-1] * self.bits % 32 == 0

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight, scale = seen["weight"], seen.get("scale")
        if len(weight.shape) < 2:
            return
        known, words = hint if isinstance(hint, Mlx) else None, weight.shape[-1]
        if scale is None or not scale.shape:
            if known is not None:
                shape, note = last(weight.shape, 32 * words // known.bits), "bits from the config: no scales are stored"
                yield Solution(replace(known, spelling=spelling), shape, "medium", note)
            return
        if "bias" not in seen and scale.dtype == "U8":
            readings = [cls((), bits, group, mode) for mode, (group, bits) in MODES.items() if mode != "affine"]
        else:
            readings = [cls((), bits, group) for group in GROUPS for bits in WIDTHS]
        if known is not None:
            readings = [known, *sorted((one for one in readings if one.layout != known.layout), key=known.unlike)]
        columns = scale.shape[-1]
        fitting = [one for one in readings if columns * one.group * one.bits == 32 * words]
        for one in fitting:
            scheme = replace(one, spelling=spelling, scale_dtype=None)
            confidence, note = one.belief(known, alone=len(fitting) == 1)
            yield Solution(scheme, last(weight.shape, columns * one.group), confidence, note)

    def belief(self, known: Mlx | None, *, alone: bool) -> tuple[str, str]:
        """How sure this reading is. Words and scales fix bits × group, so one of the two must be named, unless no other
        pair has the same product; the floating modes have one pair each."""
        if alone:
            return "high", ""
        if known is not None and self.layout == known.layout:
            return "medium", ""
        return "low", f"groups of {self.group} assumed: bits and group size cannot both be read from the shapes"

    def unlike(self, other: Mlx) -> int:
        """How many of bits and group size differ."""
        return (self.bits != other.bits) + (self.group != other.group)

    @property
    def layout(self) -> tuple[int, int, str]:
        return self.bits, self.group, self.mode

    def width(self) -> str:
        return f"{self.bits} bits, groups of {self.group}" if self.mode == "affine" else self.describe()

    def describe(self) -> str:
        return (
            f"MLX {self.bits}-bit, groups of {self.group}"
            if self.mode == "affine"
            else f"MLX {self.mode.upper()}, groups of {self.group}"
        )
