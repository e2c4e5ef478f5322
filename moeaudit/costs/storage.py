"""How many bytes a weight takes in the checkpoint: the one thing costs must be told about storage formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Protocol

from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.indices import Indices
from moeaudit.later import dataclass
from moeaudit.ledger.packing import Storage as Format
from moeaudit.ledger.packing.scheme import Scheme
from moeaudit.vocabulary import Component


class StoredBytes(Protocol):
    """Bytes of all tensors of a template together, scales and zero points included."""

    def __call__(self, weight: Weight, /) -> int: ...


class LayerBytes(Protocol):
    """The same of one layer of a stack, with the layers that it holds for; a layer in several takes their sum."""

    def __call__(self, weight: Weight, /) -> Iterator[tuple[Indices, Fraction]]: ...


class Parts(Protocol):
    """A weight in parts that are stored alike, each with its scheme; None: stored as it is."""

    def __call__(self, weight: Weight, /) -> Iterable[tuple[Weight, Scheme | None]]: ...


def as_it_is(weight: Weight) -> Iterable[tuple[Weight, Scheme | None]]:
    return ((weight, None),)


@dataclass(frozen=True)
class Storage:
    """`stored_bytes` and `layer_bytes`, and where they come from ("headers", "config: fp8 blocks of 128 × 128",
    "assumed bf16").

    `expert_format`: the packed format of routed experts where they have one of their own ("mxfp4"): some engines pad
    it. `parts`: the schemes of a weight.
    """

    stored_bytes: StoredBytes
    layer_bytes: LayerBytes
    origin: str
    expert_format: str = ""
    parts: Parts = as_it_is


def uniform(bits: float = 16, *, origin: str = "") -> Storage:
    """Matrices at `bits` per parameter. Below 16, the head and what is no matrix stay in bf16, as in published
    releases; so do fixed dtypes."""

    def stored(weight: Weight) -> int:
        packed_too = bits >= 16 or (weight.linear and weight.component is not Component.HEAD)
        width = DTYPE_BITS.get(weight.dtype or "", bits if packed_too else 16)
        return int(weight.elements * width) // 8

    def of_a_layer(weight: Weight) -> Iterator[tuple[Indices, Fraction]]:
        yield weight.index[0], Fraction(stored(weight), len(weight.index[0]))

    return Storage(stored, of_a_layer, origin or f"assumed {bits:g} bits per matrix parameter")


def packed(format: Format, architecture: Architecture, *, origin: str = "") -> Storage:
    """From a storage format of the ledger (`moeaudit.ledger.packing.Storage`)."""
    experts = next(
        (weight for weight in architecture.weights if weight.sharding is Sharding.EXPERTS and weight.linear), None
    )
    schemes = [scheme for _, scheme in format.parts(experts) if scheme is not None] if experts else []
    words = schemes[0].describe().lower() if schemes else ""
    told = origin or f"config: {format.precision()}"
    expert_format = "mxfp4" if "mxfp4" in words else ""
    return Storage(format.stored_bytes, format.layer_bytes, told, expert_format, format.parts)
