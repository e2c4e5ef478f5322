"""The encodings of stored tensors: safetensors' element types, and GGUF's blocks of quantised elements.

Sources: the `Dtype` enum of the safetensors crate, 0.8 (safetensors/src/tensor.rs); `ggml_type` and the block structs
of github.com/ggml-org/llama.cpp (ggml/include/ggml.h, ggml/src/ggml-common.h), as GGML_QUANT_SIZES of the `gguf`
package lists them. Tests hold both lists against the installed libraries.
"""

from __future__ import annotations

from typing import NamedTuple

DTYPE_BITS = {
    "F4": 4,
    "F6_E2M3": 6, "F6_E3M2": 6,
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32,
    "U64": 64, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
"""Bits of one element, of the types of safetensors."""


class Block(NamedTuple):
    """Elements that are stored together, scales and minima among them, and the bytes that they take."""

    elements: int
    bytes: int

    @property
    def bits(self) -> float:
        """Bits per element."""
        return 8 * self.bytes / self.elements


GGML_BLOCKS = {
    "Q4_0": Block(32, 18), "Q4_1": Block(32, 20), "Q5_0": Block(32, 22), "Q5_1": Block(32, 24),
    "Q8_0": Block(32, 34), "Q8_1": Block(32, 40),
    "Q2_K": Block(256, 84), "Q3_K": Block(256, 110), "Q4_K": Block(256, 144), "Q5_K": Block(256, 176),
    "Q6_K": Block(256, 210), "Q8_K": Block(256, 292),
    "IQ1_S": Block(256, 50), "IQ1_M": Block(256, 56), "IQ2_XXS": Block(256, 66), "IQ2_XS": Block(256, 74),
    "IQ2_S": Block(256, 82), "IQ3_XXS": Block(256, 98), "IQ3_S": Block(256, 110), "IQ4_NL": Block(32, 18),
    "IQ4_XS": Block(256, 136),
    "TQ1_0": Block(256, 54), "TQ2_0": Block(256, 66), "Q1_0": Block(128, 18),
    "MXFP4": Block(32, 17), "NVFP4": Block(64, 36),
}  # fmt: skip
"""The quantised types of ggml. Others that GGUF knows (F32, I8 …) are types of safetensors too."""

GGML_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
    12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
    29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0",
}  # fmt: skip
"""The types of a GGUF file by their numbers. Those between were removed from the format: no reader has their blocks."""

ENCODINGS = {**{dtype: Block(8, bits) for dtype, bits in DTYPE_BITS.items()}, **GGML_BLOCKS}
"""Every type that a table of tensors may name, as blocks: eight elements of b bits take b bytes."""


def stored_bytes(dtype: str, elements: int) -> int:
    """Bytes of so many elements of a type."""
    block = ENCODINGS[dtype]
    return elements * block.bytes // block.elements
