"""Reading the headers of a model's shards: a first span that holds most of them whole, then only what it lacks.

What stands behind a short header in the first span is dropped unread; no shard is ever fetched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from moeaudit.collector import resting
from moeaudit.errors import Place, UsageError, placed
from moeaudit.evidence.ahead import Ahead
from moeaudit.evidence.model import EvidenceFile, Index
from moeaudit.evidence.rows import Rows, check_names
from moeaudit.evidence.safetensors import LENGTH_BYTES, header_length, read_header
from moeaudit.evidence.tables import Listed, TensorTable
from moeaudit.later import dataclass
from moeaudit.limits import AHEAD_BYTES, ALL_HEADERS_BYTES
from moeaudit.text import quoted

if TYPE_CHECKING:
    from moeaudit.evidence.second_reader import SecondReader

FIRST_SPAN = 100_000
"""Bytes of a shard to ask for where nothing tells how many names it holds. The Hub library's guess, too."""

LEAST_SPAN, MOST_SPAN = 4_096, 1_000_000
"""Bytes of a first span, at least and at most."""

ENTRY = 80
"""Bytes of a header's entry beside the name: type, shape, offsets and the signs around them, with a little over."""

HEADER_TO_INDEX = 1.45
"""Headers are larger than the index of the same names: 1.33 to 1.49 times in the published repos that have both."""

WORTH = 6_000_000
"""Bytes of headers for which a second process is worth it: this one needs 8 ms for a million, that one 45 to start."""

SHARED = 32_000_000
"""Bytes of headers, at most, that a second process is given: until it has answered they are kept here. DeepSeek-V3 has
12 million."""

Progress = Callable[[int, int], None]
"""Told how many headers were read, and how many there are."""

Text = tuple[str, bytes]
"""A file and its header."""


class Spans(Protocol):
    """What is needed of a repo."""

    def read_span(self, file: str, start: int, length: int) -> bytes: ...

    def origin(self, file: str) -> str: ...


@dataclass(frozen=True)
class Opening:
    """What a first span says: the header's length in bytes, without the 8 that say so, and as much of it as came."""

    length: int
    text: bytes


class Heads:
    """The headers of one repo's files, each read once, many at a time. `sizes`: bytes of the files, where known."""

    def __init__(self, repo: Spans, sizes: Mapping[str, int | None], ahead: Ahead) -> None:
        self.repo, self.sizes, self.ahead, self.first = repo, sizes, ahead, FIRST_SPAN
        self.expected: Mapping[str, int] = {}  # bytes by file, where an index tells
        self.later: deque[str] = deque()  # needed, and not asked for yet
        self.under_way: dict[str, int] = {}  # bytes by file, as expected when it was asked for
        self.held = 0  # their sum
        self.taken: set[str] = set()
        self.second: SecondReader | None = None

    def share(self, files: Iterable[str]) -> None:
        """Have a second process make the table of these headers, once they are here, where that is worth it."""
        if self.second is None and WORTH <= sum(map(self._bytes_of, files)) <= SHARED:
            from moeaudit.evidence.second_reader import second_reader

            self.second = second_reader()

    def alone(self) -> None:
        """Do without the second process."""
        if self.second is not None:
            self.second.drop()
            self.second = None

    def begin(self, files: Iterable[str]) -> None:
        """Ask for the headers that will be needed, in this order: for so many at a time as may be held."""
        needed = list(files)
        self.under_way = {file: self.under_way[file] for file in needed if file in self.under_way}
        self.held = sum(self.under_way.values())
        self.later = deque(file for file in needed if file not in self.under_way)
        self._begin_more()

    def _begin_more(self) -> None:
        while self.later and (not self.held or self.held + self._bytes_of(self.later[0]) <= AHEAD_BYTES):
            file = self.later.popleft()
            if file not in self.taken and not self.ahead.begun(("opening", file)):
                self.ahead.begin(("text", file), partial(self._text, file))
                self.under_way[file] = self._bytes_of(file)
                self.held += self.under_way[file]

    def _bytes_of(self, file: str) -> int:
        return self.expected.get(file, self.first)

    def begin_openings(self, files: Iterable[str]) -> None:
        """Ask for the first spans of files whose headers may turn out too long to be read."""
        for file in files:
            if not self.ahead.begun(("text", file)):
                self.ahead.begin(("opening", file), partial(self._opening, file))

    def text(self, file: str) -> bytes:
        """The header of a file as it stands there."""
        if self.ahead.begun(("opening", file)):
            return self.rest(file, self.opening(file))
        text = self.ahead.take(("text", file), partial(self._text, file))
        self.taken.add(file)
        self.held -= self.under_way.pop(file, 0)
        self._begin_more()
        return text

    def opening(self, file: str) -> Opening:
        if self.ahead.begun(("text", file)):
            text = self.text(file)
            return Opening(len(text), text)
        return self.ahead.take(("opening", file), partial(self._opening, file))

    def rest(self, file: str, opening: Opening) -> bytes:
        """The header of a file whose opening was read."""
        return self.ahead.take(("rest", file), partial(self._completed, file, opening))

    def begin_rests(self, openings: Mapping[str, Opening]) -> None:
        for file, opening in openings.items():
            if len(opening.text) < opening.length:
                self.ahead.begin(("rest", file), partial(self._completed, file, opening))

    def _opening(self, file: str) -> Opening:
        size = self.sizes.get(file)
        wanted = min(MOST_SPAN, self._bytes_of(file))
        start = self.repo.read_span(file, 0, wanted if size is None else min(size, wanted))
        length = header_length(start[:LENGTH_BYTES], file, size)
        return Opening(length, start[LENGTH_BYTES : LENGTH_BYTES + length])

    def _text(self, file: str) -> bytes:
        text = self._completed(file, self._opening(file))
        if (second := self.second) is not None:
            second.give(file, text, self.sizes.get(file))
        return text

    def _completed(self, file: str, opening: Opening) -> bytes:
        lacking = opening.length - len(opening.text)
        if not lacking:
            return opening.text
        text = opening.text + self.repo.read_span(file, LENGTH_BYTES + len(opening.text), lacking)
        if len(text) < opening.length:
            raise UsageError(
                f"the header claims {opening.length:,} bytes, only {len(text):,} are there",
                place=Place(file),
                hint="The file is cut off; download it again.",
            )
        return text


def first_span(index_bytes: int | None, shards: int) -> int:
    """Bytes expected of each shard's header, by the size of the index, which the listing tells before it is there."""
    if not index_bytes or not shards:
        return FIRST_SPAN
    return LEAST_SPAN + int(HEADER_TO_INDEX * index_bytes / shards)


def expected_spans(index: Index) -> dict[str, int]:
    """Bytes expected of each shard's header, by how many names an index gives it."""
    table = index.table
    if table.shards is None or not table.tensors:
        return {}
    mean = sum(len(group.template) * group.tensors for group in table.groups) / table.tensors
    counts = [0] * len(table.shards.files)
    for count, place in table.shards.runs:
        counts[place] += count
    return {
        file: LEAST_SPAN + int(count * (mean + ENTRY)) for file, count in zip(table.shards.files, counts, strict=True)
    }


def read_headers(heads: Heads, shards: Sequence[str], progress: Progress) -> tuple[TensorTable, EvidenceFile]:
    """The tensors of all shards, and the record of what was read. Each is parsed while later ones are on their way.

    UsageError for a broken header or a tensor that is in two shards.
    """
    texts, record = read_texts(heads, shards, progress), Record()
    if heads.second is not None:
        made, texts = heads.second.read(texts, record.add)
        if made is not None:
            return made, record.file(heads.repo)
    rows, record = Rows(), Record()
    for shard, text in texts:
        record.add(shard, text)
        listed = read_header(text, shard, heads.sizes[shard])
        try:
            with resting(), placed(f"{shard} (header)"):
                rows.add(*listed)
        except ValueError:
            name, other = next(rows.elsewhere(listed.names, shard))
            raise UsageError(
                f"tensor {quoted(name)} is also in {other}",
                place=Place(f"{shard} (header)"),
                hint="Loaders disagree on which one holds.",
            ) from None
    with placed(shards[-1]):
        table = TensorTable.made_of(rows)
    return table, record.file(heads.repo)


def read_loose(
    heads: Heads, files: Iterable[str], progress: Progress
) -> tuple[TensorTable, EvidenceFile, dict[str, bytes]]:
    """The same of files that nothing ties together. Those that repeat a tensor of earlier ones stay apart, as text."""
    names: set[str] = set()
    parts: list[Listed] = []
    apart: dict[str, bytes] = {}
    record = Record()
    for file, text in read_texts(heads, files, progress):
        listed = read_header(text, file, heads.sizes[file])
        with placed(f"{file} (header)"):
            check_names(len(names) + len(listed.names), listed.names)
        if names.isdisjoint(listed.names):
            names.update(listed.names)
            parts.append(listed)
            record.add(file, text)
        else:
            apart[file] = text
    with placed(record.files[0]):
        table = TensorTable.of(parts)
    return table, record.file(heads.repo), apart


def read_texts(heads: Heads, shards: Iterable[str], progress: Progress) -> Iterator[Text]:
    """The header texts of all shards, in their order. The first failure ends the rest: UsageError, too, where all
    together are longer than any model's."""
    names, read = list(shards), 0
    progress(0, len(names))
    heads.begin(names)
    for done, name in enumerate(names, 1):
        text = heads.text(name)
        read += len(text)
        if read > ALL_HEADERS_BYTES:
            raise UsageError(
                f"the weight files hold {ALL_HEADERS_BYTES.words()}", place=Place(name), hint="No published model does."
            )
        yield name, text
        progress(done, len(names))


class Record:
    """What was read. The digest is over the headers as they stand, lengths included, one after the other."""

    def __init__(self) -> None:
        self.digest, self.size, self.files = sha256(), 0, list[str]()

    def add(self, file: str, text: bytes) -> None:
        self.digest.update(len(text).to_bytes(LENGTH_BYTES, "little"))
        self.digest.update(text)
        self.size += LENGTH_BYTES + len(text)
        self.files.append(file)

    def file(self, repo: Spans, what: str = "safetensors headers") -> EvidenceFile:
        first = self.files[0]
        name = f"{first} (header)" if len(self.files) == 1 else f"{len(self.files)} {what}"
        return EvidenceFile(name, self.digest.hexdigest(), self.size, repo.origin(first))
