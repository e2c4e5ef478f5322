"""Safetensors headers: names, types, shapes and offsets of one shard, checked against each other and against the file.

The format: 8 bytes, the length of the header as unsigned little-endian; the header, a JSON object
{name: {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {text: text}}; then the data, without holes.
Source: the format section of github.com/huggingface/safetensors (README.md) and its validation in src/tensor.rs.
"""

from __future__ import annotations

from math import prod
from typing import Any, cast

from moeaudit.collector import resting
from moeaudit.errors import NoEvidence, Place, UsageError
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.plain_header import Entries, Kind, plain_entries
from moeaudit.evidence.rows import numbering
from moeaudit.evidence.tables import Listed
from moeaudit.limits import (
    DIMENSIONS,
    ELEMENTS,
    HEADER_BYTES,
    METADATA_BYTES,
    NAME_LETTERS,
    STRICT_HEADER_VALUES,
    TENSORS,
)
from moeaudit.text import quoted

LENGTH_BYTES = 8

DTYPE = b'"dtype"'

POINTER = b"version "
"""How a git-lfs pointer begins, read where a header's length should be."""


OTHER_KINDS = {
    b"GGUF": "a GGUF file",
    b"PK\x03\x04": "a zip, as pickled weights are",
    b"\x80\x02": "a pickle",
    b"\x80\x04": "a pickle",
    b"<!DOCTYP": "a web page",
    b"<!doctyp": "a web page",
    b"<html": "a web page",
    b"\x1f\x8b": "a compressed file",
}
"""How files begin that are called safetensors and are not: asked only where the length is beyond all headers."""


def header_length(prefix: bytes, file: str, file_size: int | None) -> int:
    """The header's length from the first 8 bytes of a file. `file_size` in bytes, None where unknown."""
    if prefix == POINTER:
        raise NoEvidence(
            "the weight file is a git-lfs pointer, its data was not fetched",
            place=Place(file),
            hint="Run `git lfs pull`, or stay with --depth index.",
        )
    if len(prefix) < LENGTH_BYTES:
        raise UsageError(
            f"the file has {len(prefix)} bytes, too short for a safetensors header",
            place=Place(file),
            hint="Download it again.",
        )
    length = int.from_bytes(prefix, "little")
    if length > HEADER_BYTES:
        other = next((what for magic, what in OTHER_KINDS.items() if prefix.startswith(magic)), None)
        if other is not None:
            raise UsageError(f"this is {other}, no safetensors file", place=Place(file), hint="Download it again.")
        raise UsageError(
            f"the header claims {length:,} bytes, {HEADER_BYTES.words()}",
            place=Place(file),
            hint="No published model has such a header.",
        )
    if file_size is not None and LENGTH_BYTES + length > file_size:
        raise UsageError(
            f"the header claims {length:,} bytes, but the file has {file_size:,} in all",
            place=Place(file),
            hint="The file is cut off; download it again.",
        )
    return length


def read_header(header: bytes, file: str, file_size: int | None) -> Listed:
    """The tensors of one shard, in the order of their data. `header` is the JSON text without the 8 bytes before it.

    UsageError for whatever the reference reader refuses: unknown type, wrong shape, offsets that overlap, leave a hole
    or run past the file, a size that differs from shape times type.
    """
    place = Place(f"{file} (header)")
    check_amounts(header, place)
    with resting():
        plain = plain_entries(header, lambda dtype, shape: _stored("", {"dtype": dtype, "shape": shape}, place))
        names, which, kinds, data = plain or _strict(header, place)
    _check_end(data, len(header), file_size, place)
    return Listed(names, which, [(dtype, shape, file) for dtype, shape, _ in kinds])


def check_amounts(header: bytes, place: Place) -> None:
    """UsageError where a header says more than any model's, before anything is made of it."""
    if len(header) > len(DTYPE) * TENSORS and header.count(DTYPE) > TENSORS:
        raise UsageError(f"the header lists {TENSORS.words()}", place=place, hint="No published model has as many.")
    if header.find(DTYPE, 0, METADATA_BYTES + NAME_LETTERS) < 0 and len(header.rstrip(b" ")) > METADATA_BYTES:
        raise UsageError(
            f"the header holds {METADATA_BYTES.words()} or no tensor", place=place, hint="No model's header does."
        )


def _strict(header: bytes, place: Place) -> Entries:
    """The tensors of any header, with every check."""
    entries = read_object(header, place.file, most=STRICT_HEADER_VALUES)
    _check_metadata(entries.pop("__metadata__", {}), place)
    spans = sorted((*_offsets(name, entry, place), name) for name, entry in entries.items())
    known: dict[Kind, int] = numbering()
    names, which, reached = [], [], 0
    for begin, end, name in spans:
        kind = dtype, shape, size = _stored(name, entries[name], place)
        if begin != reached:
            raise UsageError(
                f"tensor {quoted(name)} begins at byte {begin:,}, where the data before it ends at {reached:,}",
                place=place,
                hint="The offsets overlap or leave a hole.",
            )
        if end - begin != size:
            raise UsageError(
                f"tensor {quoted(name)} takes {end - begin:,} bytes, but {dtype} of shape {list(shape)} needs {size:,}",
                place=place,
                hint="The header contradicts itself; the file is broken.",
            )
        reached = end
        names.append(name)
        which.append(known[kind])
    return Entries(names, which, list(known), reached)


def _check_metadata(metadata: object, place: Place) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise UsageError("__metadata__ is not an object of texts", place=place)


def _offsets(name: str, entry: object, place: Place) -> tuple[int, int]:
    offsets: Any = entry.get("data_offsets") if isinstance(entry, dict) else None
    if not _whole_numbers(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise UsageError(f"tensor {quoted(name)} has no data_offsets [begin, end]", place=place)
    return offsets[0], offsets[1]


def _stored(name: str, entry: dict[str, Any], place: Place) -> Kind:
    """Type, shape and size in bytes of one entry."""
    dtype, shape = entry.get("dtype"), cast("list[int]", entry.get("shape"))
    if not isinstance(dtype, str) or dtype not in DTYPE_BITS:
        raise UsageError(
            f"tensor {quoted(name)} has the unknown type {quoted(dtype)}",
            place=place,
            hint=f"Known: {', '.join(DTYPE_BITS)}.",
        )
    if not _whole_numbers(shape):
        raise UsageError(f"tensor {quoted(name)} has no shape of whole numbers", place=place)
    too_large = len(shape) > DIMENSIONS or max(shape, default=0) > ELEMENTS
    bits = 0 if too_large else prod(shape) * DTYPE_BITS[dtype]
    if too_large or bits > 8 * ELEMENTS:
        raise UsageError(f"tensor {quoted(name)} has {ELEMENTS.words()} for any file", place=place)
    if bits % 8:
        raise UsageError(f"tensor {quoted(name)} of type {dtype} does not end at a whole byte", place=place)
    return dtype, tuple(shape), bits // 8


def _check_end(data: int, header: int, file_size: int | None, place: Place) -> None:
    """The data must fill the file exactly."""
    if file_size is not None and LENGTH_BYTES + header + data != file_size:
        held = file_size - LENGTH_BYTES - header
        raise UsageError(
            f"the header describes {data:,} bytes of data, the file holds {held:,}",
            place=place,
            hint="The file is cut off or broken; download it again.",
        )


def _whole_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(type(number) is int and number >= 0 for number in value)
