"""Integers of a few bits in 32-bit words: GPTQ, AWQ, compressed-tensors; and modelopt's INT4, two in a byte.

Sources: AutoGPTQ / GPTQModel `QuantLinear` (`qweight` (inputs · bits / 32, outputs), `qzeros` (groups, outputs · bits
/ 32), `scales` (groups, outputs), `g_idx` (inputs)); AutoAWQ `WQLinear_GEMM` (`qweight` (inputs, outputs · bits /
32)); compressed-tensors 0.20, compressors/pack_quantized (`weight_packed` (outputs, ceil(inputs · bits / 32)),
`weight_scale`, `weight_shape` of two numbers, `weight_zero_point` packed along the outputs, `weight_g_idx`); modelopt
0.47, export/quant_utils.py, `pack_int4_in_uint8`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from moeaudit.ledger.packing.scheme import (
    MODULE,
    Scheme,
    Seen,
    Shape,
    Slot,
    Solution,
    Spelling,
    ceil_div,
    groups,
    last,
    spell,
)
from moeaudit.vocabulary import Kind

BITS = range(1, 9)
QWEIGHT = spell(weight=".qweight", scale=".scales", zero=".qzeros", order=".g_idx")


@dataclass(frozen=True)
class Gptq(Scheme):
    """`bits` per value along the inputs, `group` inputs per scale (-1: all), zero points always stored."""

    title: ClassVar[str] = "GPTQ"
    spellings: ClassVar[tuple[Spelling, ...]] = (QWEIGHT,)
    packs: ClassVar[frozenset[str]] = frozenset({"I32", "U32"})

    bits: int = 4
    group: int = 128
    ordered: bool = True  # g_idx is stored

    def slots(self, shape: Shape) -> Iterator[Slot]:
        outputs, inputs = shape
        rows = groups(inputs, self.group)
        yield Slot("weight", "I32", (inputs * self.bits // 32, outputs), Kind.PARAMETER)
        yield Slot("zero", "I32", (rows, outputs * self.bits // 32))
        yield Slot("scale", None, (rows, outputs))
        yield Slot("order", "I32", (inputs,), written=self.ordered)

    def fits(self, shape: Shape) -> bool:
        return len(shape) == 2 and shape[0] % 32 == 0 and shape[1] % 32 == 0

    @classmethod
    def solve(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Solution | None:
        rows, outputs = matrix(seen["weight"])
        scale, zero, order = seen.get("scale"), seen.get("zero"), seen.get("order")
        if scale is not None and matrix(scale)[1] != outputs:
            return None  # AWQ packs the outputs
        confidence, note = "high", ""
        if order is not None and len(order.shape) == 1:
            bits = exact(32 * rows, order.shape[0])
        elif zero is not None:
            bits = exact(32 * matrix(zero)[1], outputs)
        elif isinstance(hint, Gptq):
            bits, confidence, note = hint.bits, "medium", "bits from the config: neither qzeros nor g_idx is stored"
        else:
            bits, confidence, note = (
                4,
                "low",
                "4 bits assumed: the config names no width, and neither qzeros nor g_idx is stored",
            )
        if bits not in BITS or 32 * rows % bits:
            return None
        inputs = 32 * rows // bits
        group = inputs if scale is None else ceil_div(inputs, max(matrix(scale)[0], 1))
        return Solution(cls(spelling, bits, group, order is not None), (outputs, inputs), confidence, note)

    def describe(self) -> str:
        return f"GPTQ INT{self.bits}, {per_group(self.group)}"


@dataclass(frozen=True)
class Awq(Scheme):
    """`bits` per value along the outputs, `group` inputs per scale."""

    title: ClassVar[str] = "AWQ"
    spellings: ClassVar[tuple[Spelling, ...]] = (QWEIGHT,)
    packs: ClassVar[frozenset[str]] = frozenset({"I32", "U32"})

    bits: int = 4
    group: int = 128
    zeros: bool = True

    def slots(self, shape: Shape) -> Iterator[Slot]:
        outputs, inputs = shape
        rows = groups(inputs, self.group)
        yield Slot("weight", "I32", (inputs, outputs * self.bits // 32), Kind.PARAMETER)
        yield Slot("zero", "I32", (rows, outputs * self.bits // 32), written=self.zeros)
        yield Slot("scale", None, (rows, outputs))

    def fits(self, shape: Shape) -> bool:
        return len(shape) == 2 and shape[0] % 32 == 0 and (self.group <= 0 or shape[1] % self.group == 0)

    @classmethod
    def solve(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Solution | None:
        inputs, words = matrix(seen["weight"])
        scale = seen.get("scale")
        if scale is None:
            if not isinstance(hint, Awq):
                return None
            return Solution(
                hint, (32 * words // hint.bits, inputs), "medium", "bits from the config: no scales are stored"
            )
        rows, outputs = matrix(scale)
        bits = exact(32 * words, outputs)
        if bits not in BITS or inputs < rows:
            return None
        return Solution(cls(spelling, bits, ceil_div(inputs, max(rows, 1)), "zero" in seen), (outputs, inputs))

    def describe(self) -> str:
        return f"AWQ INT{self.bits}, {per_group(self.group)}"


@dataclass(frozen=True)
class PackQuantized(Scheme):
    """compressed-tensors: `bits` per value along the inputs, a last word partly filled, the shape stored beside it.

    The two numbers of `weight_shape` are I64, in some releases I32.
    """

    title: ClassVar[str] = "compressed-tensors pack-quantized"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        spell(
            weight=".weight_packed",
            scale=".weight_scale",
            shape=".weight_shape",
            zero=".weight_zero_point",
            order=".weight_g_idx",
            input_scale=".input_global_scale",
        ),
    )
    packs: ClassVar[frozenset[str]] = frozenset({"I32"})

    bits: int = 4
    group: int = 32
    symmetric: bool = True
    ordered: bool = False
    shape_dtype: str = "I64"

    def fits(self, shape: Shape) -> bool:
        """The library refuses groups that do not divide the inputs."""
        return len(shape) >= 2 and (self.group <= 0 or shape[-1] % self.group == 0)

    def slots(self, shape: Shape) -> Iterator[Slot]:
        columns = groups(shape[-1], self.group)
        yield Slot("weight", "I32", last(shape, ceil_div(shape[-1] * self.bits, 32)), Kind.PARAMETER)
        yield Slot("scale", None, last(shape, columns))
        yield Slot("shape", self.shape_dtype, (len(shape),))
        yield Slot(
            "zero", "I32", (*shape[:-2], ceil_div(shape[-2] * self.bits, 32), columns), written=not self.symmetric
        )
        yield Slot("order", "I32", (shape[-1],), written=self.ordered)

    @classmethod
    def solve(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Solution | None:
        weight, scale, zero, order = seen["weight"], seen.get("scale"), seen.get("zero"), seen.get("order")
        known = hint if isinstance(hint, PackQuantized) else None
        words = weight.shape[-1] if weight.shape else 0
        if len(weight.shape) < 2 or not words:
            return None
        columns = scale.shape[-1] if scale is not None and scale.shape else 0
        bits, group = (known.bits, known.group) if known else (4, 0)
        confidence, note = ("high", "") if known else ("low", "4 bits assumed: no config group names a width")
        if order is not None and len(order.shape) == 1:
            inputs = order.shape[0]
            bits, confidence, note = (exact(32 * words, inputs) or bits), "high", ""
        elif columns > 1 and group > 0:
            inputs = min(columns * group, 32 * words // bits)  # a last group, or a last word, may be partly filled
        else:
            inputs = 32 * words // bits
            if known and 32 % bits:
                confidence, note = "medium", f"inputs known to {32 // bits}: {bits}-bit words do not align"
        if ceil_div(inputs * bits, 32) != words or (group > 0 and columns > 1 and ceil_div(inputs, group) != columns):
            inputs, confidence, note = 32 * words // bits, "low", "scales and packed weight disagree on the inputs"
        group = inputs if columns <= 1 else group if group > 0 else ceil_div(inputs, columns)
        shape = seen.get("shape")
        return Solution(
            cls(spelling, bits, group, zero is None, order is not None, shape.dtype if shape else "I64"),
            last(weight.shape, inputs),
            confidence,
            note,
        )

    def describe(self) -> str:
        return f"INT{self.bits}, {per_group(self.group)}"


@dataclass(frozen=True)
class Int4Bytes(Scheme):
    """modelopt INT4 AWQ: two values in a byte along the outputs, a scale per `group` inputs, a smoothing vector."""

    title: ClassVar[str] = "INT4, two per byte"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        spell(
            weight=MODULE,
            scale=".weight_scale",
            smoothing=".pre_quant_scale",
            scale_2=".weight_scale_2",
            input_scale=".input_scale",
        ),
    )
    packs: ClassVar[frozenset[str]] = frozenset({"U8"})

    group: int = 128

    def slots(self, shape: Shape) -> Iterator[Slot]:
        yield Slot("weight", "U8", (*shape[:-2], shape[-2] // 2, shape[-1]), Kind.PARAMETER)
        yield Slot("scale", None, last(shape, groups(shape[-1], self.group)))
        yield Slot("smoothing", None, (shape[-1],))

    def fits(self, shape: Shape) -> bool:
        return len(shape) >= 2 and shape[-2] % 2 == 0 and shape[-1] % max(self.group, 1) == 0

    @classmethod
    def solve(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Solution | None:
        weight, scale = seen["weight"], seen.get("scale")
        if len(weight.shape) < 2 or scale is None or len(scale.shape) < 2 or scale.shape[-2] != 2 * weight.shape[-2]:
            return None
        shape = (*weight.shape[:-2], 2 * weight.shape[-2], weight.shape[-1])
        return Solution(cls(spelling, ceil_div(shape[-1], max(scale.shape[-1], 1))), shape)

    def describe(self) -> str:
        return f"INT4, {per_group(self.group)}"


def matrix(seen: Seen) -> tuple[int, int]:
    """Rows and columns, zeros where the tensor is no matrix."""
    return (seen.shape[0], seen.shape[1]) if len(seen.shape) == 2 else (0, 0)


def exact(number: int, by: int) -> int:
    """The quotient where it is whole, else 0."""
    return number // by if by > 0 and number % by == 0 else 0


def per_group(group: int) -> str:
    return f"groups of {group}" if group > 0 else "one group per output"
