"""One byte per parameter beside scales: FP8 by block, by tensor or by output, MXFP8, and 8-bit integers.

Sources: DeepSeek-V3, README_WEIGHTS.md (`weight_scale_inv`, 128 × 128 blocks, the last ones partly filled);
transformers 5.23, integrations/finegrained_fp8.py (`FP8Linear`, `FP8Experts`; `.scale` and `.qscale_weight` read as
`weight_scale_inv`); compressed-tensors 0.20, compressors/naive_quantized and mxfp8 (`weight_scale`, (outputs, 1) by
channel, U8 exponents per 32 inputs); modelopt 0.47, export/unified_export_hf.py (`weight_scale`, `input_scale`);
slime, tools/…/quantizer_mxfp8.py and sglang's `mxfp8` (U8 `weight_scale_inv` per 32 inputs); msModelSlim as vllm-ascend
reads it, vllm_ascend/quantization/w8a8.py (`deq_scale` and `quant_bias` (outputs,), `weight_scale` and `weight_offset`
(outputs, 1)). The type of a scale is the header's: F32, BF16 (Qwen3-30B-A3B-Thinking-2507-FP8), F16 or an exponent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
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
    Tile,
    ceil_div,
    spell,
)
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
    offset=".weight_offset",
)
NATIVE = spell(weight=MODULE, scale=".scale")
ASCEND = spell(
    weight=MODULE, scale=".deq_scale", bias=".quant_bias", input_scale=".input_scale", input_zero=".input_offset"
)
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
        ASCEND,
        MISTRAL,
        STACKED_INVERSE,
        STACKED,
        STACKED_SHORT,
    )
    packs: ClassVar[frozenset[str]] = FLOAT8 | {"I8", "U8"}

    block: tuple[int, int] = (128, 128)
    dtype: str = "F8_E4M3"
    scale_dtype: str | None = "F32"
    static: bool = False  # a scale for the activations is stored too
    flat: bool = False  # scales by output as (outputs,), not (outputs, 1)
    single: Shape = ()  # how a scale for the whole tensor is written: () or (1,)
    rows: int = 0  # rows of blocks where fused slices are blocked one by one (MiMo-V2.5: 108, not 106, for 13,568)

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
        rows = self.rows or rows
        return (*stack, rows) if self.flat else (*stack, rows, columns)

    def fits(self, shape: Shape) -> bool:
        """Releases leave matrices with fewer outputs than one block as they are (gates of one output, narrow
        projections)."""
        return len(shape) >= 2 and shape[-2] >= self.block[0]

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight, scale = seen["weight"], seen.get("scale")
        if len(weight.shape) < 2:
            return
        known = hint if isinstance(hint, Scaled) else cls()
        static = "input_scale" in seen or "input" in seen
        scheme = cls(spelling, known.block, weight.dtype, scale.dtype if scale else known.scale_dtype, static)
        if scale is None:
            if weight.dtype in FLOAT8:
                yield Solution(scheme, weight.shape)
            elif isinstance(hint, Scaled) and hint.dtype == weight.dtype:
                yield Solution(scheme, weight.shape, "medium", "8-bit by the config; no scale is stored beside it")
            return
        sure = ("low", "8 bits assumed: a byte may hold two values") if weight.dtype == "U8" else ("high", "")
        for block in cls.candidates(known, weight, scale):
            flat = block == CHANNEL and len(scale.shape) < len(weight.shape)
            fitting = replace(scheme, block=block, flat=flat)
            if same(fitting.scales(weight.shape), scale.shape):
                yield Solution(fitting, weight.shape, *sure)
                return
        sliced = cls.sliced(known, weight, scale)
        if sliced is not None:
            yield Solution(replace(scheme, rows=sliced), weight.shape, *sure)
        elif weight.dtype in FLOAT8:  # two 4-bit values per byte look alike but for the scales
            yield Solution(scheme, weight.shape)

    @staticmethod
    def sliced(known: Scaled, weight: Seen, scale: Seen) -> int | None:
        """The rows of blocks of a fused matrix whose slices are blocked one by one: each may end in a block that is
        partly filled, so there are more than the outputs ask for, never twice as many."""
        rows, columns = known.block
        if rows < 2 or not columns or len(weight.shape) != 2 or len(scale.shape) != 2:
            return None
        least = ceil_div(weight.shape[0], rows)
        fits = scale.shape[1] == ceil_div(weight.shape[1], columns) and least < scale.shape[0] < 2 * least
        return scale.shape[0] if fits else None

    @staticmethod
    def candidates(known: Scaled, weight: Seen, scale: Seen) -> Iterator[tuple[int, int]]:
        if prod(scale.shape) == 1 or len(scale.shape) <= 1:
            yield TENSOR
        yield CHANNEL
        if scale.dtype in ("U8", "F8_E8M0"):
            yield 1, 32  # OCP Microscaling
        yield known.block
        yield from BLOCKS if weight.dtype in FLOAT8 else BLOCKS[:-1]  # (1, 16) is that of two 4-bit values per byte
        yield TENSOR

    @property
    def tile(self) -> Tile | None:
        outputs, inputs = (size or 1 for size in self.block)
        form = "mxfp8" if self.micro else "block"
        return Tile(form, outputs, inputs) if outputs * inputs > 1 and not self.rows else None

    @property
    def micro(self) -> bool:
        """OCP Microscaling: an exponent per 32 inputs."""
        return self.block == (1, 32) and self.scale_dtype in ("U8", "F8_E8M0")

    def describe(self) -> str:
        name = {"F8_E4M3": "FP8 E4M3", "F8_E5M2": "FP8 E5M2", "I8": "INT8"}.get(self.dtype, self.dtype)
        if self.block == TENSOR:
            return f"{name}, one scale per tensor"
        if self.block == CHANNEL:
            return f"{name}, one scale per output"
        if self.micro:
            return "MXFP8, groups of 32"
        return f"{name}, {self.block[0]}×{self.block[1]} blocks"


def same(expected: Shape, found: Shape) -> bool:
    """Shapes equal but for axes of length one: a single scale is written as (), (1,) or (1, 1)."""
    return expected == found or tuple(n for n in expected if n != 1) == tuple(n for n in found if n != 1)
