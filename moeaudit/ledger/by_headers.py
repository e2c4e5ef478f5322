"""What headers settle: types and shapes are read, and nothing is left to guess but what is not understood."""

from __future__ import annotations

from dataclasses import field, replace

from moeaudit.evidence.model import Evidence
from moeaudit.later import dataclass
from moeaudit.ledger.compare import Comparison
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.packing.storage import Storage
from moeaudit.ledger.packing.unpacked import Unpacked
from moeaudit.ledger.settle import Settling, other_types
from moeaudit.ledger.stored import SettledStorage, rates_of
from moeaudit.ledger.values import Count, Value
from moeaudit.text import several
from moeaudit.vocabulary import Basis, Kind, Part


@dataclass(frozen=True)
class Settled:
    """What one witness settles: the basis of what both sides name, bytes seen − derived, and how it is all stored."""

    basis: Basis
    difference: int | None
    storage: Storage
    elements: Value | None
    others: dict[Kind, int] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


def by_headers(made: Settling, comparison: Comparison, evidence: Evidence, beside: int) -> Settled:
    """Types and shapes are read: nothing is left to guess but what is not understood. `beside`: elements that files
    beside the index hold."""
    assert evidence.headers is not None
    basis = Basis.PREDICTED if evidence.synthesised else Basis.READ
    elements = evidence.headers.elements
    unexpected, missing = comparison.unexpected.bytes, comparison.missing.bytes
    difference = unexpected - missing if unexpected is not None and missing is not None else None
    storage = SettledStorage.over(in_its_type(made), rates_of(made.matching))
    return Settled(
        basis,
        difference,
        storage,
        None if elements is None else Count(elements + beside, basis),
        kinds_of(made.unpacked),
        index_doubts(evidence),
    )


def in_its_type(made: Settling) -> Storage:
    """The storage in the type that most plain weights were read in."""
    other, whole = other_types(made)
    for (_, dtype), (count, _) in other.items():
        if 2 * count > whole:
            return replace(made.storage, dtypes=dict.fromkeys(Part, dtype))
    return made.storage


def index_doubts(evidence: Evidence) -> tuple[Doubt, ...]:
    """Where the index says another size than the shards that it lists."""
    index, headers = evidence.index, evidence.headers
    if index is None or headers is None or index.total_size in (None, headers.bytes) or evidence.missing_shards:
        return ()
    return (
        Doubt(
            Cause.INDEX_BYTES,
            f"total_size says {index.total_size:,} bytes, the shards' headers list {headers.bytes:,}",
            claimed=f"total_size {index.total_size:,}",
            derived=f"{headers.bytes:,} bytes in {several(headers.tensors, 'tensor')}",
            path="metadata.total_size",
        ),
    )


def kinds_of(unpacked: Unpacked) -> dict[Kind, int]:
    """Stored elements that are no parameters."""
    kinds: dict[Kind, int] = {}
    for one in unpacked.non_parameters:
        kinds[one.kind] = kinds.get(one.kind, 0) + (one.group.elements or 0)
    return kinds
