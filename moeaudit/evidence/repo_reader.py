"""Reading one repo in steps: each file at most once, and nothing deeper than what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property, partial
from hashlib import sha256

from moeaudit.errors import NoEvidence, Place
from moeaudit.evidence.ahead import Ahead
from moeaudit.evidence.beside import FilesBeside, chosen_groups, read_beside
from moeaudit.evidence.header_cache import KeptHeaders, KeptIndex, Tables, key_of
from moeaudit.evidence.headers import Heads, expected_spans, first_span, read_headers, read_loose
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.model import Depth, Document, Evidence, EvidenceFile, Index, JsonFile, Role
from moeaudit.evidence.reader import Reader
from moeaudit.evidence.repo import CARD, CONFIG, DOCUMENTS, QUANTIZATION, WEIGHTS, Progress, Repo, not_read_online
from moeaudit.evidence.shard_sets import ShardSet, in_words, is_near, unindexed, weight_files
from moeaudit.evidence.tables import TensorTable
from moeaudit.evidence.weight_index import FORMATS, PYTORCH_INDEX, SAFETENSORS_INDEX, check_shards_exist, read_index
from moeaudit.limits import CARD_BYTES, CONFIG_BYTES, DOCUMENT_BYTES, INDEX_BYTES

ORDER = tuple(Depth)

NOTHING = FilesBeside()


LIMITS = {
    CONFIG: CONFIG_BYTES,
    QUANTIZATION: CONFIG_BYTES,
    CARD: CARD_BYTES,
    **dict.fromkeys(DOCUMENTS, DOCUMENT_BYTES),
    **dict.fromkeys(FORMATS, INDEX_BYTES),
}


class RepoReader(Reader):
    """One repo's evidence. Its parts are read when they are first needed, and kept.

    What a depth will need is asked for at once, as far as the listing tells; the parts then wait for their own.
    `described`: the role of each document that describes the model besides config.json, or in its stead.
    """

    indexes: tuple[str, ...] = (SAFETENSORS_INDEX, PYTORCH_INDEX)
    """Index files, in the order of preference."""

    def __init__(self, repo: Repo, progress: Progress) -> None:
        self.repo, self.progress, self.listing = repo, progress, repo.listing
        self.tables = repo.tables or Tables()
        self.weights = self.weight_files()
        self.described = self.roles()
        self.there = set(repo.listing) - set(repo.pointers)
        self.index_file = next((file for file in self.indexes if file in repo.listing), None)
        self.records: dict[str, EvidenceFile] = {}  # by what the file is read for
        self.apart = NOTHING
        self.reached = -1  # place in ORDER
        self.ahead = Ahead(repo.in_flight, repo.at_first)
        self.heads = Heads(repo, repo.listing, self.ahead)
        self.begun: set[Depth] = set()

    def weight_files(self) -> list[str]:
        """The safetensors files that may be the model's."""
        return weight_files(self.listing)

    def roles(self) -> dict[str, Role]:
        """The documents to be read, by file."""
        return {}

    def passed_over(self) -> tuple[str, ...]:
        """What the root has that describes a model in other words than what was read, and converted files beside."""
        converted = sorted(file for file in self.listing if file.casefold().endswith(".gguf") and "/" not in file)
        there = {*self.listing, *self.repo.absent} - set(self.described)
        return (*(file for file in DOCUMENTS if file in there), *converted)

    @property
    def first(self) -> Depth:
        """The index where there is one; the headers where not, or where some of the index's shards are not there."""
        self.begin(None)
        self.config, self.documents  # noqa: B018 - without them, what else is wrong does not matter
        if self.index_file is None:
            return Depth.HEADERS if self.readable else Depth.CONFIG
        return Depth.HEADERS if self.readable and self.missing else Depth.INDEX

    def has(self, depth: Depth) -> bool:
        if ORDER.index(depth) <= self.reached:
            return False
        if depth is not Depth.HEADERS:
            return depth is Depth.CONFIG or self.index_file is not None
        if self.index_file and "index" not in vars(self) and self.repo.in_flight:
            return not self.there.isdisjoint(self.weights)  # the index is not fetched only to be asked
        return self.readable and not (self.repo.partial and self.own.missing)

    def read(self, depth: Depth) -> Evidence:
        complete = False
        try:
            self.begin(depth)
            evidence = self._read_down_to(depth)
            complete = True
            return evidence
        finally:
            self.ahead.drop()  # what nobody has waited for is of no use, least of all after a failure
            self.heads.alone()
            self.repo.keep(complete=complete)

    def _read_down_to(self, depth: Depth) -> Evidence:
        deep, down = depth is Depth.HEADERS, depth is not Depth.CONFIG
        config, quantization, documents = self.config, self.quantization, self.documents
        index = self.index if down else None
        if depth is Depth.INDEX and index is None:
            raise NoEvidence(
                "no weight index",
                place=Place(self.repo.model.id),
                hint="Use --depth headers for a single weight file, or --depth config.",
            )
        headers = self.headers if deep else None
        beside = (self.beside if down else NOTHING) + (self.apart if deep else NOTHING)
        card = self.card
        self.reached = max(self.reached, ORDER.index(depth))
        parts = {CONFIG: config, QUANTIZATION: quantization, "index": index, "headers": headers}
        read = [part for part, value in parts.items() if value is not None]
        files = [self.records[part] for part in (*(one.file.file for one in documents), *read)]
        return Evidence(
            self.repo.model,
            config,
            quantization,
            index,
            headers,
            card,
            shard_sizes=self._sizes(),
            files=(*files, *beside.records, *([self.records[CARD]] if card is not None else [])),
            beside=beside.found,
            beside_unread=beside.unread,
            missing_shards=self.missing if down else (),
            documents=documents,
            passed_over=self.passed_over(),
        )

    def begin(self, depth: Depth | None) -> None:
        """What the index alone can tell of what a depth needs is guessed from the names."""
        depth = depth or (Depth.INDEX if self.index_file else Depth.HEADERS)
        if depth in self.begun or not self.repo.in_flight:
            return
        self.begun.add(depth)
        if self.repo.doubtful:
            self.config  # noqa: B018 - where one file is refused, all are
        deep, down = depth is Depth.HEADERS, depth is not Depth.CONFIG
        files = [CONFIG, *self.described, QUANTIZATION, *([self.index_file] if down and self.index_file else []), CARD]
        for file in files:
            if file in self.listing and file not in self.records and not self._has_kept_index(file):
                self.ahead.begin(file, partial(self._fetched, file))
        if not down:
            return
        guess = self._guess()
        if deep:
            self._measure(guess)
            if not self.tables.has(self._key("headers", guess)):
                if self.repo.at_first < self.repo.in_flight:
                    self.heads.share(guess)
                self.heads.begin(guess)
        beside = self._near_but(guess)
        if not self.tables.has(self._key("beside", beside)):
            self.heads.begin_openings(file for group in chosen_groups(beside) for file in group)

    def _guess(self) -> list[str]:
        """The model's own files before the index is there to say so; exactly those where it is."""
        if self.index_file is None or "index" in vars(self) or self._has_kept_index(self.index_file):
            return list(self.own.files)
        near = [file for file in self.weights if is_near(file) and file in self.there]
        return list(self.unindexed(near).files)

    def _near_but(self, own: Iterable[str]) -> list[str]:
        return sorted(file for file in set(self.weights) - set(own) - self._indexed_so_far() if is_near(file))

    def _indexed_so_far(self) -> set[str]:
        return self.indexed if "index" in vars(self) or self.index_file is None else set()

    def _measure(self, shards: Iterable[str]) -> None:
        """How much of each shard to ask for first: by the index where it is here, else by its size."""
        index = self.index if "index" in vars(self) else None
        if index is not None:
            self.heads.expected = expected_spans(index)
        elif self.index_file is not None:
            self.heads.first = first_span(self.listing[self.index_file], len(list(shards)))

    def _has_kept_index(self, file: str) -> bool:
        return file == self.index_file and self.tables.has(self._key("index", [file]))

    def _key(self, kind: str, files: Iterable[str]) -> str | None:
        return key_of(kind, ((file, self.listing.get(file), self.repo.digest(file)) for file in files))

    @cached_property
    def config(self) -> JsonFile | None:
        return self._json_file(CONFIG, finite=False)

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        found = ((role, self._json_file(file, finite=False)) for file, role in self.described.items())
        return tuple(Document(role, file) for role, file in found if file is not None)

    @cached_property
    def quantization(self) -> JsonFile | None:
        return self._json_file(QUANTIZATION)

    @cached_property
    def index(self) -> Index | None:
        if self.index_file is None:
            return None
        key = self._key("index", [self.index_file])
        kept = self.tables.index(key)
        if kept is not None:
            self.records["index"] = self._placed(kept.record)
            return kept.index
        index = read_index(self._read(self.index_file, "index"), self.index_file)
        self.tables.keep_index(key, KeptIndex(index, self._unplaced(self.records["index"], [self.index_file])))
        return index

    @cached_property
    def card(self) -> str | None:
        """The model card. Bytes that are no UTF-8 are replaced: prose may be damaged and still be read."""
        return self._read(CARD, CARD).decode(errors="replace") if CARD in self.listing else None

    @cached_property
    def headers(self) -> TensorTable:
        """Of the model's own shards, as far as they are there."""
        shards = self._header_files()
        key = self._key("headers", shards)
        kept = self.tables.headers(key)
        if kept is None:
            self._measure(shards)
            kept = self._read_headers(shards)
            self.tables.keep_headers(key, kept)
        self.records["headers"], self.apart = self._placed(kept.record), self._all_placed(kept.apart)
        return kept.table

    @cached_property
    def beside(self) -> FilesBeside:
        """Of all other safetensors files."""
        others = set(self.weights) - set(self.own.files) - self.indexed
        near = [file for file in sorted(others) if is_near(file)]
        key = self._key("beside", near)
        beside = self.tables.beside(key)
        if beside is None and not self.repo.holds(near):
            return FilesBeside(unread=len(others))
        if beside is None:
            beside = self._all_unplaced(
                read_beside(self.heads, {file: self.listing[file] for file in near}, self.progress, {}), near
            )
            self.tables.keep_beside(key, beside)
        return replace(self._all_placed(beside), unread=beside.unread + len(others) - len(near))

    def _read_headers(self, shards: tuple[str, ...]) -> KeptHeaders:
        if not self.own.loose:
            table, record = read_headers(self.heads, shards, self.progress)
            return KeptHeaders(table, self._unplaced(record, shards), NOTHING)
        table, record, copies = read_loose(self.heads, shards, self.progress)
        apart = read_beside(self.heads, {file: self.listing[file] for file in copies}, self.progress, copies)
        return KeptHeaders(table, self._unplaced(record, shards), self._all_unplaced(apart, shards))

    def _placed(self, record: EvidenceFile) -> EvidenceFile:
        """A record as had from this repo and commit. Kept ones say only the file: others may hold the same."""
        return replace(record, origin=self.repo.origin(record.origin))

    def _all_placed(self, beside: FilesBeside) -> FilesBeside:
        return replace(beside, records=tuple(map(self._placed, beside.records)))

    def _unplaced(self, record: EvidenceFile, files: Iterable[str]) -> EvidenceFile:
        return replace(record, origin=next(file for file in files if self.repo.origin(file) == record.origin))

    def _all_unplaced(self, beside: FilesBeside, files: Iterable[str]) -> FilesBeside:
        return replace(beside, records=tuple(self._unplaced(record, files) for record in beside.records))

    @cached_property
    def readable(self) -> bool:
        """Whether the headers of the model's own files can be had."""
        files = self.own.files
        return bool(files) and (self.repo.holds(files) or self.tables.has(self._key("headers", files)))

    @cached_property
    def indexed(self) -> set[str]:
        """The files that the index names."""
        return set(self.index.table.shards.files) if self.index and self.index.table.shards else set()

    @cached_property
    def own(self) -> ShardSet:
        """The model's own safetensors files: those that the index names, else those whose names say so."""
        if self.indexed and self.index and self.index.format == "safetensors":
            return ShardSet(tuple(sorted(self.indexed & self.there)), tuple(sorted(self.indexed - self.there)))
        near = [file for file in self.weights if is_near(file)]
        return self.unindexed(near if self.there.isdisjoint(near) else self.there.intersection(near))

    def unindexed(self, files: Iterable[str]) -> ShardSet:
        """The model's own among files that no index names."""
        return unindexed(files)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Shards that this repo or folder should hold and does not."""
        if self.repo.partial:
            return ()
        if self.indexed.isdisjoint(self.there) and not self.repo.holds_weights():
            return () if self.indexed else self.own.missing
        return tuple(sorted({*(self.indexed - self.there), *self.own.missing}))

    def _header_files(self) -> tuple[str, ...]:
        """The files to read headers of. NoEvidence where there are none, or where a copy holds only some."""
        lacking = self.own.missing if self.repo.partial or not self.own.files else ()
        if self.repo.partial and (not self.own.files or (self.indexed and lacking)):
            raise not_read_online(self.repo.model.id)
        if self.index and self.indexed and self.index.format == "safetensors":
            check_shards_exist(self.indexed if lacking else (), self.listing, self.index.file)
            return self.own.files or tuple(sorted(self.indexed))
        if lacking:
            raise NoEvidence(
                f"{in_words(lacking)} not at hand",
                place=Place(self.repo.model.id),
                hint="The upload or download is incomplete.",
            )
        if not self.own.files:
            raise NoEvidence(
                "no safetensors weights, so there are no headers to read",
                place=Place(self.repo.model.id),
                hint="Pickled weights are never opened. Use --depth index or --depth config.",
            )
        return self.own.files

    def _sizes(self) -> dict[str, int]:
        """Bytes of the weight files of every format."""
        return {
            file: size
            for file, size in sorted(self.listing.items())
            if size is not None and WEIGHTS.fullmatch(file) and file in self.there
        }

    def _json_file(self, file: str, *, finite: bool = True) -> JsonFile | None:
        if file not in self.listing:
            return None
        data = self._read(file, file)
        return JsonFile(file, read_object(data, file, finite=finite), data.decode())

    def _read(self, file: str, purpose: str) -> bytes:
        data, digest = self.ahead.take(file, partial(self._fetched, file))
        self.records[purpose] = EvidenceFile(file, digest, len(data), self.repo.origin(file))
        return data

    def _fetched(self, file: str) -> tuple[bytes, str]:
        """A small file and its digest."""
        data = self.repo.read(file, LIMITS[file])
        return data, sha256(data).hexdigest()
