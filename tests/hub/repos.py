"""Repos for the loopback Hub: small files as bytes, shards as a genuine header before zeros that are never stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from math import prod
from typing import Any

from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.tables import Tensor, TensorTable

LFS_FROM = 10_000_000
"""The real Hub keeps larger files in LFS and answers their requests with a redirect."""


@dataclass(frozen=True)
class HubFile:
    """A file of `size` bytes: `head`, then zeros made when they are asked for."""

    head: bytes
    size: int
    lfs: bool = False

    @classmethod
    def of(cls, data: bytes | str) -> HubFile:
        data = data.encode() if isinstance(data, str) else data
        return cls(data, len(data), lfs=len(data) >= LFS_FROM)

    @property
    def etag(self) -> str:
        """As on the Hub: git's blob id of a small file, sha256 of a large one (of head and size where it has holes)."""
        if self.lfs and self.size == len(self.head):
            return sha256(self.head).hexdigest()
        if self.lfs:
            return sha256(self.head + b"%d" % self.size).hexdigest()
        return sha1(b"blob %d\0" % self.size + self.head, usedforsecurity=False).hexdigest()

    def span(self, start: int, stop: int) -> bytes:
        """Bytes from `start` up to `stop`."""
        stop = min(stop, self.size)
        part = self.head[start:stop]
        return part + bytes(max(0, stop - start - len(part)))


@dataclass
class HubRepo:
    """A repo of one commit. `gated` files need a token that is in `readers`; `private` repos hide from all others."""

    id: str
    files: dict[str, HubFile]
    commit: str = ""
    revisions: tuple[str, ...] = ("main",)
    gated: bool = False
    private: bool = False
    readers: set[str] = field(default_factory=set)
    previous: HubRepo | None = None  # the commit before a push, which is still served

    def __post_init__(self) -> None:
        digest = json.dumps([self.id, sorted((name, file.etag) for name, file in self.files.items())])
        self.commit = self.commit or sha1(digest.encode(), usedforsecurity=False).hexdigest()


def model_repo(
    model: str,
    config: Mapping[str, Any] | str,
    table: TensorTable | None = None,
    *,
    card: str | None = None,
    **options: Any,
) -> HubRepo:
    """A repo as models are published: config.json, weights with genuine headers, an index where there are several."""
    files = {"config.json": HubFile.of(config if isinstance(config, str) else json.dumps(config, indent=2))}
    if card is not None:
        files["README.md"] = HubFile.of(card)
    if table is not None:
        files |= weight_files(table)
    return HubRepo(model, files, **options)


def weight_files(table: TensorTable) -> dict[str, HubFile]:
    """The shards of a table (one file where it names none), and their index."""
    shards: dict[str, list[Tensor]] = {}
    for tensor in table.expand():
        shards.setdefault(tensor.shard or "model.safetensors", []).append(tensor)
    files = {name: shard_file(tensors) for name, tensors in shards.items()}
    if len(files) > 1:
        files["model.safetensors.index.json"] = HubFile.of(
            json.dumps(
                {
                    "metadata": {"total_size": table.bytes},
                    "weight_map": {tensor.name: name for name, tensors in shards.items() for tensor in tensors},
                },
                indent=2,
            )
        )
    return files


def shard_file(tensors: Iterable[Tensor]) -> HubFile:
    """One safetensors file of these tensors, all zeros."""
    header, end = {}, 0
    for tensor in tensors:
        assert tensor.shape is not None and tensor.dtype is not None, "a shard needs types and shapes"
        begin, end = end, end + prod(tensor.shape) * DTYPE_BITS[tensor.dtype] // 8
        header[tensor.name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [begin, end]}
    return raw_shard(header, end)


def raw_shard(header: Mapping[str, Any] | bytes, data: int) -> HubFile:
    """A file with any header, honest or not, before `data` zeros."""
    text = (
        header
        if isinstance(header, bytes)
        else json.dumps({"__metadata__": {"format": "pt"}, **header}, separators=(",", ":")).encode()
    )
    head = len(text).to_bytes(8, "little") + text
    return HubFile(head, len(head) + data, lfs=True)
