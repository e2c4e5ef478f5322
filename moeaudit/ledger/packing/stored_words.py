"""What the headers' own types say of a format, where the config's words are not theirs: a config that names a format
which no tensor has, or none where bytes are packed; no config at all, and weights of another type than the usual."""

from __future__ import annotations

from collections.abc import Mapping

from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.packing.storage import Storage

PLAIN = frozenset({"F64", "F32", "F16", "BF16"})
"""Types that hold a weight as it is."""

MOST_BY_THE_WAY = 20
"""Of so many bytes one may be of another type without a format: tables of token numbers, counters of a buffer."""

TYPES_TOLD, LEAST_TOLD = 3, 1000
"""Types that are told, each of at least one byte in so many."""


def precision_of(storage: Storage, table: TensorTable | None) -> str:
    """The config's words, or the types in the headers where these hold nothing of the kind."""
    said = storage.precision()
    held = bytes_by_type(table) if table is not None else {}
    if not storage.recipe.known or not held:
        return said
    whole, packed = sum(held.values()), sum(size for dtype, size in held.items() if dtype not in PLAIN)
    follows = packed > 0 if storage.recipe.packs else packed * MOST_BY_THE_WAY <= whole and said in held
    return said if follows else in_words(held)


def in_words(held: Mapping[str, int]) -> str:
    """`F8_E4M3 84.3 %, BF16 15.7 %` of the bytes; a type alone without its share."""
    whole = sum(held.values())
    listed = sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))
    told = [(dtype, size) for dtype, size in listed[:TYPES_TOLD] if size * LEAST_TOLD >= whole]
    if len(told) == 1:
        return told[0][0]
    return ", ".join(f"{dtype} {100 * size / whole:.1f} %" for dtype, size in told)


def bytes_by_type(table: TensorTable) -> dict[str, int]:
    """Bytes of each type that headers list; nothing of headers made from a config."""
    held: dict[str, int] = {}
    for group in table.groups:
        if group.dtype is not None and (size := group.bytes):
            held[group.dtype] = held.get(group.dtype, 0) + size
    return held
