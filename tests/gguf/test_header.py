"""The header reader: what `gguf` writes comes back, and whatever lies ends in one line that names the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gguf import GGUFWriter
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

from moeaudit.errors import AuditError, Exit
from moeaudit.evidence.dtypes import ENCODINGS, GGML_TYPES, stored_bytes
from moeaudit.evidence.formats.gguf import Header, read_header
from tests.gguf import raw
from tests.gguf.conversion import Named
from tests.gguf.raw import ARCHITECTURE, Head, key, listed, tensor, text, u32, u64
from tests.gguf.writing import write


def read(data: bytes, *, size: int | None = -1, span: int = 64) -> Header:
    return read_header(
        lambda start, length: data[start : start + length], "a.gguf", len(data) if size == -1 else size, span
    )


def test_encodings_are_those_of_the_package() -> None:
    for dtype, (elements, size) in GGML_QUANT_SIZES.items():
        assert GGML_TYPES[int(dtype)] == dtype.name
        assert stored_bytes(dtype.name, 64 * elements) == 64 * size
        assert ENCODINGS[dtype.name].bits == 8 * size / elements
    assert set(GGML_TYPES) == {int(dtype) for dtype in GGMLQuantizationType}


@pytest.mark.parametrize("big_endian", [False, True])
def test_what_the_writer_writes_comes_back(tmp_path: Path, big_endian: bool) -> None:
    path = tmp_path / "a.gguf"
    tensors = [Named("token_embd.weight", (64, 512)), Named("blk.0.ffn_down_exps.weight", (8, 256, 512)),
               Named("output_norm.weight", (256,))]  # fmt: skip
    values = {"general.name": "Ä", "block_count": 3, "flag": True, "half": 0.5, "each": [1, 2, 3], "words": ["a", "b"]}
    data = write(path, tensors, "qwen3moe", values, "Q4_0", big_endian=big_endian)
    found = read(path.read_bytes())
    assert found.keys == {
        "general.architecture": "qwen3moe", "general.file_type": 2, "general.name": "Ä", "qwen3moe.block_count": 3,
        "qwen3moe.flag": True, "qwen3moe.half": 0.5, "qwen3moe.each": [1, 2, 3], "qwen3moe.words": ["a", "b"],
    }  # fmt: skip
    assert found.omitted == ("tokenizer.ggml.tokens", "tokenizer.ggml.scores")
    assert found.tensors.names == [one.name for one in tensors]
    assert [one[:2] for one in map(found.tensors.kinds.__getitem__, found.tensors.which)] == [
        ("Q6_K", (64, 512)), ("Q4_0", (8, 256, 512)), ("F32", (256,))
    ]  # fmt: skip
    assert found.data == data
    assert found.bytes <= path.stat().st_size - data < found.bytes + 32


def test_every_type_of_value(tmp_path: Path) -> None:
    """All that GGUFWriter can add, and lists of them."""
    path = tmp_path / "a.gguf"
    writer = GGUFWriter(path, "x")
    numbers: dict[str, Any] = {"uint8": 255, "int8": -128, "uint16": 65535, "int16": -32768, "uint32": 2**32 - 1,
                               "int32": -(2**31), "uint64": 2**64 - 1, "int64": -(2**63), "float32": 0.25,
                               "float64": 1e300}  # fmt: skip
    for kind, value in numbers.items():
        getattr(writer, f"add_{kind}")(f"n.{kind}", value)
    writer.add_array("n.bools", [True, False])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    found = read(path.read_bytes())
    assert {name: found.keys[f"n.{name}"] for name in numbers} == numbers
    assert found.keys["n.bools"] == [True, False]


@pytest.mark.parametrize("span", [1, 7, 64, 10**6])
def test_spans_do_not_matter(tmp_path: Path, span: int) -> None:
    path = tmp_path / "a.gguf"
    write(path, [Named("token_embd.weight", (8, 256))], "x", {"general.name": "n" * 300}, vocabulary=300)
    assert read(path.read_bytes(), span=span) == read(path.read_bytes(), span=10**7)


def test_vocabularies_are_not_made(tmp_path: Path) -> None:
    """Only the head is asked for, and nothing behind it but what is left of a span."""
    path = tmp_path / "a.gguf"
    write(path, [Named("token_embd.weight", (100_000, 2048))], "x", {}, vocabulary=100_000)
    asked: list[int] = []
    data = path.open("rb")

    def spans(start: int, length: int) -> bytes:
        asked.append(length)
        data.seek(start)
        return data.read(length)

    found = read_header(spans, "a.gguf", path.stat().st_size, 100_000)
    data.close()
    assert sum(asked) < found.bytes + 4_100_000 and len(asked) <= 3


Q4 = raw.Q4_K
NAN = b"\x00\x00\xc0\x7f"

LIES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "begins with ''"),
    "other": (b"\x80\x02}q\x00" + bytes(60), "no GGUF file"),
    "old": (Head(magic=b"lmgg").file(), "an old GGML file"),
    "version 1": (Head(version=1).file(), "GGUF version 1 is not read (byte 4)"),
    "version 4": (Head(version=4).file(), "GGUF version 4 is not read (byte 4)"),
    "cut in the counts": (Head().bytes()[:14], "the file ends at byte 14"),
    "cut in a key": (Head().bytes()[:40], "the file ends at byte 40"),
    "cut in the data": (Head().file(100), "the header describes 128 bytes of data, the file holds 100"),
    "no data": (Head().bytes(), "describes 128 bytes of data, the file holds 0"),
    "tensors that do not fit": (Head(said_tensors=999_999).file(), "claims 999,999 tensors, more than a file of"),
    "too many tensors": (Head(said_tensors=2**63).file(), "more than 1,000,000 tensors"),
    "one tensor more": (Head(said_tensors=2).file(0), "the file ends at byte"),
    "too many keys": (Head(said_keys=2**63).file(), "more than 10,000 keys"),
    "one key more": (Head(said_keys=2).file(), "tensor '' has 0 dimensions"),  # the tensor is taken for an int8
    "key twice": (Head(keys=[ARCHITECTURE, ARCHITECTURE]).file(), "'general.architecture' stands there twice (byte 72"),
    "key without end": (Head(keys=[u64(2**62)]).file(), "goes on for 4,611,686,018,427,387,904 bytes"),
    "long key": (Head(keys=[key("k" * 1001, raw.BOOL, b"\1")]).file(), "a key has 1,001 bytes, the limit is 1,000"),
    "key of no text": (Head(keys=[key(b"\xff", raw.BOOL, b"\1")]).file(), "a key is not UTF-8 (byte 24)"),
    "text of no text": (Head(keys=[key("a", raw.TEXT, text(b"\xff"))]).file(), "the text 'a' is not UTF-8"),
    "text without end": (Head(keys=[key("a", raw.TEXT, u64(2**40))]).file(), "the header goes on for"),
    "vocabulary without end": (
        Head(keys=[key("tokenizer.ggml.tokens", raw.LIST, listed(raw.TEXT, 2**40))]).file(), "goes on for 8,796"
    ),
    "vocabulary that does not fit": (
        Head(keys=[key("tokenizer.ggml.tokens", raw.LIST, listed(raw.TEXT, 10**6))]).file(), "goes on for 8,000,000 b"
    ),
    "scores without end": (
        Head(keys=[key("tokenizer.ggml.scores", raw.LIST, listed(raw.FLOAT32, 2**50))]).file(), "the header goes on for"
    ),
    "a text in a vocabulary without end": (
        Head(keys=[key("tokenizer.ggml.tokens", raw.LIST, listed(raw.TEXT, 1, u64(2**50)))]).file(), "goes on for"
    ),
    "unknown type": (Head(keys=[key("a", 13, b"")]).file(), "'a' has the unknown type 13 (byte 33)"),
    "list of unknown": (Head(keys=[key("a", raw.LIST, listed(77, 1))]).file(), "'a' has the unknown type 77"),
    "list of lists": (
        Head(keys=[key("a", raw.LIST, listed(raw.LIST, 1, listed(raw.UINT8, 1, b"x")))]).file(), "is a list of lists"
    ),
    "bool of 2": (Head(keys=[key("a", raw.BOOL, b"\2")]).file(), "'a' is a bool of value 2"),
    "alignment 0": (Head(keys=[key("general.alignment", raw.UINT32, u32(0))]).file(), "uint32, a power of two"),
    "alignment 3": (Head(keys=[key("general.alignment", raw.UINT32, u32(3))]).file(), "is uint32 3, expected uint32"),
    "alignment by text": (Head(keys=[key("general.alignment", raw.TEXT, text("32"))]).file(), "is text '32', expected"),
    "tensor twice": (Head(tensors=[tensor("a"), tensor("a", offset=128)]).file(256), "tensor 'a' stands there twice"),
    "overlap": (Head(tensors=[tensor("a"), tensor("b", offset=64)]).file(256), "byte 64 of the data, expected 128"),
    "hole": (Head(tensors=[tensor("a"), tensor("b", offset=160)]).file(512), "byte 160 of the data, expected 128"),
    "beyond the file": (Head(tensors=[tensor("a", offset=2**60)]).file(), "begins at byte 1,152,921,504,606,846,976"),
    "no dimension": (Head(tensors=[tensor("a", ())]).file(), "has 0 dimensions, expected 1 to 4"),
    "five dimensions": (Head(tensors=[tensor("a", (1,) * 5)]).file(), "has 5 dimensions, expected 1 to 4"),
    "size 0": (Head(tensors=[tensor("a", (32, 0))]).file(), "tensor 'a' has a size of 0"),
    "negative size": (Head(tensors=[tensor("a", (2**64 - 1,))]).file(), "tensor 'a' has a shape too large"),
    "huge": (Head(tensors=[tensor("a", (2**32, 2**31))]).file(), "tensor 'a' has a shape too large"),
    "removed type": (Head(tensors=[tensor("a", kind=4)]).file(), "tensor 'a' has the unknown type 4"),
    "newer type": (Head(tensors=[tensor("a", kind=99)]).file(), "tensor 'a' has the unknown type 99"),
    "half a block": (Head(tensors=[tensor("a", (100,), Q4)]).file(), "has rows of 100, Q4_K stores blocks of 256"),
    "name of no text": (Head(tensors=[tensor(b"\xff")]).file(), "a tensor's name is not UTF-8"),
    "long name": (Head(tensors=[tensor("a" * 1001)]).file(), "a tensor's name has 1,001 bytes, the limit is 1,000"),
}  # fmt: skip


@pytest.mark.parametrize("what", LIES)
@pytest.mark.parametrize("size", ["known", "unknown"])
def test_a_lie_ends_in_one_line(what: str, size: str) -> None:
    data, said = LIES[what]
    if size == "unknown" and any(
        word in said for word in ("goes on for", "data, the file", "more than a file", "begins with")
    ):
        said = ""  # only the size of the file gives these away so soon
    try:
        read(data, size=len(data) if size == "known" else None)
    except AuditError as error:
        assert error.exit_code is Exit.USAGE
        assert said in str(error), str(error)
        assert str(error).startswith("a.gguf: ") and "\n" not in str(error) and len(str(error)) <= 300
    else:
        assert size == "unknown" and "data, the file holds" in LIES[what][1]


def test_a_pointer_of_git_lfs_is_no_evidence() -> None:
    with pytest.raises(AuditError, match="git-lfs pointer") as caught:
        read(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n")
    assert caught.value.exit_code is Exit.NO_EVIDENCE


def test_numbers_that_json_cannot_say_are_left_out() -> None:
    found = read(
        Head(keys=[ARCHITECTURE, key("a", raw.FLOAT32, NAN), key("b", raw.LIST, listed(raw.FLOAT32, 1, NAN))]).file()
    )
    assert found.omitted == ("a", "b") and list(found.keys) == ["general.architecture"]


def test_what_lies_behind_the_data_is_no_tensors() -> None:
    assert read(Head().file(128 + 5000)).data == 128
