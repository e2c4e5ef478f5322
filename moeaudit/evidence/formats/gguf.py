"""GGUF headers: the keys and the tensors of one file, checked against each other and against the file.

The format, versions 2 and 3: "GGUF", the version (uint32), the number of tensors and of keys (uint64 each); the keys,
each a text, a type and a value; the tensors, each a name, its sizes (fastest first), a type and an offset; then, from
the next multiple of `general.alignment` (32 where it is not said) on, the data, each tensor aligned alike and in order.
A text is its length (uint64) and its bytes. From version 3 on all may be big-endian, but for "GGUF".
Source: docs/gguf.md of github.com/ggml-org/ggml, and what llama.cpp's own reader refuses (ggml/src/gguf.cpp).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, prod
from typing import Any

from moeaudit.evidence.dtypes import ENCODINGS, GGML_TYPES, stored_bytes
from moeaudit.evidence.formats.gguf_bytes import SPAN, UINT32, Read, Stream, not_gguf
from moeaudit.evidence.rows import Stored, numbering
from moeaudit.evidence.tables import Listed
from moeaudit.later import dataclass
from moeaudit.limits import ELEMENTS, GGUF_KEYS, GGUF_VALUE, KEY_LETTERS, NAME_LETTERS, TENSORS
from moeaudit.text import quoted

MAGIC = b"GGUF"
VERSIONS = (2, 3)
BOOL, TEXT, LIST = 7, 8, 9
TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool", "text", "list", "uint64", "int64",
         "float64")  # fmt: skip
SIZES = (1, 1, 2, 2, 4, 4, 4, 1, 8, 0, 8, 8, 8)
"""Bytes of a value of each type; of a text its length alone."""

ALIGNMENT, ALIGNED = "general.alignment", 32
DIMENSIONS = 4
"""Dimensions of a tensor, at most (GGML_MAX_DIMS)."""

MISSING = object()


@dataclass(frozen=True)
class Header:
    """What the head of one file says. `keys`: values by key, in the file's order; `omitted`: keys whose values are not
    kept (vocabularies, templates, long texts and lists, numbers that JSON cannot say).

    `bytes` and `sha256` are of the head, up to the last tensor's entry; `data`: bytes of all tensors, holes between
    them included.
    """

    keys: Mapping[str, Any]
    omitted: tuple[str, ...]
    tensors: Listed
    bytes: int
    sha256: str
    data: int
    version: int


def read_header(read: Read, file: str, size: int | None, span: int = SPAN) -> Header:
    """The header of a file. `size` in bytes, None where unknown; `span`: bytes to ask for first.

    UsageError, with the byte where it stands, for whatever is no header that llama.cpp would load, or lies about the
    file.
    """
    stream = Stream(read, file, size, span)
    version = _version(stream, file)
    tensors, keys = stream.count(), stream.count()
    _check_count(stream, tensors, TENSORS, "tensors", 32)
    _check_count(stream, keys, GGUF_KEYS, "keys", 13)
    kept: dict[str, Any] = {}
    omitted: dict[str, None] = {}
    alignment = ALIGNED
    for _ in range(keys):
        at, key = stream.offset, _text(stream, "a key", KEY_LETTERS)
        if key in kept or key in omitted:
            stream.fail(f"the key {quoted(key)} stands there twice", at)
        kind = stream.count(UINT32)
        value = _value(stream, key, kind)
        if key == ALIGNMENT:
            alignment = _alignment(stream, value, kind, at)
        if value is MISSING:
            omitted[key] = None
        else:
            kept[key] = value
    listed, data = _tensors(stream, tensors, alignment)
    head = stream.offset
    _check_end(stream, head, alignment, data)
    return Header(kept, tuple(omitted), listed, head, stream.done(), data, version)


def _version(stream: Stream, file: str) -> int:
    if stream.size is not None and stream.size < len(MAGIC):
        raise not_gguf(b"", file)
    magic = stream.taken(len(MAGIC))
    if magic != MAGIC:
        raise not_gguf(magic, file)
    at, version = stream.offset, stream.count(UINT32)
    if version and version % 65536 == 0:
        stream.order = ">"
        version = int.from_bytes(version.to_bytes(4, "little"), "big")
    if version not in VERSIONS:
        stream.fail(f"GGUF version {version:,} is not read", at, "Versions 2 and 3 are: convert it again.")
    return version


def _check_count(stream: Stream, count: int, most: Any, what: str, least: int) -> None:
    """`least`: bytes that one takes at least."""
    if count > most:
        stream.fail(f"the header lists {most.words()}", hint="No published model has as many.")
    if stream.size is not None and count * least > stream.size:
        stream.fail(
            f"the header claims {count:,} {what}, more than a file of {stream.size:,} bytes can list",
            hint="The file is cut off or broken; download it again.",
        )


def _text(stream: Stream, what: str, most: int) -> str:
    at, length = stream.offset, stream.count()
    if length > most:
        stream.bounded(length)
        stream.fail(f"{what} has {length:,} bytes, the limit is {most:,}", at)
    data = stream.taken(length)
    try:
        return data.decode()
    except UnicodeDecodeError:
        stream.fail(f"{what} is not UTF-8", at)


def _value(stream: Stream, key: str, kind: int) -> Any:
    """A value, or MISSING where it was stepped over."""
    keep = not key.startswith("tokenizer.")
    if kind == LIST:
        return _list(stream, key, keep)
    if kind == TEXT:
        return _kept_text(stream, key, GGUF_VALUE if keep else 100)
    return _number(stream, key, kind)


def _number(stream: Stream, key: str, kind: int) -> Any:
    if kind == BOOL:
        at, said = stream.offset, stream.count(0)
        if said > 1:
            stream.fail(f"{quoted(key)} is a bool of value {said}", at)
        return bool(said)
    _check_type(stream, key, kind)
    number = stream.number(kind)
    return number if isfinite(number) else MISSING


def _check_type(stream: Stream, key: str, kind: int) -> None:
    if kind >= len(TYPES):
        stream.fail(f"{quoted(key)} has the unknown type {kind}", stream.offset - 4, "Types 0 to 12 are known.")


def _kept_text(stream: Stream, key: str, most: int) -> Any:
    at, length = stream.offset, stream.count()
    if length > most:
        stream.skip(length)
        return MISSING
    try:
        return stream.taken(length).decode()
    except UnicodeDecodeError:
        stream.fail(f"the text {quoted(key)} is not UTF-8", at)


def _list(stream: Stream, key: str, keep: bool) -> Any:
    kind = stream.count(UINT32)
    _check_type(stream, key, kind)
    if kind == LIST:
        stream.fail(f"{quoted(key)} is a list of lists, which llama.cpp does not read", stream.offset - 4)
    count = stream.count()
    stream.bounded(count * SIZES[kind])
    if not keep or count > (GGUF_VALUE // 100 if kind == TEXT else GGUF_VALUE):
        if kind == TEXT:
            stream.skip_texts(count)
        else:
            stream.skip(count * SIZES[kind])
        return MISSING
    values = [_kept_text(stream, key, GGUF_VALUE) if kind == TEXT else _number(stream, key, kind) for _ in range(count)]
    return MISSING if MISSING in values else values


def _alignment(stream: Stream, value: Any, kind: int, at: int) -> int:
    if kind != UINT32 or value < 1 or value & (value - 1):
        stream.fail(f"{ALIGNMENT} is {TYPES[kind]} {quoted(value)}, expected uint32, a power of two", at)
    return int(value)


def _tensors(stream: Stream, count: int, alignment: int) -> tuple[Listed, int]:
    """The tensors in the order of their data, and the bytes up to the end of the last."""
    kinds: dict[Stored, int] = numbering()
    names: dict[str, None] = {}
    which: list[int] = []
    reached = end = 0
    for _ in range(count):
        at, name = stream.offset, _text(stream, "a tensor's name", NAME_LETTERS)
        if name in names:
            stream.fail(f"tensor {quoted(name)} stands there twice", at)
        dtype, shape, size = _stored(stream, name, at)
        offset = stream.count()
        if offset != reached:
            stream.fail(
                f"tensor {quoted(name)} begins at byte {offset:,} of the data, expected {reached:,}",
                at,
                "The offsets overlap, leave a hole or are out of order.",
            )
        end = reached + size
        reached = -(-end // alignment) * alignment
        names[name] = None
        which.append(kinds[dtype, shape, stream.place.file])
    return Listed(list(names), which, list(kinds)), end


def _stored(stream: Stream, name: str, at: int) -> tuple[str, tuple[int, ...], int]:
    """Type, shape (slowest first) and bytes of one tensor."""
    dimensions = stream.count(UINT32)
    if not 1 <= dimensions <= DIMENSIONS:
        stream.fail(f"tensor {quoted(name)} has {dimensions:,} dimensions, expected 1 to {DIMENSIONS}", at)
    sizes = [stream.count() for _ in range(dimensions)]
    elements = prod(sizes)
    if not elements:
        stream.fail(f"tensor {quoted(name)} has a size of 0", at)
    number = stream.count(UINT32)
    dtype = GGML_TYPES.get(number)
    if dtype is None:
        stream.fail(f"tensor {quoted(name)} has the unknown type {number:,}", at, "The file is broken, or newer.")
    if elements > ELEMENTS or stored_bytes(dtype, elements) > ELEMENTS:
        stream.fail(f"tensor {quoted(name)} has {ELEMENTS.words()} for any file", at)
    block = ENCODINGS[dtype].elements if dtype not in PLAIN else 1
    if sizes[0] % block:
        stream.fail(f"tensor {quoted(name)} has rows of {sizes[0]:,}, {dtype} stores blocks of {block}", at)
    return dtype, tuple(reversed(sizes)), stored_bytes(dtype, elements)


PLAIN = frozenset({"F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"})
"""Types whose elements are stored one by one."""


def _check_end(stream: Stream, head: int, alignment: int, data: int) -> None:
    """The file must hold all data; what some writers add behind it is no tensor's."""
    begin = -(-head // alignment) * alignment
    if stream.size is not None and data and begin + data > stream.size:
        held = max(stream.size - begin, 0)
        stream.fail(
            f"the header describes {data:,} bytes of data, the file holds {held:,}",
            head,
            "The file is cut off; download it again.",
        )
