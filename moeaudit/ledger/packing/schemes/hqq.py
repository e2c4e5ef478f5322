"""HQQ: values of a flattened weight in groups, packed from halves, quarters or tenths of the rows.

Sources: hqq, hqq/core/quantize.py, `Quantizer.quantize` (the weight as (values / group, group) for axis 1, (group,
values / group) for axis 0; `scale` and `zero` with that axis 1 long) and `HQQLinear.state_dict` (every other entry,
`shape` and `nbits` among them, a small tensor of its own); hqq/core/bitpack.py (8, 4, 2 and 1 bits: 1, 2, 4, 8 rows to
a byte; 3 bits: 10 rows to 32 bits, the last ones filled up). The shape is a value, which is never read: the weight
comes back flattened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import ClassVar

from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import Scheme, Seen, Shape, Slot, Solution, Spelling, ceil_div, spell
from moeaudit.vocabulary import Kind

ROWS = {8: 1, 4: 2, 3: 10, 2: 4, 1: 8}
"""Rows that one stored row holds, by bits."""

BYTES = {"U8": 1, "I32": 4, "F16": 2, "BF16": 2, "F32": 4}

META = ("nbits", "group_size", "shape", "axis", "packing", "view_as_float", "unpack_view_dtype", "compute_dtype",
        "quant_scale", "quant_zero", "offload_meta", "encoded_state_dict", "stores_quant_config", "channel_wise",
        "optimize", "round_zero", "meta", "scale_q", "zero_q", "meta_scale", "meta_zero")  # fmt: skip


@dataclass(frozen=True)
class Hqq(Scheme):
    """`bits` per value, `group` values per scale along `axis` of the grouped weight (0: one group per row)."""

    title: ClassVar[str] = "HQQ"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        spell(weight=".W_q", scale=".scale", zero=".zero", both=".zero_scale", **{name: f".{name}" for name in META}),
    )
    packs: ClassVar[frozenset[str]] = frozenset(BYTES)
    needs: ClassVar[frozenset[str]] = frozenset({"weight"})
    certain: ClassVar[bool] = False

    bits: int = 4
    group: int = 64
    axis: int = 1

    def slots(self, shape: Shape) -> Iterator[Slot]:
        values = prod(shape)
        group = self.group or shape[-1]
        rows, columns = (values // group, group) if self.axis else (group, values // group)
        packed = ceil_div(rows, ROWS[self.bits])
        yield Slot("weight", "I32" if self.bits == 3 else "U8", (packed, columns), Kind.PARAMETER)
        scales = (rows, 1) if self.axis else (1, columns)
        yield Slot("scale", None, scales)
        yield Slot("zero", None, scales)

    def fits(self, shape: Shape) -> bool:
        group = self.group or shape[-1]
        rows = prod(shape) // group if self.axis else group
        return len(shape) == 2 and prod(shape) % group == 0 and (self.bits == 3 or rows % ROWS[self.bits] == 0)

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight = seen["weight"]
        scale = seen.get("scale") or seen.get("zero") or seen.get("both")
        if len(weight.shape) != 2 or scale is None or len(scale.shape) < 2 or scale.dtype == "U8":
            return
        rows, columns = weight.shape
        width = BYTES[weight.dtype] if weight.dtype != "I32" else 1
        columns *= width  # bytes seen as floats
        across, along = scale.shape[-2:]
        if along == 1 and across > 1:
            for bits in ROWS if weight.dtype != "I32" else (3,):
                if ceil_div(across, ROWS[bits]) == rows:
                    yield Solution(cls(spelling, bits, columns, 1), (across * columns,))
            return
        if across != 1 or along != columns:
            return
        known = (hint.bits, hint.group) if isinstance(hint, Hqq) else (0, 0)
        pairs = [(bits, rows * count) for bits, count in ROWS.items()]
        if weight.dtype == "I32":
            pairs = [(3, group) for group in range(10 * rows, 10 * (rows - 1), -1) if group % 8 == 0]
        for bits, group in sorted(pairs, key=lambda pair: pair != known):
            sure = (bits, group) == known
            note = "" if sure else f"{bits} bits assumed: groups along the first axis leave the width open"
            yield Solution(cls(spelling, bits, group, 0), (group * columns,), "medium" if sure else "low", note)

    def width(self) -> str:
        return f"{self.bits} bits, groups of {self.group}"

    def describe(self) -> str:
        return f"HQQ {self.bits}-bit, groups of {self.group}" if self.group else f"HQQ {self.bits}-bit"
