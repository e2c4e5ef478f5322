"""MLX: a stream of bits per row in 32-bit words, with a scale (and in affine mode a bias) per group of inputs.

Sources: mlx `mlx.core.quantize` (affine: groups of 32, 64 or 128, 2 to 8 bits, `scales` and `biases` in the model's
type; mxfp4, mxfp8 and nvfp4: U8 scales, no biases); mlx-lm `utils.quantize_model` (`quantization` in config.json,
numbers or `false` per module); transformers 5.23, integrations/metal_quantization.py (`qbiases`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from moeaudit.ledger.packing.scheme import MODULE, Scheme, Seen, Shape, Slot, Solution, Spelling, groups, last, spell
from moeaudit.vocabulary import Kind

WIDTHS = (2, 3, 4, 5, 6, 8)
MODES = {"affine": (64, 4), "mxfp4": (32, 4), "mxfp8": (32, 8), "nvfp4": (16, 4)}
"""Group size and bits of each mode where the config names none; the floating modes have no others."""

MLX = spell(weight=MODULE, scale=".scales", bias=".biases")
METAL = spell(weight=MODULE, scale=".scales", bias=".qbiases")


@dataclass(frozen=True)
class Mlx(Scheme):
    """`bits` per value along the last axis, `group` values per scale."""

    title: ClassVar[str] = "MLX"
    spellings: ClassVar[tuple[Spelling, ...]] = (MLX, METAL)
    packs: ClassVar[frozenset[str]] = frozenset({"U32"})

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
    def solve(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Solution | None:
        weight, scale = seen["weight"], seen.get("scale")
        if len(weight.shape) < 2:
            return None
        known = hint if isinstance(hint, Mlx) else None
        words = weight.shape[-1]
        if scale is None or not scale.shape:
            if known is None:
                return None
            return Solution(
                known,
                last(weight.shape, 32 * words // known.bits),
                "medium",
                "bits from the config: no scales are stored",
            )
        for candidate, confidence, note in cls.candidates(known, "bias" in seen, scale.dtype):
            inputs = scale.shape[-1] * candidate.group
            if inputs * candidate.bits == 32 * words:
                return Solution(
                    cls(spelling, candidate.bits, candidate.group, candidate.mode),
                    last(weight.shape, inputs),
                    confidence,
                    note,
                )
        return None

    @classmethod
    def candidates(cls, known: Mlx | None, biased: bool, scale_dtype: str) -> Iterator[tuple[Mlx, str, str]]:
        """Group sizes and widths in the order of belief. Words and scales fix only bits · group, so something must
        name one."""
        if known is not None:
            yield known, "high", ""
        if not biased and scale_dtype == "U8":
            yield from (
                (cls((), bits, group, mode), "high", "") for mode, (group, bits) in MODES.items() if mode != "affine"
            )
            return
        for group in (64, 32, 128):
            for bits in WIDTHS:
                yield (
                    cls((), bits, group),
                    "low",
                    f"groups of {group} assumed: bits and group size cannot both be read from the shapes",
                )

    def describe(self) -> str:
        return (
            f"MLX {self.bits}-bit, groups of {self.group}"
            if self.mode == "affine"
            else f"MLX {self.mode.upper()}, groups of {self.group}"
        )
