"""One byte per parameter beside scales: FP8 by block, by tensor or by output, MXFP8, and 8-bit integers.

Sources: DeepSeek-V3, README_WEIGHTS.md (`weight_scale_inv`, 128 × 128 blocks, the last ones partly filled);
transformers 5.23, integrations/finegrained_fp8.py (`FP8Linear`, `FP8Experts`; `.scale` and `.qscale_weight` read as
`weight_scale_inv`); compressed-tensors 0.20, compressors/naive_quantized and mxfp8 (`weight_scale`, (outputs, 1) by
channel, U8 exponents per 32 inputs); modelopt 0.47, export/unified_export_hf.py (`weight_scale`, `input_scale`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from moeaudit.ledger.packing.scheme import BARE, MODULE, Scheme, Seen, Shape, Slot, Solution, Spelling, ceil_div, spell
from moeaudit.vocabulary import Kind

FLOAT8 = frozenset({"F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"})

INVERSE = spell(weight=MODULE, scale=".weight_scale_inv", input=".activation_scale", input_scale=".input_scale")
PLAIN_SCALE = spell(
    weight=MODULE,
    scale=".weight_scale",
    input_scale=".input_scale",
    zero=".weight_zero_point",
    input_zero=".input_zero_point",
    smoothing=".pre_quant_scale",
    bound=".input_scale_ub",
)
NATIVE = spell(weight=MODULE, scale=".scale")
MISTRAL = spell(weight=MODULE, scale=".qscale_weight", input_scale=".qscale_act")
STACKED_INVERSE = spell(weight=BARE, scale="_scale_inv", input="_activation_scale")
STACKED = spell(weight=BARE, scale="_weight_scale", input_scale="_input_scale")
STACKED_SHORT = spell(weight=BARE, scale="_scale", input_scale="_input_scale")

BLOCKS: tuple[tuple[int, int], ...] = ((128, 128), (1, 32), (1, 128), (64, 64), (32, 32), (256, 256), (1, 64), (1, 16))
"""Block sizes tried where the config names none."""

TENSOR, CHANNEL = (0, 0), (1, 0)
"""Blocks that reach over the whole axis: one scale for the tensor, one for each output."""


@dataclass(frozen=True)
class Scaled(Scheme):
    """`block` is (outputs, inputs) per scale, 0 for the whole axis. The weight keeps its shape."""

    title: ClassVar[str] = "8-bit with scales"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        INVERSE,
        PLAIN_SCALE,
        NATIVE,
        MISTRAL,
        STACKED_INVERSE,
        STACKED,
        STACKED_SHORT,
    )
    packs: ClassVar[frozenset[str]] = FLOAT8 | {"I8"}

    block: tuple[int, int] = (128, 128)
    dtype: str = "F8_E4M3"
    scale_dtype: str | None = "F32"
    static: bool = False  # a scale for the activations is stored too
    flat: bool = False  # scales by output as (outputs,), not (outputs, 1)
    single: Shape = ()  # how a scale for the whole tensor is written: () or (1,)

    def slots(self, shape: Shape) -> Iterator[Slot]:
        yield Slot("weight", self.dtype, shape, Kind.PARAMETER)
        yield Slot("scale", self.scale_dtype, self.scales(shape))
        if self.static:
            activations = "input_scale" if "input_scale" in self.suffixes else "input"
            yield Slot(activations, self.scale_dtype, self.single)

    def scales(self, shape: Shape) -> Shape:
        """Shape of the scales. A last block may be partly filled."""
        *stack, outputs, inputs = shape
        if self.block == TENSOR:
            return (*stack, *self.single)
        rows, columns = (
            ceil_div(size, block) if block else 1 for size, block in zip((outputs, inputs), self.block, strict=True)
        )
        return (*stack, rows) if self.flat else (*stack, rows, columns)

    def fits(self, shape: Shape) -> bool:
        """Releases leave matrices with fewer outputs than one block as they are (gates of one output, narrow
        projections)."""
        return len(shape) >= 2 and shape[-2] >= self.block[0]

    @classmethod
    def solve(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Solution | None:
        weight, scale = seen["weight"], seen.get("scale")
        if len(weight.shape) < 2:
            return None
        known = hint if isinstance(hint, Scaled) else cls()
        static = "input_scale" in seen or "input" in seen
        if scale is None:
            return Solution(
                cls(spelling, known.block, weight.dtype, known.scale_dtype, static),
                weight.shape,
                "medium",
                "no scale is stored for this 8-bit weight",
            )
        for candidate in cls.candidates(known, scale):
            scheme = cls(
                spelling,
                candidate,
                weight.dtype,
                scale.dtype,
                static,
                flat=candidate == CHANNEL and len(scale.shape) < len(weight.shape),
            )
            if same(scheme.scales(weight.shape), scale.shape):
                return Solution(scheme, weight.shape)
        if weight.dtype == "I8":
            return None  # two 4-bit values per byte look alike but for the scales
        return Solution(cls(spelling, known.block, weight.dtype, scale.dtype, static), weight.shape)

    @staticmethod
    def candidates(known: Scaled, scale: Seen) -> Iterator[tuple[int, int]]:
        if prod(scale.shape) == 1 or len(scale.shape) <= 1:
            yield TENSOR
        yield CHANNEL
        yield known.block
        yield from BLOCKS
        yield TENSOR

    def describe(self) -> str:
        name = {"F8_E4M3": "FP8 E4M3", "F8_E5M2": "FP8 E5M2", "I8": "INT8"}.get(self.dtype, self.dtype)
        if self.block == TENSOR:
            return f"{name}, one scale per tensor"
        if self.block == CHANNEL:
            return f"{name}, one scale per output"
        if self.block == (1, 32) and self.scale_dtype in ("U8", "F8_E8M0"):
            return "MXFP8, groups of 32"
        return f"{name}, {self.block[0]}×{self.block[1]} blocks"


def same(expected: Shape, found: Shape) -> bool:
    """Shapes equal but for axes of length one: a single scale is written as (), (1,) or (1, 1)."""
    return expected == found or tuple(n for n in expected if n != 1) == tuple(n for n in found if n != 1)
