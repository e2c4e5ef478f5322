"""Tables that were read from the Hub, kept collapsed: a second reading of the same files asks for none of them.

An entry goes by the digests that the listing states for its files, with their names and sizes, so another upload is
another entry. It is written whole or not at all, only after everything in it was read and found good, and is worth
nothing where its own digest does not hold or another version wrote it. Each Hub has entries of its own: what one says
of a digest is not taken for what another means.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from moeaudit import __version__
from moeaudit.errors import AuditError
from moeaudit.evidence.beside import FilesBeside
from moeaudit.evidence.files import read_whole, replace_whole
from moeaudit.evidence.listing import Listed
from moeaudit.evidence.model import Beside, EvidenceFile, Index
from moeaudit.evidence.tables import TensorTable, table_of, written
from moeaudit.later import dataclass
from moeaudit.limits import TABLES_BYTES

FORMAT = 1
"""Of what an entry holds. To be raised with any change to it, or to how headers and indexes become tables."""

T = TypeVar("T")


@dataclass(frozen=True)
class KeptHeaders:
    """What the headers of a model's own shards gave: `apart` are those of them that are copies.

    The origin of a kept record is the name of a file: which repo and commit it was had from, the next reading knows.
    """

    table: TensorTable
    record: EvidenceFile
    apart: FilesBeside


@dataclass(frozen=True)
class KeptIndex:
    index: Index
    record: EvidenceFile


@dataclass(frozen=True)
class KeptGguf:
    """What the headers of a GGUF model's files gave: its tensors, and the keys of the first."""

    table: TensorTable
    record: EvidenceFile
    keys: Mapping[str, Any]
    omitted: list[str]


@dataclass(frozen=True)
class Tables:
    """The entries of one repo on one Hub. Without a folder nothing is found and nothing kept."""

    folder: Path | None = None

    @classmethod
    def of(cls, repo: Path, endpoint: str) -> Tables:
        """Those in a repo's place in the cache, as one Hub published it."""
        return cls(repo / sha256(endpoint.encode()).hexdigest()[:16])

    def listing(self, commit: str) -> dict[str, Listed] | None:
        """The files of a commit, as they were last listed."""
        return self._read(f"listing-{commit}", lambda held: {name: Listed(*file) for name, file in held.items()})

    def keep_listing(self, commit: str, files: Mapping[str, Listed]) -> None:
        self._write(f"listing-{commit}", {name: [file.size, file.digest] for name, file in files.items()})

    def headers(self, key: str | None) -> KeptHeaders | None:
        return self._read(
            key,
            lambda held: KeptHeaders(
                table_of(held["table"]), EvidenceFile(**held["record"]), _files_beside(held["apart"])
            ),
        )

    def keep_headers(self, key: str | None, kept: KeptHeaders) -> None:
        self._write(
            key, {"table": written(kept.table), "record": asdict(kept.record), "apart": _written_beside(kept.apart)}
        )

    def index(self, key: str | None) -> KeptIndex | None:
        return self._read(
            key,
            lambda held: KeptIndex(
                Index(
                    held["file"], table_of(held["table"]), held["format"], held["total_size"], held["total_parameters"]
                ),
                EvidenceFile(**held["record"]),
            ),
        )

    def keep_index(self, key: str | None, kept: KeptIndex) -> None:
        index = kept.index
        self._write(
            key,
            {
                "file": index.file,
                "table": written(index.table),
                "format": index.format,
                "total_size": index.total_size,
                "total_parameters": index.total_parameters,
                "record": asdict(kept.record),
            },
        )

    def gguf(self, key: str | None) -> KeptGguf | None:
        return self._read(
            key,
            lambda held: KeptGguf(
                table_of(held["table"]), EvidenceFile(**held["record"]), dict(held["keys"]), list(held["omitted"])
            ),
        )

    def keep_gguf(self, key: str | None, kept: KeptGguf) -> None:
        self._write(
            key,
            {
                "table": written(kept.table),
                "record": asdict(kept.record),
                "keys": dict(kept.keys),
                "omitted": kept.omitted,
            },
        )

    def beside(self, key: str | None) -> FilesBeside | None:
        return self._read(key, _files_beside)

    def keep_beside(self, key: str | None, kept: FilesBeside) -> None:
        """Broken files are read again: what was wrong may have been the way here."""
        if not any(beside.broken for beside in kept.found):
            self._write(key, _written_beside(kept))

    def has(self, key: str | None) -> bool:
        """Whether there is an entry that holds."""
        return self._body(key) is not None

    def _read(self, key: str | None, build: Callable[[Any], T]) -> T | None:
        """What was kept under a key; None where there is nothing, or nothing that can be trusted."""
        body = self._body(key)
        try:
            return None if body is None else build(json.loads(body))
        except (AuditError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def _body(self, key: str | None) -> bytes | None:
        """What stands under a key, where this version wrote it and its digest holds."""
        if key is None or self.folder is None:
            return None
        try:
            head, _, body = read_whole(self.folder / key, TABLES_BYTES).partition(b"\n")
        except (AuditError, OSError):
            return None
        return body if head == _head(body) else None

    def _write(self, key: str | None, content: object) -> None:
        """Whatever else stands there is replaced: a part, another version's, a folder.

        A cache that cannot be written is no failure: the evidence is complete without it.
        """
        body = json.dumps(content, separators=(",", ":")).encode()
        if key is None or self.folder is None or self._body(key) == body:
            return
        path = self.folder / key
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            if path.is_dir() and not path.is_symlink():
                from shutil import rmtree

                rmtree(path)
            replace_whole(path, _head(body) + b"\n" + body, durable=False)


def key_of(kind: str, files: Iterable[tuple[str, int | None, str | None]]) -> str | None:
    """The key of what is read from files (name, bytes, digest), in their order. None where one has no digest."""
    listed = list(files)
    if not listed or any(digest is None for _, _, digest in listed):
        return None
    return f"{kind}-{sha256(json.dumps(listed).encode()).hexdigest()}"


def _head(body: bytes) -> bytes:
    return f"moeaudit {__version__} {FORMAT} {sha256(body).hexdigest()}".encode()


def _written_beside(beside: FilesBeside) -> dict[str, Any]:
    found = [[one.files, written(one.table), dict(one.sizes)] for one in beside.found]
    return {"found": found, "unread": beside.unread, "records": [asdict(record) for record in beside.records]}


def _files_beside(held: Any) -> FilesBeside:
    found = tuple(Beside(tuple(files), table_of(table), sizes) for files, table, sizes in held["found"])
    return FilesBeside(found, held["unread"], tuple(EvidenceFile(**record) for record in held["records"]))
