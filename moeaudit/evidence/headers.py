"""Reading the headers of a model's shards: two spans of each file, never a byte of weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Protocol, TypeVar

from moeaudit.errors import NoEvidence, Place, UsageError
from moeaudit.evidence.model import EvidenceFile
from moeaudit.evidence.safetensors import LENGTH_BYTES, header_length, read_header
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.text import quoted

READERS = 8
"""Shards read at a time. More gain little: the requests of one host share its connections."""

Progress = Callable[[int, int], None]
"""Told how many headers were read, and how many there are."""

T = TypeVar("T")


class Transient(NoEvidence):
    """No answer for now: another attempt may succeed, so nothing is concluded from it."""


class Spans(Protocol):
    """What is needed of a repo."""

    def read_span(self, file: str, start: int, length: int) -> bytes: ...

    def origin(self, file: str) -> str: ...


def read_headers(repo: Spans, shards: Mapping[str, int | None],
                 progress: Progress) -> tuple[TensorTable, EvidenceFile]:
    """The tensors of all shards (with their sizes in bytes), and the record of what was read.

    UsageError for a broken header or a tensor that is in two shards.
    """
    texts = read_texts(repo, shards, progress)
    tensors: list[Tensor] = []
    seen: dict[str, str] = {}
    for shard, text in texts.items():
        for tensor in read_header(text, shard, shards[shard]):
            if tensor.name in seen:
                raise UsageError(f"tensor {quoted(tensor.name)} is also in {seen[tensor.name]}",
                                 place=Place(f"{shard} (header)"), hint="Loaders disagree on which one holds.")
            seen[tensor.name] = shard
            tensors.append(tensor)
    return TensorTable.collapse(tensors), record_of(texts, repo)


def read_loose(repo: Spans, files: Mapping[str, int | None],
               progress: Progress) -> tuple[TensorTable, EvidenceFile, dict[str, bytes]]:
    """The same of files that nothing ties together. Those that repeat a tensor of earlier ones stay apart, as text."""
    texts = read_texts(repo, files, progress)
    tensors: dict[str, Tensor] = {}
    apart: dict[str, bytes] = {}
    for file, text in texts.items():
        listed = {tensor.name: tensor for tensor in read_header(text, file, files[file])}
        if listed.keys().isdisjoint(tensors):
            tensors |= listed
        else:
            apart[file] = text
    own = {file: text for file, text in texts.items() if file not in apart}
    return TensorTable.collapse(tensors.values()), record_of(own, repo), apart


def read_texts(repo: Spans, shards: Mapping[str, int | None], progress: Progress) -> dict[str, bytes]:
    """The header texts of all shards, in their order. The first failure ends the rest."""
    return in_parallel(lambda shard: _read_one(repo, shard, shards[shard]), shards, progress)


def record_of(texts: Mapping[str, bytes], repo: Spans, what: str = "safetensors headers") -> EvidenceFile:
    """What was read. The digest is over the headers as they stand in the files, lengths included, one after the other.
    """
    digest, size = sha256(), 0
    for text in texts.values():
        digest.update(len(text).to_bytes(LENGTH_BYTES, "little") + text)
        size += LENGTH_BYTES + len(text)
    first = next(iter(texts))
    name = f"{first} (header)" if len(texts) == 1 else f"{len(texts)} {what}"
    return EvidenceFile(name, digest.hexdigest(), size, repo.origin(first))


def in_parallel(work: Callable[[str], T], files: Iterable[str], progress: Progress) -> dict[str, T]:
    """What `work` gives for each file, in their order. The first failure ends the rest."""
    names = list(files)
    progress(0, len(names))
    with ThreadPoolExecutor(min(READERS, len(names) or 1)) as pool:
        pending = {name: pool.submit(work, name) for name in names}
        try:
            results = {}
            for done, (name, result) in enumerate(pending.items(), 1):
                results[name] = result.result()
                progress(done, len(names))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return results


def read_length(repo: Spans, shard: str, size: int | None) -> int:
    """Bytes of a shard's header, without the 8 that say so."""
    return header_length(repo.read_span(shard, 0, LENGTH_BYTES), shard, size)


def read_text(repo: Spans, shard: str, length: int) -> bytes:
    """The header of a shard as it stands in the file."""
    text = repo.read_span(shard, LENGTH_BYTES, length)
    if len(text) < length:
        raise UsageError(f"the header claims {length:,} bytes, only {len(text):,} are there", place=Place(shard),
                         hint="The file is cut off; download it again.")
    return text


def _read_one(repo: Spans, shard: str, size: int | None) -> bytes:
    return read_text(repo, shard, read_length(repo, shard, size))
