"""Every storage scheme, in the order in which they are tried on the tensors seen. One that is not listed does not
exist."""

from __future__ import annotations

from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.ledger.packing.schemes.bitsandbytes import Bnb4, Bnb8
from moeaudit.ledger.packing.schemes.codebooks import Aqlm, QuipSharp
from moeaudit.ledger.packing.schemes.fp4 import Mxfp4, Mxfp4Blocks, Nvfp4
from moeaudit.ledger.packing.schemes.hqq import Hqq
from moeaudit.ledger.packing.schemes.int4 import Awq, Gptq, Int4Bytes, PackQuantized
from moeaudit.ledger.packing.schemes.mlx import Mlx
from moeaudit.ledger.packing.schemes.scaled import Scaled
from moeaudit.ledger.packing.schemes.trellis import Exl2, Exl3

SCHEMES: tuple[type[Scheme], ...] = (
    Mxfp4Blocks,
    Bnb4,
    Bnb8,
    Exl2,
    Exl3,
    Aqlm,
    QuipSharp,
    Hqq,
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
    "Aqlm",
    "Awq",
    "Bnb4",
    "Bnb8",
    "Exl2",
    "Exl3",
    "Gptq",
    "Hqq",
    "Int4Bytes",
    "Mlx",
    "Mxfp4",
    "Mxfp4Blocks",
    "Nvfp4",
    "PackQuantized",
    "QuipSharp",
    "Scaled",
]
