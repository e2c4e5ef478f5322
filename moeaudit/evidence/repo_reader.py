"""Reading one repo in steps: each file at most once, and nothing deeper than what is asked."""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256

from moeaudit.errors import NoEvidence, Place
from moeaudit.evidence.beside import FilesBeside, read_beside
from moeaudit.evidence.files import CARD_LIMIT, CONFIG_LIMIT, INDEX_LIMIT
from moeaudit.evidence.headers import read_headers, read_loose
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.model import Depth, Evidence, EvidenceFile, Index, JsonFile
from moeaudit.evidence.reader import Reader
from moeaudit.evidence.repo import CARD, CONFIG, QUANTIZATION, WEIGHTS, Progress, Repo, no_config
from moeaudit.evidence.shard_sets import ShardSet, in_words, is_near, unindexed, weight_files
from moeaudit.evidence.tables import TensorTable
from moeaudit.evidence.weight_index import FORMATS, check_shards_exist, read_index

ORDER = tuple(Depth)

NOTHING = FilesBeside()


class RepoReader(Reader):
    """One repo's evidence. Its parts are read when they are first needed, and kept."""

    def __init__(self, repo: Repo, progress: Progress) -> None:
        self.repo, self.progress, self.listing = repo, progress, repo.listing
        self.weights = weight_files(repo.listing)
        self.there = set(repo.listing) - set(repo.pointers)
        self.index_file = next((file for file in FORMATS if file in repo.listing), None)
        self.records: dict[str, EvidenceFile] = {}  # by what the file is read for
        self.apart = NOTHING
        self.reached = -1  # place in ORDER

    @property
    def first(self) -> Depth:
        """The index where there is one; the headers where not, or where some of the index's shards are not there."""
        self.config  # noqa: B018 - without one, what else is wrong does not matter
        if self.index_file is None:
            return Depth.HEADERS if self.own.files else Depth.CONFIG
        return Depth.HEADERS if self.own.files and self.missing else Depth.INDEX

    def has(self, depth: Depth) -> bool:
        if ORDER.index(depth) <= self.reached:
            return False
        if depth is not Depth.HEADERS:
            return depth is Depth.CONFIG or self.index_file is not None
        if self.index_file and "index" not in vars(self) and not self.repo.partial:
            return not self.there.isdisjoint(self.weights)  # the index is not fetched only to be asked
        return not self.there.isdisjoint(self.own.files) and not (self.repo.partial and self.own.missing)

    def read(self, depth: Depth) -> Evidence:
        deep, down = depth is Depth.HEADERS, depth is not Depth.CONFIG
        config, quantization = self.config, self.quantization
        index = self.index if down else None
        if depth is Depth.INDEX and index is None:
            raise NoEvidence("no weight index", place=Place(self.repo.model.id),
                             hint="Use --depth headers for a single weight file, or --depth config.")
        headers = self.headers if deep else None
        beside = (self.beside if down else NOTHING) + (self.apart if deep else NOTHING)
        card = self.card
        self.reached = max(self.reached, ORDER.index(depth))
        parts = {CONFIG: config, QUANTIZATION: quantization, "index": index, "headers": headers}
        files = [self.records[part] for part, value in parts.items() if value is not None]
        return Evidence(self.repo.model, config, quantization, index, headers, card, shard_sizes=self._sizes(),
                        files=(*files, *beside.records, *([self.records[CARD]] if card is not None else [])),
                        beside=beside.found, beside_unread=beside.unread, missing_shards=self.missing if down else ())

    @cached_property
    def config(self) -> JsonFile:
        config = self._json_file(CONFIG, finite=False)
        if config is None:
            raise no_config(self.repo.model.id, self.listing)
        return config

    @cached_property
    def quantization(self) -> JsonFile | None:
        return self._json_file(QUANTIZATION)

    @cached_property
    def index(self) -> Index | None:
        return read_index(self._read(self.index_file, INDEX_LIMIT, "index"), self.index_file) \
            if self.index_file else None

    @cached_property
    def card(self) -> str | None:
        """The model card. Bytes that are no UTF-8 are replaced: prose may be damaged and still be read."""
        return self._read(CARD, CARD_LIMIT, CARD).decode(errors="replace") if CARD in self.listing else None

    @cached_property
    def headers(self) -> TensorTable:
        """Of the model's own shards, as far as they are there."""
        shards = self._header_files()
        sizes = {shard: self.listing[shard] for shard in shards}
        if not self.own.loose:
            table, self.records["headers"] = read_headers(self.repo, sizes, self.progress)
            return table
        table, self.records["headers"], apart = read_loose(self.repo, sizes, self.progress)
        self.apart = read_beside(self.repo, {file: sizes[file] for file in apart}, self.progress, apart)
        return table

    @cached_property
    def beside(self) -> FilesBeside:
        """Of all other safetensors files."""
        others = set(self.weights) - set(self.own.files) - self.indexed
        near = {file: self.listing[file] for file in sorted(others) if is_near(file)}
        beside = read_beside(self.repo, near, self.progress, {})
        return FilesBeside(beside.found, beside.unread + len(others) - len(near), beside.records)

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
        return unindexed(near if self.there.isdisjoint(near) else self.there.intersection(near))

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
        if self.index and self.indexed and self.index.format == "safetensors":
            check_shards_exist(self.indexed if lacking else (), self.listing, self.index.file)
            return self.own.files or tuple(sorted(self.indexed))
        if lacking:
            raise NoEvidence(f"{in_words(lacking)} not at hand", place=Place(self.repo.model.id),
                             hint="The upload or download is incomplete.")
        if not self.own.files:
            raise NoEvidence("no safetensors weights, so there are no headers to read", place=Place(self.repo.model.id),
                             hint="Pickled weights are never opened. Use --depth index or --depth config.")
        return self.own.files

    def _sizes(self) -> dict[str, int]:
        """Bytes of the weight files of every format."""
        return {file: size for file, size in sorted(self.listing.items())
                if size is not None and WEIGHTS.fullmatch(file) and file in self.there}

    def _json_file(self, file: str, *, finite: bool = True) -> JsonFile | None:
        if file not in self.listing:
            return None
        data = self._read(file, CONFIG_LIMIT, file)
        return JsonFile(file, read_object(data, file, finite=finite), data.decode())

    def _read(self, file: str, limit: int, purpose: str) -> bytes:
        data = self.repo.read(file, limit)
        self.records[purpose] = EvidenceFile(file, sha256(data).hexdigest(), len(data), self.repo.origin(file))
        return data
