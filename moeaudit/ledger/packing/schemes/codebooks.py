"""Numbers of entries in a codebook: AQLM, sums of entries per group, and QuIP#, lattice points between two rotations.

Sources: AQLM, inference_lib/src/aqlm/inference.py, `QuantizedLinear` (`codes` (outputs / out group, inputs / in group,
codebooks); `codebooks` (codebooks, 2^bits, out group, in group); `scales` (outputs / out group, 1, 1, 1)) and
aqlm/utils.py, `get_int_dtype` (I8 up to 8 bits, I16 up to 16); QuIP#, lib/linear/quantized_linear.py,
`QuantizedLinear` (`SU` (inputs,), `SV` (outputs,), `Qidxs` of a packing that `codebook_id` names).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import Scheme, Seen, Shape, Slot, Solution, Spelling, spell
from moeaudit.vocabulary import Kind


@dataclass(frozen=True)
class Aqlm(Scheme):
    """`bits` of each number, `codebooks` numbers per group of `outputs` × `inputs` values."""

    title: ClassVar[str] = "AQLM"
    spellings: ClassVar[tuple[Spelling, ...]] = (spell(weight=".codes", codebooks=".codebooks", scale=".scales"),)
    packs: ClassVar[frozenset[str]] = frozenset({"I8", "I16", "U8", "U16", "I32"})
    needs: ClassVar[frozenset[str]] = frozenset({"weight", "codebooks", "scale"})

    bits: int = 16
    codebooks: int = 1
    outputs: int = 1
    inputs: int = 8

    def slots(self, shape: Shape) -> Iterator[Slot]:
        rows, columns = shape[0] // self.outputs, shape[1] // self.inputs
        yield Slot("weight", "I8" if self.bits <= 8 else "I16", (rows, columns, self.codebooks), Kind.PARAMETER)
        yield Slot("codebooks", None, (self.codebooks, 1 << self.bits, self.outputs, self.inputs))
        yield Slot("scale", None, (rows, 1, 1, 1))

    def fits(self, shape: Shape) -> bool:
        return len(shape) == 2 and shape[0] % self.outputs == 0 and shape[1] % self.inputs == 0

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight, books = seen["weight"], seen.get("codebooks")
        if len(weight.shape) != 3 or books is None or len(books.shape) != 4 or weight.shape[2] != books.shape[0]:
            return
        count, entries, outputs, inputs = books.shape
        scheme = cls(spelling, max(entries.bit_length() - 1, 1), count, outputs, inputs)
        yield Solution(scheme, (weight.shape[0] * outputs, weight.shape[1] * inputs))

    def describe(self) -> str:
        return f"AQLM, {self.codebooks}×{self.bits} bits per {self.outputs * self.inputs} values"


@dataclass(frozen=True)
class QuipSharp(Scheme):
    """The rotations' signs have the sizes of the matrix. `rows`, `columns`: values that one number of `Qidxs` spans."""

    title: ClassVar[str] = "QuIP#"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        spell(weight=".Qidxs", inputs=".SU", outputs=".SV", scale=".Wscale", codebook=".codebook_id",
              channels=".scaleWH", low=".A", rank=".B", split=".ocs_dupe_inds"),
    )  # fmt: skip
    packs: ClassVar[frozenset[str]] = frozenset({"U8", "I8", "I16", "U16", "I32", "U32", "I64", "U64"})
    needs: ClassVar[frozenset[str]] = frozenset({"weight", "inputs", "outputs"})

    dtype: str = "I64"
    rows: int = 1
    columns: int = 32

    def slots(self, shape: Shape) -> Iterator[Slot]:
        outputs, inputs = shape
        yield Slot("weight", self.dtype, (outputs // self.rows, inputs // self.columns), Kind.PARAMETER)
        yield Slot("inputs", "F16", (inputs,))
        yield Slot("outputs", "F16", (outputs,))
        yield Slot("scale", "F32", ())
        yield Slot("codebook", "I64", ())

    def fits(self, shape: Shape) -> bool:
        return len(shape) == 2 and shape[0] % self.rows == 0 and shape[1] % self.columns == 0

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight, inputs, outputs = seen["weight"], seen.get("inputs"), seen.get("outputs")
        if len(weight.shape) != 2 or inputs is None or outputs is None:
            return
        if len(inputs.shape) != 1 or len(outputs.shape) != 1 or 0 in weight.shape:
            return
        shape = (outputs.shape[0], inputs.shape[0])
        if not any(whole % part for whole, part in zip(shape, weight.shape, strict=True)):
            folds = [whole // part for whole, part in zip(shape, weight.shape, strict=True)]
            yield Solution(cls(spelling, weight.dtype, *folds), shape)

    def describe(self) -> str:
        return "QuIP#"
