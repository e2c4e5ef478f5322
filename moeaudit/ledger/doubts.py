"""What is odd about the weights, as values: each with its cause, what it concerns, and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from moeaudit.evidence.model import Depth
from moeaudit.evidence.tables import total
from moeaudit.later import dataclass


class Cause(StrEnum):
    """Why an account is not as the config says. Each is one rule of the same id (`moeaudit.checks.causes`)."""

    # what is there
    WEIGHTS_MISSING = "weights-missing"
    WEIGHTS_UNEXPECTED = "weights-unexpected"
    WEIGHTS_SHAPES = "weights-shapes"
    ENCODERS_ABSENT = "encoders-absent"
    EXPERTS_MISSING = "experts-missing"
    EXPERTS_RENUMBERED = "experts-renumbered"
    # how it is named and laid out
    WEIGHTS_RENAMED = "weights-renamed"
    WEIGHTS_RELAID = "weights-relaid"
    # how it is stored
    STORED_UNPACKED = "stored-unpacked"
    STORED_PACKED = "stored-packed"
    STORED_DTYPE = "stored-dtype"
    DTYPE_CONTRADICTS = "dtype-contradicts"
    WEIGHTS_BYTES = "weights-bytes"
    INDEX_BYTES = "index-bytes"
    # packing that does not come out
    STORAGE_UNKNOWN = "storage-unknown"
    PACKING_SCALES_MISSING = "packing-scales-missing"
    PACKING_SHAPES_DISAGREE = "packing-shapes-disagree"
    PACKING_ASSUMED = "packing-assumed"
    PACKING_MISDECLARED = "packing-misdeclared"
    PACKING_ORPHAN = "packing-orphan"
    PACKING_UNREADABLE = "packing-unreadable"
    # files beside the index
    FILES_SECOND_COPY = "files-second-copy"
    FILES_ONLY_COPY = "files-only-copy"
    FILES_SIDECAR = "files-sidecar"
    FILES_FORGOTTEN = "files-forgotten"


@dataclass(frozen=True)
class Doubt:
    """One cause, told once. `message` is a sentence for people (foreign text in it is already shown safely).

    `tensors` and `bytes`: what it concerns, as stored; bytes None where unknown. `open`: parameters that it leaves
    unsettled (0: the count stands, and this is said as a note). `settled_by`: the depth that would settle it, None
    where none would. `claimed`, `derived`: both sides.
    """

    cause: Cause
    message: str
    tensors: int = 0
    bytes: int | None = None
    open: int = 0
    settled_by: Depth | None = None
    claimed: str = ""
    derived: str = ""
    path: str = ""


def by_cause(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """One doubt for each cause: the first in full, the others by their number. Files beside the index stay apart, each
    being a thing of its own."""
    groups: dict[object, list[Doubt]] = {}
    for doubt in doubts:
        key = (doubt.cause, doubt.message) if doubt.cause.value.startswith("files-") else doubt.cause
        groups.setdefault(key, []).append(doubt)
    return tuple(_together(alike) if len(alike) > 1 else alike[0] for alike in groups.values())


def _together(alike: list[Doubt]) -> Doubt:
    first = alike[0]
    more = "; ".join(doubt.message for doubt in alike[1:MOST_TOLD])
    rest = f"; and {len(alike) - MOST_TOLD} more" if len(alike) > MOST_TOLD else ""
    return replace(
        first,
        message=f"{first.message}; {more}{rest}",
        tensors=sum(doubt.tensors for doubt in alike),
        bytes=total(doubt.bytes for doubt in alike),
        open=sum(doubt.open for doubt in alike),
    )


MOST_TOLD = 3
"""Of one cause: so many are told in full."""
