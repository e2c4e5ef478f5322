"""GGUF heads byte by byte, honest or not: what no writer would write."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, TEXT, LIST, UINT64, INT64, FLOAT64 = range(13)
F32, Q4_K = 0, 12


def u32(number: int) -> bytes:
    return struct.pack("<I", number)


def u64(number: int) -> bytes:
    return struct.pack("<Q", number)


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return u64(len(data)) + data


def key(name: str | bytes, kind: int, value: bytes) -> bytes:
    return text(name) + u32(kind) + value


def listed(kind: int, count: int, values: bytes = b"") -> bytes:
    return u32(kind) + u64(count) + values


def tensor(name: str | bytes, sizes: Sequence[int] = (32,), kind: int = F32, offset: int = 0) -> bytes:
    """`sizes` as in the file: the fastest first."""
    return text(name) + u32(len(sizes)) + b"".join(map(u64, sizes)) + u32(kind) + u64(offset)


ARCHITECTURE = key("general.architecture", TEXT, text("qwen3moe"))


@dataclass(frozen=True)
class Head:
    """A file's head; counts are those of what is there, unless they lie."""

    keys: Sequence[bytes] = (ARCHITECTURE,)
    tensors: Sequence[bytes] = field(default=(tensor("token_embd.weight"),))
    version: int = 3
    said_keys: int | None = None
    said_tensors: int | None = None
    magic: bytes = b"GGUF"

    def bytes(self) -> bytes:
        counts = (self.said_tensors, len(self.tensors)), (self.said_keys, len(self.keys))
        said = b"".join(u64(there if lie is None else lie) for lie, there in counts)
        return self.magic + u32(self.version) + said + b"".join(self.keys) + b"".join(self.tensors)

    def file(self, data: int = 128) -> bytes:
        head = self.bytes()
        return head + bytes(-len(head) % 32 + data)
