"""Two 4-bit floats in a byte: MXFP4 (32 values per power-of-two scale) and NVFP4 (16 values per FP8 scale and one
more for all).

Sources: OCP Microscaling Formats v1.0 (E2M1 values, E8M0 scale, blocks of 32); gpt-oss (`_blocks` (experts, outputs,
inputs / 32, 16), `_scales` (experts, outputs, inputs / 32)) as read by transformers 5.23, integrations/mxfp4.py;
DeepSeek-V4 (I8 with an F8_E8M0 `.scale`) as read there by integrations/finegrained_fp8.py; modelopt 0.47,
export/quant_utils.py (U8 `weight`, `weight_scale`, `weight_scale_2`, `input_scale`); compressed-tensors 0.20,
compressors/nvfp4 and mxfp4 (`weight_packed`, `weight_scale`, `weight_global_scale`, `input_global_scale`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from moeaudit.later import dataclass
from moeaudit.ledger.packing.scheme import (
    BARE,
    BLOCKS,
    MODULE,
    Scheme,
    Seen,
    Shape,
    Slot,
    Solution,
    Spelling,
    Tile,
    last,
    spell,
)
from moeaudit.vocabulary import Kind

BYTES = frozenset({"U8", "I8"})
EXPONENTS = frozenset({"F8_E8M0", "U8"})

NATIVE = spell(weight=MODULE, scale=".scale")
MODELOPT = spell(
    weight=MODULE,
    scale=".weight_scale",
    scale_2=".weight_scale_2",
    input_scale=".input_scale",
    smoothing=".pre_quant_scale",
)
MODELOPT_STACKED = spell(weight=BARE, scale="_weight_scale", scale_2="_weight_scale_2", input_scale="_input_scale")
COMPRESSED = spell(
    weight=".weight_packed",
    scale=".weight_scale",
    scale_2=".weight_global_scale",
    input_scale=".input_global_scale",
    zero=".weight_zero_point",
)
INVERSE = spell(weight=MODULE, scale=".weight_scale_inv")
STACKED_INVERSE = spell(weight=BARE, scale="_scale_inv")
STACKED_SHORT = spell(weight=BARE, scale="_scale", scale_2="_scale_2", input_scale="_input_scale")
COMPRESSED_STACKED = spell(weight="_packed", scale="_scale", scale_2="_global_scale", input_scale="_input_global_scale")


@dataclass(frozen=True)
class Fp4(Scheme):
    """The last axis is halved; `group` inputs share a scale."""

    title: ClassVar[str] = "4-bit floats, two per byte"
    packs: ClassVar[frozenset[str]] = BYTES

    dtype: str = "U8"
    scale_dtype: str = "F8_E8M0"
    group: int = 32

    def slots(self, shape: Shape) -> Iterator[Slot]:
        yield Slot("weight", self.dtype, last(shape, shape[-1] // 2), Kind.PARAMETER)
        yield Slot("scale", self.scale_dtype, last(shape, shape[-1] // self.group))

    def fits(self, shape: Shape) -> bool:
        return len(shape) >= 2 and shape[-1] % self.group == 0

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight, scale = seen["weight"], seen.get("scale")
        if len(weight.shape) < 2:
            return
        scheme = cls.of(spelling, seen)
        shape = last(weight.shape, weight.shape[-1] * 2)
        if scale is None:
            if isinstance(hint, cls):
                yield Solution(scheme, shape, "medium", "4-bit by the config; no scale is stored beside it")
            elif dict(spelling)["weight"] not in (MODULE, BARE):
                yield Solution(scheme, shape, "low", "4-bit by the name of the tensor; no scale is stored beside it")
        elif scale.dtype in cls.scale_dtypes() and scale.shape == last(shape, shape[-1] // scheme.group):
            yield Solution(scheme, shape)

    @classmethod
    def of(cls, spelling: Spelling, seen: Mapping[str, Seen]) -> Fp4:
        """The scheme with the types seen."""
        scale = seen.get("scale")
        return cls(spelling, seen["weight"].dtype, scale.dtype if scale else cls.scale_dtype)

    @classmethod
    def scale_dtypes(cls) -> frozenset[str]:
        return EXPONENTS

    @property
    def tile(self) -> Tile | None:
        return Tile("mxfp4" if self.scale_dtypes() == EXPONENTS else "nvfp4", inputs=self.group)

    def describe(self) -> str:
        return f"MXFP4, groups of {self.group}"


@dataclass(frozen=True)
class Mxfp4(Fp4):
    """A power-of-two scale per 32 values, in the weight's own module."""

    title: ClassVar[str] = "MXFP4"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        NATIVE,
        MODELOPT,
        COMPRESSED,
        INVERSE,
        STACKED_INVERSE,
        MODELOPT_STACKED,
        STACKED_SHORT,
        COMPRESSED_STACKED,
    )


@dataclass(frozen=True)
class Nvfp4(Fp4):
    """An FP8 scale per 16 values, and an F32 scale for the tensor. `static`: one for the activations is stored too."""

    title: ClassVar[str] = "NVFP4"
    spellings: ClassVar[tuple[Spelling, ...]] = (
        MODELOPT,
        COMPRESSED,
        MODELOPT_STACKED,
        STACKED_SHORT,
        COMPRESSED_STACKED,
    )

    scale_dtype: str = "F8_E4M3"
    group: int = 16
    static: bool = True

    def slots(self, shape: Shape) -> Iterator[Slot]:
        yield from super().slots(shape)
        whole: Shape = (1,) if dict(self.spelling or MODELOPT)["weight"] == ".weight_packed" else shape[:-2]
        yield Slot("scale_2", "F32", whole)
        if self.static:
            yield Slot("input_scale", "F32", whole)

    @classmethod
    def of(cls, spelling: Spelling, seen: Mapping[str, Seen]) -> Nvfp4:
        return cls(spelling, seen["weight"].dtype, static="input_scale" in seen)

    @classmethod
    def scale_dtypes(cls) -> frozenset[str]:
        return frozenset({"F8_E4M3"})

    def describe(self) -> str:
        return f"NVFP4, groups of {self.group}"


@dataclass(frozen=True)
class Mxfp4Blocks(Scheme):
    """gpt-oss: blocks of 16 bytes with outputs before inputs, while the plain tensor has inputs before outputs."""

    title: ClassVar[str] = "MXFP4 blocks"
    spellings: ClassVar[tuple[Spelling, ...]] = (spell(weight=BLOCKS, scale="_scales"),)
    packs: ClassVar[frozenset[str]] = frozenset({"U8"})

    def slots(self, shape: Shape) -> Iterator[Slot]:
        *stack, inputs, outputs = shape
        yield Slot("weight", "U8", (*stack, outputs, inputs // 32, 16), Kind.PARAMETER)
        yield Slot("scale", "U8", (*stack, outputs, inputs // 32))

    def fits(self, shape: Shape) -> bool:
        return len(shape) >= 2 and shape[-2] % 32 == 0

    @classmethod
    def solutions(cls, seen: Mapping[str, Seen], spelling: Spelling, hint: Scheme | None) -> Iterator[Solution]:
        weight = seen["weight"]
        if len(weight.shape) >= 3 and weight.shape[-1] == 16:
            *stack, outputs, blocks, size = weight.shape
            yield Solution(cls(spelling), (*stack, blocks * size * 2, outputs))

    @property
    def tile(self) -> Tile | None:
        return Tile("mxfp4", inputs=32)

    def describe(self) -> str:
        return "MXFP4, groups of 32"
