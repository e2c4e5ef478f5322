"""Reading the headers of a model's shards: two spans of each file, never a byte of weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Protocol

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.model import EvidenceFile
from moeaudit.evidence.safetensors import LENGTH_BYTES, header_length, read_header
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.text import quoted

READERS = 8
"""Shards read at a time. More gain little: the requests of one host share its connections."""


class Spans(Protocol):
    """What is needed of a repo."""

    def read_span(self, file: str, start: int, length: int) -> bytes: ...

    def origin(self, file: str) -> str: ...


def read_headers(repo: Spans, shards: Mapping[str, int | None],
                 progress: Callable[[int, int], None]) -> tuple[TensorTable, EvidenceFile]:
    """The tensors of all shards (with their sizes in bytes), and the record of what was read.

    The record's digest is over the headers as they stand in the files, lengths included, one shard after the other.
    UsageError for a broken header or a tensor that is in two shards.
    """
    texts = _read_all(repo, shards, progress)
    tensors: list[Tensor] = []
    seen: dict[str, str] = {}
    digest, size = sha256(), 0
    for shard, text in texts.items():
        digest.update(len(text).to_bytes(LENGTH_BYTES, "little") + text)
        size += LENGTH_BYTES + len(text)
        for tensor in read_header(text, shard, shards[shard]):
            if tensor.name in seen:
                raise UsageError(f"tensor {quoted(tensor.name)} is also in {seen[tensor.name]}",
                                 place=Place(f"{shard} (header)"), hint="Loaders disagree on which one holds.")
            seen[tensor.name] = shard
            tensors.append(tensor)
    first = next(iter(shards))
    name = f"{first} (header)" if len(shards) == 1 else f"{len(shards)} safetensors headers"
    return TensorTable.collapse(tensors), EvidenceFile(name, digest.hexdigest(), size, repo.origin(first))


def _read_all(repo: Spans, shards: Mapping[str, int | None], progress: Callable[[int, int], None]) -> dict[str, bytes]:
    """The header texts of all shards, in their order. The first failure ends the rest."""
    progress(0, len(shards))
    with ThreadPoolExecutor(min(READERS, len(shards))) as pool:
        reads = {shard: pool.submit(_read_one, repo, shard, size) for shard, size in shards.items()}
        try:
            texts = {}
            for done, (shard, read) in enumerate(reads.items(), 1):
                texts[shard] = read.result()
                progress(done, len(shards))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return texts


def _read_one(repo: Spans, shard: str, size: int | None) -> bytes:
    length = header_length(repo.read_span(shard, 0, LENGTH_BYTES), shard, size)
    text = repo.read_span(shard, LENGTH_BYTES, length)
    if len(text) < length:
        raise UsageError(f"the header claims {length:,} bytes, only {len(text):,} are there", place=Place(shard),
                         hint="The file is cut off; download it again.")
    return text
