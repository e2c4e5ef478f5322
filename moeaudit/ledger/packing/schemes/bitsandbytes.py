"""bitsandbytes: 4-bit values of the flattened weight two in a byte, or 8-bit rows with a maximum each.

Source: bitsandbytes `functional.QuantState.as_dict(packed=True)` and `nn.Linear8bitLt._save_to_state_dict`. With
double quantisation the block maxima are bytes with maxima of their own per 256; `quant_state` is a JSON text of a
length that depends on its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import ClassVar

from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import MODULE, Scheme, Seen, Shape, Slot, Solution, Spelling, ceil_div, spell
from moeaudit.vocabulary import Kind

BLOCK, NESTED_BLOCK = 64, 256
USUAL_OFFSET = "0.1234567890123456"
"""Stands for the mean of the maxima: a float32 written with all its digits, 18 characters as a rule."""


def four_bit(kind: str) -> Spelling:
    return spell(
        weight=MODULE,
        scale=".weight.absmax",
        table=".weight.quant_map",
        nested=".weight.nested_absmax",
        nested_table=".weight.nested_quant_map",
        state=f".weight.quant_state.bitsandbytes__{kind}",
    )


@dataclass(frozen=True)
class Bnb4(Scheme):
    """(n / 2, 1) bytes for n values: the shape is only in the bytes of `quant_state`, which are never read."""

    title: ClassVar[str] = "bitsandbytes 4-bit"
    spellings: ClassVar[tuple[Spelling, ...]] = (four_bit("nf4"), four_bit("fp4"))
    packs: ClassVar[frozenset[str]] = frozenset({"U8"})

    double: bool = True
    model_dtype: str = "bfloat16"

    def slots(self, shape: Shape) -> Iterator[Slot]:
        values = prod(shape)
        blocks = ceil_div(values, BLOCK)
        yield Slot("weight", "U8", (ceil_div(values, 2), 1), Kind.PARAMETER)
        yield Slot("scale", "U8" if self.double else "F32", (blocks,))
        yield Slot("table", "F32", (16,))
        if self.double:
            yield Slot("nested", "F32", (ceil_div(blocks, NESTED_BLOCK),))
            yield Slot("nested_table", "F32", (256,))
        yield Slot("state", "U8", (len(self.state(shape)),), exact=not self.double, checked=False)

    def state(self, shape: Shape) -> str:
        """The text in `quant_state`. With double quantisation it holds a float of unknown length."""
        kind = "fp4" if self.suffixes["state"].endswith("fp4") else "nf4"
        text = f'{{"quant_type": "{kind}", "blocksize": {BLOCK}, "dtype": "{self.model_dtype}", "shape": {list(shape)}'
        if self.double:
            text += f', "nested_blocksize": {NESTED_BLOCK}, "nested_dtype": "float32", "nested_offset": {USUAL_OFFSET}'
        return text + "}"

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight = seen["weight"]
        if len(weight.shape) == 2 and 1 in weight.shape and ("scale" in seen or "state" in seen):
            dtype = hint.model_dtype if isinstance(hint, Bnb4) else cls.model_dtype
            yield Solution(cls(spelling, "nested" in seen, dtype), (2 * prod(weight.shape),))

    def describe(self) -> str:
        kind = "FP4" if self.suffixes["state"].endswith("fp4") else "NF4"
        return f"bitsandbytes {kind}, blocks of {BLOCK}" + (", scales quantised again" if self.double else "")


@dataclass(frozen=True)
class Bnb8(Scheme):
    """LLM.int8(): I8 rows, the maximum of each in `SCB`, and one byte that names the layout."""

    title: ClassVar[str] = "bitsandbytes 8-bit"
    spellings: ClassVar[tuple[Spelling, ...]] = (spell(weight=MODULE, scale=".SCB", layout=".weight_format"),)
    packs: ClassVar[frozenset[str]] = frozenset({"I8"})

    def slots(self, shape: Shape) -> Iterator[Slot]:
        yield Slot("weight", "I8", shape, Kind.PARAMETER)
        yield Slot("scale", "F32", (shape[0],))
        yield Slot("layout", "U8", ())

    def fits(self, shape: Shape) -> bool:
        return len(shape) == 2

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight = seen["weight"]
        if len(weight.shape) == 2 and "scale" in seen:
            yield Solution(cls(spelling), weight.shape)

    def describe(self) -> str:
        return "bitsandbytes INT8, one scale per output"
