"""ExLlama's own formats: EXL2, groups of rows of 2 to 8 bits, and EXL3, a trellis of tiles of 16 × 16 values.

Sources: exllamav2, exllamav2/conversion/adaptivegptq.py, `pack` (`q_weight` (words, outputs), outputs filled up to a
multiple of 32; `q_invperm` (inputs,) I32; `q_scale` (groups, outputs / 8) I32; `q_scale_max` (groups,) F16; `q_groups`
(2 · groups,) I16); exllamav3, exllamav3/modules/quant/exl3.py, `LinearEXL3` (`trellis` (inputs / 16, outputs / 16,
16 · bits) I16; `suh` (inputs,) and `svh` (outputs,) F16, in older files packed as `su` and `sv`, 16 signs to a word;
`mcg` or `mul1`, one number that names the codebook) and exllamav3/modules/linear.py (both sides filled up to 128).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import Scheme, Seen, Shape, Slot, Solution, Spelling, ceil_div, spell
from moeaudit.vocabulary import Kind

FILLED = "read filled up: outputs and inputs may be a little fewer"


@dataclass(frozen=True)
class Exl2(Scheme):
    """`bits` is the width of every row where one is asked for; stored matrices mix widths, and only their `q_groups`
    say which."""

    title: ClassVar[str] = "EXL2"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        spell(weight=".q_weight", order=".q_invperm", scale=".q_scale", most=".q_scale_max", groups=".q_groups",
              rows=".q_group_map", permutation=".q_perm"),
    )  # fmt: skip
    packs: ClassVar[frozenset[str]] = frozenset({"I32"})
    needs: ClassVar[frozenset[str]] = frozenset({"weight", "scale", "most", "groups"})
    pads: ClassVar[int] = 32

    bits: int = 4
    group: int = 32
    words: int = 0  # rows of `q_weight` where they are known

    def slots(self, shape: Shape) -> Iterator[Slot]:
        inputs, outputs = shape[1], ceil_div(shape[0], 32) * 32
        count = ceil_div(inputs, self.group)
        yield Slot("weight", "I32", (self.words or ceil_div(inputs * self.bits, 32), outputs), Kind.PARAMETER)
        yield Slot("order", "I32", (inputs,))
        yield Slot("scale", "I32", (count, outputs // 8), checked=False)  # groups differ from width to width
        yield Slot("most", "F16", (count,), checked=False)
        yield Slot("groups", "I16", (2 * count,), checked=False)

    def fits(self, shape: Shape) -> bool:
        return len(shape) == 2 and shape[1] % 32 == 0

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight, order = seen["weight"], seen.get("order")
        if len(weight.shape) != 2 or order is None or len(order.shape) != 1:
            return
        (words, outputs), inputs = weight.shape, order.shape[0]
        bits = max(32 * words // max(inputs, 1), 1)
        yield Solution(cls(spelling, bits, 32, words), (outputs, inputs), "medium", "")

    def describe(self) -> str:
        return f"EXL2, about {self.bits} bits"


@dataclass(frozen=True)
class Exl3(Scheme):
    """`halves`: the bits of a value, in halves: 16 words of 16 bits hold a tile for each bit."""

    title: ClassVar[str] = "EXL3"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        spell(weight=".trellis", inputs=".suh", outputs=".svh", input_signs=".su", output_signs=".sv", mcg=".mcg",
              mul1=".mul1", scale=".scale"),
    )  # fmt: skip
    packs: ClassVar[frozenset[str]] = frozenset({"I16", "U16"})
    needs: ClassVar[frozenset[str]] = frozenset({"weight"})
    pads: ClassVar[int] = 128

    halves: int = 6
    mul1: bool = False
    tagged: bool = True  # the first versions wrote neither `mcg` nor `mul1`

    def slots(self, shape: Shape) -> Iterator[Slot]:
        outputs, inputs = (ceil_div(size, 128) * 128 for size in shape)
        yield Slot("weight", "I16", (inputs // 16, outputs // 16, 8 * self.halves), Kind.PARAMETER)
        yield Slot("inputs", "F16", (inputs,))
        yield Slot("outputs", "F16", (outputs,))
        yield Slot("input_signs", "I16", (inputs // 16,), written=False)
        yield Slot("output_signs", "I16", (outputs // 16,), written=False)
        yield Slot("mul1" if self.mul1 else "mcg", "I32", (), written=self.tagged)

    def fits(self, shape: Shape) -> bool:
        return len(shape) == 2

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        shape = seen["weight"].shape
        if len(shape) == 3 and shape[-1] % 8 == 0 and 2 <= shape[-1] // 8 <= 16:
            scheme = cls(spelling, shape[-1] // 8, "mul1" in seen, "mul1" in seen or "mcg" in seen)
            yield Solution(scheme, (16 * shape[1], 16 * shape[0]), "medium", "")

    def describe(self) -> str:
        return f"EXL3, {self.halves / 2:g} bits"
