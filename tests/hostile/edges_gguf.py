"""The edges of GGUF files."""

from __future__ import annotations

from pathlib import Path

from moeaudit.evidence.formats.gguf import read_header
from tests.gguf import raw
from tests.gguf.raw import Head, key, listed, text, u64
from tests.hostile.moved import CUT, Edge, said


def edges() -> dict[str, Edge]:
    return {
        "GGUF_BYTES": header_bytes,
        "GGUF_KEYS": keys,
        "GGUF_TEXTS": texts,
        "GGUF_VALUE": value,
        "GGUF_FILES": files,
        "GGUF_ORIGINS": origins,
    }


def read(data: bytes) -> object:
    return read_header(lambda start, length: data[start : start + length], "a.gguf", len(data))


def header_bytes(count: int, folder: Path) -> str:
    """So many bytes in all, most of them one text that is stepped over."""
    rest = len(Head((key("long", raw.TEXT, text("")),), ()).bytes())
    length = count - rest
    return said(lambda: read(Head((key("long", raw.TEXT, u64(length) + bytes(length)),), ()).bytes()))


def keys(count: int, folder: Path) -> str:
    return said(lambda: read(Head([key(f"k.{n}", raw.BOOL, b"\1") for n in range(count)]).file()))


def texts(count: int, folder: Path) -> str:
    return said(lambda: read(Head((key("tokenizer", raw.LIST, listed(raw.TEXT, count, bytes(8 * count))),)).file()))


def value(count: int, folder: Path) -> str:
    """A text of so many bytes, and a list of so many numbers."""
    both = key("a", raw.TEXT, text("x" * count)), key("b", raw.LIST, listed(raw.UINT8, count, b"\1" * count))
    data = Head(both).file()
    found = read_header(lambda start, length: data[start : start + length], "a.gguf", len(data))
    assert len(found.omitted) in (0, 2)
    return CUT if found.omitted else ""


def files(count: int, folder: Path) -> str:
    from moeaudit.evidence.formats.gguf_files import sets_of

    return said(lambda: sets_of([f"a-00001-of-{count:05d}.gguf"]))


def origins(count: int, folder: Path) -> str:
    from moeaudit.architecture.gguf_keys import GgufKeys

    named = {f"general.base_model.{number}.name": f"m{number}" for number in range(count)}
    found = GgufKeys("a.gguf", {"general.base_model.count": count, **named})
    return CUT if len(found.origins) < count else ""
