"""Reading what lies beside a model's own shards: second copies, prediction modules, shards that an index forgets.

What they are is told from their tensors, elsewhere. A file that is broken here ends nothing: it is kept, with the
reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TypeVar

from moeaudit.errors import AuditError, Transient, UsageError
from moeaudit.evidence.headers import Heads, Opening, Progress, Record
from moeaudit.evidence.model import Beside, EvidenceFile
from moeaudit.evidence.safetensors import read_header
from moeaudit.evidence.shard_sets import grouped
from moeaudit.evidence.tables import Listed, TensorTable
from moeaudit.later import dataclass
from moeaudit.limits import BESIDE_BYTES, FILES_BESIDE

NO_TENSORS = TensorTable(())

T = TypeVar("T")


@dataclass(frozen=True)
class FilesBeside:
    """What was read, how many files were not, and the records of the reading."""

    found: tuple[Beside, ...] = ()
    unread: int = 0
    records: tuple[EvidenceFile, ...] = ()

    def __add__(self, other: FilesBeside) -> FilesBeside:
        return FilesBeside(_ordered(self.found + other.found), self.unread + other.unread, self.records + other.records)


@dataclass(frozen=True)
class Header:
    """One file's header, as text and as what it lists."""

    text: bytes
    listed: Listed


Known = Mapping[str, bytes]
"""Header texts that were read already."""


def read_beside(heads: Heads, files: Mapping[str, int | None], progress: Progress, known: Known) -> FilesBeside:
    """The headers of `files` (with their sizes in bytes), group by group as their names go together.

    Small groups come first, so that a second copy of hundreds of files keeps no single module from being read.
    NoEvidence only where the repo cannot be reached.
    """
    if not files:
        return FilesBeside()
    groups = chosen_groups(files)
    headers = _read(heads, [file for group in groups for file in group], files, progress, known)
    found: list[Beside] = []
    records: list[EvidenceFile] = []
    for group in groups:
        whole = {file: header for file in group if isinstance(header := headers.get(file), Header)}
        broken = {file: reason for file in group if isinstance(reason := headers.get(file), str)}
        found += (_beside(part, files) for part in _disjoint(whole))
        found += (Beside((file,), NO_TENSORS, _sizes([file], files), reason) for file, reason in broken.items())
        if whole:
            record = Record()
            for file, header in whole.items():
                record.add(file, header.text)
            records.append(record.file(heads.repo, f"safetensors headers ({group[0]} first)"))
    unread = len(files) - sum(len(beside.files) for beside in found)
    return FilesBeside(_ordered(found), unread, tuple(records))


def chosen_groups(files: Iterable[str]) -> list[list[str]]:
    """The files to read, group by group: small groups first, as far as the limit goes."""
    return _within(FILES_BESIDE, sorted(grouped(files), key=lambda group: (len(group), group)))


def _within(most: int, groups: list[list[str]]) -> list[list[str]]:
    """The groups, whole, that come to no more than `most` files together."""
    totals = accumulate(len(group) for group in groups)
    return [group for group, total in zip(groups, totals, strict=True) if total <= most]


def _read(
    heads: Heads, chosen: list[str], files: Mapping[str, int | None], progress: Progress, known: Known
) -> dict[str, Header | str]:
    """The header of each file, or why it cannot be read; without those that come to too many bytes."""
    heads.begin_openings(file for file in chosen if file not in known)
    tried = {
        file: Opening(len(known[file]), known[file]) if file in known else _tried(heads.opening, file)
        for file in chosen
    }
    openings = {file: opening for file, opening in tried.items() if isinstance(opening, Opening)}
    affordable = _affordable({file: opening.length for file, opening in openings.items()})
    heads.begin_rests({file: openings[file] for file in affordable})

    def header(file: str) -> Header:
        text = heads.rest(file, openings[file])
        return Header(text, read_header(text, file, files[file]))

    headers: dict[str, Header | str] = {file: reason for file, reason in tried.items() if isinstance(reason, str)}
    progress(0, len(affordable))
    for done, file in enumerate(affordable, 1):
        headers[file] = _tried(header, file)
        progress(done, len(affordable))
    return headers


def _affordable(lengths: Mapping[str, int]) -> dict[str, int]:
    """The files whose headers come to no more than the limit together; one that is too large leaves room for others."""
    affordable, room = {}, int(BESIDE_BYTES)
    for file, length in lengths.items():
        if length <= room:
            affordable[file] = length
            room -= length
    return affordable


def _tried(work: Callable[[str], T], file: str) -> T | str:
    """What `work` gives, or the reason why it fails for this file for good."""
    try:
        return work(file)
    except Transient:
        raise
    except AuditError as error:
        return error.message


def _disjoint(headers: Mapping[str, Header]) -> Iterator[dict[str, Header]]:
    """The files in runs in which no tensor's name comes twice: what repeats one is a copy of its own."""
    part: dict[str, Header] = {}
    seen: set[str] = set()
    for file, header in headers.items():
        names = header.listed.names
        if not seen.isdisjoint(names):
            yield part
            part, seen = {}, set()
        part[file] = header
        seen.update(names)
    if part:
        yield part


def _beside(headers: Mapping[str, Header], files: Mapping[str, int | None]) -> Beside:
    try:
        table, broken = TensorTable.of(header.listed for header in headers.values()), ""
    except UsageError as error:  # more than any model's
        table, broken = NO_TENSORS, error.message
    return Beside(tuple(headers), table, _sizes(headers, files), broken)


def _ordered(found: Iterable[Beside]) -> tuple[Beside, ...]:
    return tuple(sorted(found, key=lambda beside: beside.files))


def _sizes(names: Iterable[str], files: Mapping[str, int | None]) -> dict[str, int]:
    return {name: size for name in names if (size := files[name]) is not None}
