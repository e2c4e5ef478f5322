"""How many bytes a weight takes in the checkpoint: the one thing costs must be told about storage formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from moeaudit.architecture.weights import Weight

DTYPE_BITS = {"F64": 64, "F32": 32, "BF16": 16, "F16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U8": 8, "BOOL": 8}
"""Bits per element of safetensors' dtype words."""


class StoredBytes(Protocol):
    """Bytes of all tensors of a template together, scales and zero points included."""

    def __call__(self, weight: Weight, /) -> int: ...


@dataclass(frozen=True)
class Storage:
    """`stored_bytes` and where it comes from ("headers", "config: fp8 blocks of 128 × 128", "assumed bf16").

    `expert_format`: the packed format of routed experts where they have one of their own ("mxfp4"): some engines pad it.
    """

    stored_bytes: StoredBytes
    origin: str
    expert_format: str = ""


def uniform(bits: int = 16, *, origin: str = "") -> Storage:
    """Every weight at `bits` per parameter, but for those whose dtype the format fixes."""
    def stored(weight: Weight) -> int:
        return weight.elements * DTYPE_BITS.get(weight.dtype or "", bits) // 8

    return Storage(stored, origin or f"assumed {bits} bits per parameter")
