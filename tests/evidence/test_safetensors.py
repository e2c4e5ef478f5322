import json
import re
import struct
from typing import Any

import pytest
import safetensors
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.errors import AuditError, NoEvidence, UsageError
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.safetensors import header_length, read_header
from moeaudit.evidence.tables import Tensor
from moeaudit.limits import HEADER_BYTES
from tests.evidence.strategies import tensors
from tests.hub.repos import shard_file

NONE = st.none()


def entry(dtype: Any = "F32", shape: Any = (2,), begin: Any = 0, end: Any = 8) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def read(header: Any, data: int | None = 8) -> list[Tensor]:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return read_header(text, "model.safetensors", None if data is None else 8 + len(text) + data).tensors()


def reference(file: bytes) -> list[str] | None:
    """The names as the reference library reads them, None where it refuses the file."""
    try:
        return [name for name, _ in safetensors.deserialize(file)]  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError:
        return None


@given(tensors(NONE))
def test_genuine_headers_as_the_reference_reads_them(listed: list[Tensor]) -> None:
    shard = shard_file(listed)
    length = header_length(shard.head[:8], "model.safetensors", shard.size)
    found = read_header(shard.head[8 : 8 + length], "model.safetensors", shard.size).tensors()
    assert {(t.name, t.dtype, t.shape) for t in found} == {(t.name, t.dtype, t.shape) for t in listed}
    assert sorted(reference(shard.span(0, shard.size)) or []) == sorted(t.name for t in listed)


@pytest.mark.parametrize(
    ("header", "data", "says"),
    [
        ({"a": entry("F33")}, 8, "tensor 'a' has the unknown type 'F33'"),
        ({"a": entry(None)}, 8, "unknown type None"),
        ({"a": entry(shape=[-2])}, 8, "no shape of whole numbers"),
        ({"a": entry(shape=[True, 2])}, 8, "no shape of whole numbers"),
        ({"a": entry(shape="2")}, 8, "no shape of whole numbers"),
        ({"a": entry(shape=[2**40, 2**40])}, 8, "too large for any file"),
        ({"a": entry(shape=[2**64, 0])}, 8, "too large for any file"),
        ({"a": entry(shape=[1] * 65)}, 8, "too large for any file"),
        ({"a": entry("F4", [3], 0, 1)}, 1, "does not end at a whole byte"),
        ({"a": entry(end=12)}, 12, "takes 12 bytes, but F32 of shape [2] needs 8"),
        ({"a": entry(begin=4, end=12)}, 12, "begins at byte 4, where the data before it ends at 0"),
        ({"a": entry(), "b": entry(begin=4, end=12)}, 12, "'b' begins at byte 4, where the data before it ends at 8"),
        ({"a": entry(), "b": entry()}, 8, "tensor 'b' begins at byte 0"),
        ({"a": entry()}, 7, "describes 8 bytes of data, the file holds 7"),
        ({"a": entry()}, 9, "describes 8 bytes of data, the file holds 9"),
        ({"a": entry(begin=8, end=0)}, 8, "has no data_offsets"),
        ({"a": {"dtype": "F32", "shape": [2]}}, 8, "has no data_offsets"),
        ({"a": 3}, 8, "has no data_offsets"),
        ({"__metadata__": {"format": 1}, "a": entry()}, 8, "__metadata__ is not an object of texts"),
        (b'{"a": {}, "a": {}}', 8, "the key 'a' stands twice"),
        (b"not json", 8, "the file is not JSON"),
        (b'["a"]', 8, "expected a JSON object"),
        ({"\x1b]0;x\x07\u202e": entry("x")}, 8, r"'\x1b]0;x\x07\u202e' has the unknown type"),
    ],
)
def test_broken_headers(header: Any, data: int, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(header, data)
    assert says in str(caught.value)
    assert str(caught.value).isprintable()
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    assert not reference(struct.pack("<Q", len(text)) + text + bytes(data)), "the reference reader accepts this"


@given(
    tensors(NONE).filter(bool),
    st.sampled_from([(",", ":"), None, (" ,", ": ")]),
    st.sampled_from([200, 1 << 19]),
    st.data(),
)
def test_one_pass_says_what_the_strict_reader_says(
    listed: list[Tensor], separators: Any, size: int, data: st.DataObject
) -> None:
    """Of genuine headers, and of such with a piece cut out, doubled or exchanged; read at once or in pieces."""
    shard = shard_file(listed)
    text = json.dumps(json.loads(shard.head[8:]), separators=separators)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    pieces = ["", text[start:end] * 2, " ", "0", "-", '"', "\\", ",", "}", "true", "null", "1.0", "e", "\n", "[", "]},"]
    piece = data.draw(st.sampled_from(pieces))
    for header in (text, text[:start] + piece + text[end:]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("moeaudit.evidence.plain_header.PIECE", size)
            assert outcome(header.encode()) == strictly(header.encode())


TWO = b'{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b""),
        (b'[0,2]},"b"', b'[0,2"b"'),
        (b"[0,2]", b"[0]"),
        (b"[2,4]", b"[0,2,4]"),
        (b"[0,2]", b"[0,2,null,2,4]"),
        (b"[0,2]", b"[0,null,2]"),
        (b"[0,2]", b"[00,2]"),
        (b"[0,2]", b"[-0,2]"),
        (b"[2,4]", b"[2,4.0]"),
        (b"[2,4]", b"[true,4]"),
        (b"[2,4]", b"[[2],4]"),
        (b"[2,4]", b"[2,4" + b"0" * 5000 + b"]"),
        (b"[2]", b"[2],"),
        (b"[2]", b"[2],[2]"),
        (b"[2]", b"[" * 100_000),
        (b'"b"', b'"a"'),
        (b'"b"', b'"__metadata__"'),
        (b'"b"', b'"b\x01"'),
        (b'"b"', b'"\xff"'),
        (b'"dtype":', b'"dtype"::'),
        (b"}}", b"}} "),
        (b"}}", b"}}\n"),
        (b"}}", b"},}"),
        (b"}}", b"}}}"),
        (b"}}", b"}"),
        (b'{"a', b'{"__metadata__":{"dtype":"x"},"a'),
        (b'{"a', b'{"__metadata__":{"x":1},"a'),
        (b'{"a', b'\xef\xbb\xbf{"a'),
    ],
)
def test_one_pass_is_taken_in_by_nothing(old: bytes, new: bytes) -> None:
    """What tells one entry from the next is moved, doubled or left out: the strict reader has the word."""
    for header in (TWO.replace(old, new), TWO.replace(old, new, 1)) if old else (TWO,):
        assert outcome(header) == strictly(header)


@pytest.mark.parametrize("sign", [*'{}[],:"0-. ', ""])
def test_one_pass_is_taken_in_by_no_single_sign(sign: str) -> None:
    """Each sign of a header exchanged for another, and another put before it."""
    for place in range(len(TWO)):
        for header in (TWO[:place] + sign.encode() + TWO[place + 1 :], TWO[:place] + sign.encode() + TWO[place:]):
            assert outcome(header) == strictly(header), header


def strictly(header: bytes) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("moeaudit.evidence.safetensors.plain_entries", lambda header, kind_of: None)
        return outcome(header)


def outcome(header: bytes) -> object:
    try:
        return read_header(header, "model.safetensors", None).tensors()
    except UsageError as error:
        return str(error)


def test_what_writers_write_is_read_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the two would be one."""
    monkeypatch.setattr("moeaudit.evidence.safetensors._strict", None)
    assert read({"__metadata__": {"format": "pt"}, "a": entry()}) == [Tensor("a", "F32", (2,), "model.safetensors")]


@pytest.mark.parametrize(
    ("prefix", "size", "says"),
    [
        (b"", 0, "too short for a safetensors header"),
        (b"\x01\0\0", 3, "too short"),
        (struct.pack("<Q", HEADER_BYTES + 1), 10**12, "claims 64,000,001 bytes, the limit is 64,000,000"),
        (struct.pack("<Q", 1000), 1007, "claims 1,000 bytes, but the file has 1,007 in all"),
    ],
)
def test_broken_lengths(prefix: bytes, size: int, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        header_length(prefix, "model.safetensors", size)


def test_a_pointer_instead_of_the_file() -> None:
    with pytest.raises(NoEvidence, match="git-lfs pointer"):
        header_length(b"version https://git-lfs.github.com/spec/v1"[:8], "model.safetensors", 135)


def test_an_empty_tensor_and_a_scalar() -> None:
    found = read({"a": entry(shape=[0, 5], end=0), "b": entry(shape=[], end=4)}, 4)
    assert [tensor.shape for tensor in found] == [(0, 5), ()]


@given(st.binary(max_size=300), tensors(NONE).filter(bool), st.data())
def test_any_bytes_are_read_or_refused(drawn: bytes, listed: list[Tensor], data: st.DataObject) -> None:
    """Bytes as a header of their own length, and in the place of bytes of a genuine one."""
    genuine = shard_file(listed).head[8:]
    at = data.draw(st.integers(0, len(genuine)))
    for header in (drawn, genuine[:at] + drawn[:8] + genuine[at + len(drawn[:8]) :]):
        length = struct.pack("<Q", len(header))
        assert header_length(length, "x", 8 + len(header)) == len(header)
        try:
            found = read_header(header, "x", None).tensors()
        except AuditError as error:
            assert str(error).isprintable()
        else:
            assert {tensor.name for tensor in found} <= set(json.loads(header))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
ODD = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "U8", "F4"]) | JSON,
        "shape": st.lists(st.integers(-1, 2**65), max_size=3) | JSON,
        "data_offsets": st.lists(st.integers(-1, 40), max_size=3) | JSON,
    },
)


@given(tensors(NONE).filter(bool), ODD | JSON, st.integers(-1, 1), st.data())
def test_never_more_lenient_than_the_reference(listed: list[Tensor], odd: Any, more: int, data: st.DataObject) -> None:
    """A genuine table, with fields of one tensor exchanged, or as much as a byte of data too many or few."""
    genuine = shard_file(listed)
    table = json.loads(genuine.head[8:])
    name = data.draw(st.sampled_from(sorted(table.keys() - {"__metadata__"})))
    broken = {**table, name: {**table[name], **odd} if isinstance(odd, dict) else odd}
    held = genuine.size - len(genuine.head)
    assert {tensor.name for tensor in read(table, held)} == {tensor.name for tensor in listed}
    for header, size in ((broken, held), (table, max(0, held + more))):
        text = json.dumps(header).encode()
        try:
            names = {tensor.name for tensor in read(text, size)}
        except AuditError as error:
            assert str(error).isprintable()
        else:
            assert names == set(reference(struct.pack("<Q", len(text)) + text + bytes(size)) or [])


@pytest.mark.parametrize("dtype", DTYPE_BITS)
def test_types_are_as_wide_as_in_the_library(dtype: str) -> None:
    """Eight elements take as many bytes as one has bits; a byte more or less is refused by both."""
    for size in (DTYPE_BITS[dtype] - 1, DTYPE_BITS[dtype], DTYPE_BITS[dtype] + 1):
        text = json.dumps({"a": entry(dtype, [8], 0, size)}).encode()
        known = reference(struct.pack("<Q", len(text)) + text + bytes(size)) is not None
        assert known is (size == DTYPE_BITS[dtype])
        if known:
            assert [(found.dtype, found.shape) for found in read(text, size)] == [(dtype, (8,))]
        else:
            with pytest.raises(UsageError):
                read(text, size)


def test_the_types_are_those_of_the_library() -> None:
    text = json.dumps({"a": entry("?")}).encode()
    with pytest.raises(safetensors.SafetensorError) as caught:
        safetensors.deserialize(struct.pack("<Q", len(text)) + text + bytes(8))  # type: ignore[no-untyped-call]
    assert set(re.findall(r"`([A-Z0-9_]+)`", str(caught.value))) == set(DTYPE_BITS)
