"""GGUF files as a model's evidence: one file, the parts of one, or one of the quantisations that a repo holds.

The headers alone are read, by spans; they say all there is to count, so no other depth is of use. A config.json beside
them is the origin's, and the card the converter's or the origin's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moeaudit.collector import resting
from moeaudit.errors import NoEvidence, Place, UsageError, placed
from moeaudit.evidence.files import boundary_of
from moeaudit.evidence.folder import Folder
from moeaudit.evidence.formats.gguf import Header, read_header
from moeaudit.evidence.formats.gguf_bytes import SPAN
from moeaudit.evidence.formats.gguf_files import PART, GgufSet, chosen, is_beside, is_gguf, sets_of
from moeaudit.evidence.header_cache import KeptGguf
from moeaudit.evidence.model import Depth, Document, EvidenceFile, JsonFile, ModelRef, Role, Source
from moeaudit.evidence.repo import CARD, CONFIG, Repo, not_read_online
from moeaudit.evidence.repo_reader import RepoReader
from moeaudit.evidence.rows import Rows
from moeaudit.evidence.shard_sets import ShardSet
from moeaudit.evidence.tables import TensorTable
from moeaudit.limits import ALL_HEADERS_BYTES
from moeaudit.text import quoted

if TYPE_CHECKING:
    from moeaudit.evidence.formats import Follow
    from moeaudit.evidence.headers import Progress
    from moeaudit.evidence.reader import Reader

LATER_SPAN = 128_000
"""Bytes to ask first of a part that is not the first: it has no vocabulary."""


class GgufReader(RepoReader):
    """`choice`: which of several quantisations is meant; empty where nobody says."""

    indexes = ()

    def __init__(self, repo: Repo, progress: Progress, choice: str = "") -> None:
        super().__init__(repo, progress)
        self.model = chosen(sets_of(repo.listing), choice, repo.model.id)

    def weight_files(self) -> list[str]:
        return []

    def passed_over(self) -> tuple[str, ...]:
        """The other quantisations of a repo are no other model."""
        return tuple(file for file in super().passed_over() if not is_gguf(file))

    @property
    def first(self) -> Depth:
        self.begin(Depth.HEADERS)
        return Depth.HEADERS

    def has(self, depth: Depth) -> bool:
        return depth is Depth.HEADERS and self.reached < 0

    def begin(self, depth: Depth | None) -> None:
        if self.begun or not self.repo.in_flight:
            return
        self.begun.add(Depth.HEADERS)
        if self.repo.doubtful:
            self.config  # noqa: B018 - where one file is refused, all are
        for file in (CONFIG, CARD):
            if file in self.listing:
                self.ahead.begin(file, partial(self._fetched, file))
        if not self.tables.has(self._key("gguf", self.model.files)):
            for place, file in enumerate(self.model.files):
                self.ahead.begin(("gguf", file), partial(self._header, file, place))

    @cached_property
    def own(self) -> ShardSet:
        return ShardSet(self.model.files, self.model.missing)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        return self.model.missing

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        file = JsonFile(self.model.files[0], self._kept.keys, None, tuple(self._kept.omitted))
        self.records.setdefault(file.file, self._placed(self._kept.record))
        return (Document(Role.GGUF, file),)

    @cached_property
    def headers(self) -> TensorTable:
        self.records["headers"] = self._placed(self._kept.record)
        return self._kept.table

    @cached_property
    def _kept(self) -> KeptGguf:
        if self.model.missing:
            raise NoEvidence(
                f"{_parts(self.model)} not at hand",
                place=Place(self.repo.model.id),
                hint="The upload or download is incomplete.",
            )
        key = self._key("gguf", self.model.files)
        kept = self.tables.gguf(key)
        if kept is None:
            if self.repo.partial and not self.repo.holds(self.model.files):
                raise not_read_online(self.repo.model.id)
            kept = self._read_all()
            self.tables.keep_gguf(key, kept)
        return kept

    def _read_all(self) -> KeptGguf:
        """The parts' headers as one: the first has the keys, each a number and how many there are."""
        rows, digest, read = Rows(), sha256(), 0
        first: Header | None = None
        for place, (file, header) in enumerate(self._each()):
            first = first or header
            read += header.bytes
            if read > ALL_HEADERS_BYTES:
                raise UsageError(f"the parts hold {ALL_HEADERS_BYTES.words()}", place=Place(file))
            check_part(header, file, place, len(self.model.files))
            digest.update(bytes.fromhex(header.sha256))
            add(rows, header, file)
        assert first is not None
        with placed(self.model.files[0]):
            table = TensorTable.made_of(rows)
        check_whole(first, table.tensors, self.model.files[0])
        one = len(self.model.files) == 1
        record = EvidenceFile(
            f"{self.model.files[0]} (header)" if one else f"{len(self.model.files)} GGUF headers",
            first.sha256 if one else digest.hexdigest(),
            read,
            self.model.files[0],
        )
        return KeptGguf(table, record, first.keys, list(first.omitted))

    def _each(self) -> Iterator[tuple[str, Header]]:
        files = self.model.files
        self.progress(0, len(files))
        for place, file in enumerate(files):
            yield file, self.ahead.take(("gguf", file), partial(self._header, file, place))
            self.progress(place + 1, len(files))

    def _header(self, file: str, place: int) -> Header:
        size = self.listing[file]
        span = SPAN if place == 0 else LATER_SPAN
        return read_header(partial(self.repo.read_span, file), file, size, span)


def add(rows: Rows, header: Header, file: str) -> None:
    """The tensors of one part to those before it."""
    try:
        with resting(), placed(file):
            rows.add(*header.tensors)
    except ValueError:
        name, other = next(rows.elsewhere(header.tensors.names, file))
        raise UsageError(
            f"tensor {quoted(name)} is also in {other}", place=Place(file), hint="Loaders disagree on which one holds."
        ) from None


def check_part(header: Header, file: str, place: int, files: int) -> None:
    """What a part says of its place among the others."""
    count, number = header.keys.get("split.count"), header.keys.get("split.no")
    if count is None and files == 1:
        return
    if type(count) is int and count <= 1 and files == 1:
        return
    if PART.fullmatch(file) is None:
        raise UsageError(
            f"the file is one of {quoted(count)} parts, and its name does not say of which",
            place=Place(file, path="split.count"),
            hint="Name the parts …-00001-of-00003.gguf, as llama-gguf-split does.",
        )
    if count != files or number != place:
        raise UsageError(
            f"the file says part {quoted(number)} of {quoted(count)}, counted from 0, its name says part {place} of "
            f"{files}",
            place=Place(file, path="split.no"),
            hint="The parts are mixed up; download them again.",
        )


def check_whole(first: Header, tensors: int, file: str) -> None:
    said = first.keys.get("split.tensors.count")
    if said is not None and said != tensors:
        raise UsageError(
            f"split.tensors.count is {quoted(said)}, the parts hold {tensors:,} tensors",
            place=Place(file, path="split.tensors.count"),
            hint="The parts are not of one model; download them again.",
        )


def _parts(model: GgufSet) -> str:
    numbers = [int(match["number"]) for file in model.missing if (match := PART.fullmatch(file))]
    said = ", ".join(map(str, numbers[:8])) + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")
    return f"part{'s' if len(numbers) > 1 else ''} {said} of {len(model.files) + len(numbers)} of {quoted(model.name)}"


class LoneGguf(Folder):
    """One GGUF file, with the other parts of the same model that lie beside it; nothing else of its folder."""

    def __init__(self, path: Path) -> None:
        name, real = str(path), path.resolve() if path.is_symlink() else path
        if is_gguf(real.name) and boundary_of(path.parent) == path.parent.resolve():
            path = real  # a link of the user's own; those of the Hub's cache lead to blobs
        self.root, self.model, self.partial = path.parent, ModelRef(name, Source.FILE), False
        self.boundary = boundary_of(path.parent).resolve()
        match = PART.fullmatch(path.name)
        names = [path.name]
        if match:
            pattern = match["stem"], match["total"]
            there = (PART.fullmatch(one.name) for one in path.parent.iterdir())
            names = [one[0] for one in there if one and (one["stem"], one["total"]) == pattern]
        self.listing = {name: (self.root / name).stat().st_size for name in names}
        self.pointers = ()


def open_gguf(repo: Repo, progress: Progress, follow: Follow, choice: str = "") -> Reader:
    return GgufReader(repo, progress, choice)


def open_lone(path: Path, progress: Progress) -> Reader:
    """The reader of one file, whatever it is called."""
    reader: Any = LoneGguf(path)
    if is_beside(path.name) or not is_gguf(path.name):
        return LoneReader(reader, progress)
    return GgufReader(reader, progress)


class LoneReader(GgufReader):
    """A file that no repo would offer as a language model: an encoder's, or one of another name, named by the user."""

    def __init__(self, repo: Any, progress: Progress) -> None:
        RepoReader.__init__(self, repo, progress)
        self.model = GgufSet(repo.root.name, tuple(repo.listing))
