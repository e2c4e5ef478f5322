"""Integers of a few bits in 32-bit words: GPTQ, AWQ, compressed-tensors; and modelopt's INT4, two in a byte.

Sources: AutoGPTQ / GPTQModel `QuantLinear` (`qweight` (inputs · bits / 32, outputs), `qzeros` (groups, outputs · bits
/ 32), `scales` (groups, outputs), `g_idx` (inputs)); AutoAWQ `WQLinear_GEMM` (`qweight` (inputs, outputs · bits /
32)); compressed-tensors 0.20, compressors/pack_quantized (`weight_packed` (outputs, ceil(inputs · bits / 32)),
`weight_scale`, `weight_shape` of two numbers, `weight_zero_point` packed along the outputs, `weight_g_idx`); modelopt
0.47, export/quant_utils.py, `pack_int4_in_uint8`; vllm-ascend, quantization/w4a8_dynamic.py (I8 `weight` of outputs /
2, `weight_scale` and `weight_offset` (outputs, 1)).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import (
    MODULE,
    Scheme,
    Seen,
    Shape,
    Slot,
    Solution,
    Spelling,
    Tile,
    ceil_div,
    groups,
    last,
    spell,
)
from moeaudit.vocabulary import Kind

BITS = range(1, 9)
USUAL = (4, 8, 3, 2, 5, 6, 7, 1)
"""Widths in the order of belief where none is named."""
QWEIGHT = spell(weight=".qweight", scale=".scales", zero=".qzeros", order=".g_idx")


@dataclass(frozen=True)
class Gptq(Scheme):
    """`bits` per value along the inputs, `group` inputs per scale (-1: all), zero points always stored."""

    title: ClassVar[str] = "GPTQ"
    spellings: ClassVar[tuple[Spelling, ...]] = (QWEIGHT,)
    packs: ClassVar[frozenset[str]] = frozenset({"I32", "U32"})
    certain: ClassVar[bool] = False

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
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        rows, outputs = matrix(seen["weight"])
        scale, zero, order = seen.get("scale"), seen.get("zero"), seen.get("order")
        if scale is not None and matrix(scale)[1] != outputs:
            return  # AWQ packs the outputs
        read = 0
        if order is not None and len(order.shape) == 1:
            read = exact(32 * rows, order.shape[0])
        elif zero is not None:
            read = exact(32 * matrix(zero)[1], outputs)
        elif scale is None and isinstance(hint, Awq):
            return
        for bits, confidence, note in (
            [(read, "high", "")] if read else widths(hint if isinstance(hint, Gptq) else None)
        ):
            if bits not in BITS or 32 * rows % bits:
                continue
            inputs = 32 * rows // bits
            group = inputs if scale is None else ceil_div(inputs, max(matrix(scale)[0], 1))
            yield Solution(cls(spelling, bits, group, order is not None), (outputs, inputs), confidence, note)

    def width(self) -> str:
        return f"{self.bits} bits, {per_group(self.group)}"

    @property
    def tile(self) -> Tile | None:
        return grouped(self.group)

    def describe(self) -> str:
        return f"GPTQ INT{self.bits}, {per_group(self.group)}"


@dataclass(frozen=True)
class Awq(Scheme):
    """`bits` per value along the outputs, `group` inputs per scale."""

    title: ClassVar[str] = "AWQ"
    spellings: ClassVar[tuple[Spelling, ...]] = (QWEIGHT,)
    packs: ClassVar[frozenset[str]] = frozenset({"I32", "U32"})
    certain: ClassVar[bool] = False

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
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        inputs, words = matrix(seen["weight"])
        scale, zero = seen.get("scale"), seen.get("zero")
        if scale is None:
            for bits, confidence, note in widths(hint if isinstance(hint, Awq) else None):
                yield Solution(
                    cls(spelling, bits, inputs, zero is not None), (32 * words // bits, inputs), confidence, note
                )
            return
        rows, outputs = matrix(scale)
        bits = exact(32 * words, outputs)
        if bits in BITS and inputs >= rows:
            group = ceil_div(inputs, max(rows, 1))
            yield Solution(cls(spelling, bits, group, zero is not None), (outputs, inputs))

    def width(self) -> str:
        return f"{self.bits} bits, {per_group(self.group)}"

    @property
    def tile(self) -> Tile | None:
        return grouped(self.group)

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
        spell(weight="_packed", scale="_scale", shape="_shape", zero="_zero_point", order="_g_idx"),
    )
    packs: ClassVar[frozenset[str]] = frozenset({"I32"})
    certain: ClassVar[bool] = False

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
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight, scale, zero, order = seen["weight"], seen.get("scale"), seen.get("zero"), seen.get("order")
        if len(weight.shape) < 2:
            return
        columns = scale.shape[-1] if scale is not None and scale.shape else 0
        shape, known = seen.get("shape"), hint if isinstance(hint, PackQuantized) else None
        found = False
        told = [width for width in widths(known) if cls.allowed(width[0], weight, zero)]
        for bits, belief, said in told:
            confidence, note = belief, said
            own = known.group if known is not None and bits == known.bits else 0
            inputs = cls.inputs(bits, weight.shape[-1], columns, order, own)
            if not inputs:
                continue
            group = inputs // columns if columns > 1 else inputs
            if order is not None or (zero is not None and len(told) == 1):
                confidence, note = "high", ""
            elif own > 0 and columns > 1 and group != own:
                confidence, note = "low", f"{bits} bits as the config says, but groups of {group}"
            found = True
            scheme = cls(spelling, bits, group, zero is None, order is not None, shape.dtype if shape else "I64")
            yield Solution(scheme, last(weight.shape, inputs), confidence, note)
        if not found:
            bits = known.bits if known is not None else 4
            inputs = 32 * weight.shape[-1] // bits
            scheme = cls(spelling, bits, ceil_div(inputs, max(columns, 1)), zero is None, order is not None)
            note = "scales and packed weight disagree on the inputs"
            yield Solution(scheme, last(weight.shape, inputs), "low", note)

    @staticmethod
    def allowed(bits: int, weight: Seen, zero: Seen | None) -> bool:
        """Whether zero points, packed along the outputs, can have this width."""
        return zero is None or len(zero.shape) < 2 or zero.shape[-2] == ceil_div(weight.shape[-2] * bits, 32)

    @staticmethod
    def inputs(bits: int, words: int, columns: int, order: Seen | None, group: int) -> int:
        """How many inputs fill these words at this width, 0 where none do: as many as `g_idx` lists or as the config's
        whole groups have, else what the words hold. (Widths are multiples of 32, as all published ones are, unless one
        of these says more.)"""
        listed = order.shape[0] if order is not None and len(order.shape) == 1 else 0
        grouped = columns * group if columns > 1 and group > 0 else 0
        for inputs in (listed,) if listed else (grouped, 32 * words // bits):
            if inputs and ceil_div(inputs * bits, 32) == words and inputs % max(columns, 1) == 0:
                return inputs
        return 0

    def width(self) -> str:
        return f"{self.bits} bits, {per_group(self.group)}"

    @property
    def tile(self) -> Tile | None:
        return grouped(self.group)

    def describe(self) -> str:
        return f"INT{self.bits}, {per_group(self.group)}"


@dataclass(frozen=True)
class Int4Bytes(Scheme):
    """Two values in a byte along the outputs, a scale per `group` inputs: modelopt's INT4 AWQ (U8, with a smoothing
    vector) and msModelSlim's W4A8 (I8, with offsets)."""

    title: ClassVar[str] = "INT4, two per byte"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        spell(
            weight=MODULE,
            scale=".weight_scale",
            smoothing=".pre_quant_scale",
            scale_2=".weight_scale_2",
            input_scale=".input_scale",
            offset=".weight_offset",
        ),
    )
    packs: ClassVar[frozenset[str]] = frozenset({"U8", "I8"})

    group: int = 128
    dtype: str = "U8"
    smoothed: bool = True

    def slots(self, shape: Shape) -> Iterator[Slot]:
        yield Slot("weight", self.dtype, (*shape[:-2], shape[-2] // 2, shape[-1]), Kind.PARAMETER)
        yield Slot("scale", None, last(shape, groups(shape[-1], self.group)))
        yield Slot("smoothing", None, (shape[-1],), written=self.smoothed)

    def fits(self, shape: Shape) -> bool:
        return len(shape) >= 2 and shape[-2] % 2 == 0 and shape[-1] % max(self.group, 1) == 0

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight, scale = seen["weight"], seen.get("scale")
        if len(weight.shape) < 2:
            return
        shape = (*weight.shape[:-2], 2 * weight.shape[-2], weight.shape[-1])
        if scale is None:
            if isinstance(hint, Int4Bytes):
                yield Solution(hint, shape, "medium", "two values per byte by the config; no scale is stored beside it")
            return
        if len(scale.shape) < 2 or scale.shape[-2] != shape[-2]:
            return
        group, smoothed = ceil_div(shape[-1], max(scale.shape[-1], 1)), "smoothing" in seen
        yield Solution(cls(spelling, group, weight.dtype, smoothed), shape)

    @property
    def tile(self) -> Tile | None:
        return grouped(self.group)

    def describe(self) -> str:
        return f"INT4, {per_group(self.group)}"


def widths(known: Gptq | Awq | PackQuantized | None) -> Iterator[tuple[int, str, str]]:
    """(bits, confidence, note): the config's width, then the usual ones."""
    if known is not None:
        yield known.bits, "medium", ""
    for bits in USUAL:
        if known is None or bits != known.bits:
            yield bits, "low", f"{bits} bits assumed: {'the config names others' if known else 'nothing names a width'}"


def matrix(seen: Seen) -> tuple[int, int]:
    """Rows and columns, zeros where the tensor is no matrix."""
    return (seen.shape[0], seen.shape[1]) if len(seen.shape) == 2 else (0, 0)


def exact(number: int, by: int) -> int:
    """The quotient where it is whole, else 0."""
    return number // by if by > 0 and number % by == 0 else 0


def per_group(group: int) -> str:
    return f"groups of {group}" if group > 0 else "one group per output"


def grouped(group: int) -> Tile | None:
    """Groups of inputs that share a scale; None where one scale holds for all inputs of an output."""
    return Tile("group", inputs=group) if group > 1 else None
