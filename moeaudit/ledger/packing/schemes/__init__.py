"""Every storage scheme, in the order in which they are tried on the tensors seen. One that is not listed does not
exist."""

from __future__ import annotations

from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.ledger.packing.schemes.bitsandbytes import Bnb4, Bnb8
from moeaudit.ledger.packing.schemes.fp4 import Mxfp4, Mxfp4Blocks, Nvfp4
from moeaudit.ledger.packing.schemes.int4 import Awq, Gptq, Int4Bytes, PackQuantized
from moeaudit.ledger.packing.schemes.mlx import Mlx
from moeaudit.ledger.packing.schemes.scaled import Scaled

SCHEMES: tuple[type[Scheme], ...] = (
    Mxfp4Blocks,
    Bnb4,
    Bnb8,
    Gptq,
    Awq,
    PackQuantized,
    Mlx,
    Nvfp4,
    Mxfp4,
    Int4Bytes,
    Scaled,
)

__all__ = [
    "SCHEMES",
    "Awq",
    "Bnb4",
    "Bnb8",
    "Gptq",
    "Int4Bytes",
    "Mlx",
    "Mxfp4",
    "Mxfp4Blocks",
    "Nvfp4",
    "PackQuantized",
    "Scaled",
]
