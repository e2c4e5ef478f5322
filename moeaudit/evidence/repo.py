"""What a repo must offer to be read, and the one reading of it that serves the Hub, its cache and a folder alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import Protocol

from moeaudit.errors import NoEvidence, Place
from moeaudit.evidence.files import CARD_LIMIT, CONFIG_LIMIT, INDEX_LIMIT
from moeaudit.evidence.headers import read_headers
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.model import Depth, Evidence, EvidenceFile, Index, JsonFile, ModelRef
from moeaudit.evidence.tables import TensorTable
from moeaudit.evidence.weight_index import FORMATS, check_shards_exist, read_index
from moeaudit.text import quoted

CONFIG = "config.json"
QUANTIZATION = "hf_quant_config.json"
CARD = "README.md"
SINGLE = "model.safetensors"

WEIGHTS = re.compile(r".*\.(?:safetensors|bin|pt|pth|gguf)")
NUMBERED = re.compile(r"model-(\d{5,6})-of-(\d{5,6})\.safetensors")

Listing = Mapping[str, int | None]
"""Files of a repo with their sizes in bytes, None where unknown."""

Progress = Callable[[int, int], None]
"""Told how many headers were read, and how many there are."""


class Repo(Protocol):
    """One commit of one repo. `holds_weights`: shards that are not listed are missing, not just left out of a copy."""

    model: ModelRef
    listing: Listing

    def holds_weights(self) -> bool: ...

    def read(self, file: str, limit: int) -> bytes:
        """A small file whole; UsageError where it is larger than `limit` bytes."""
        ...

    def read_span(self, file: str, start: int, length: int) -> bytes:
        """Bytes of a large file, fewer where it ends before. Called from several threads."""
        ...

    def origin(self, file: str) -> str:
        """Where a file was had: a URL, or `folder`."""
        ...


class Reading:
    """One pass over a repo: what is read, and the record of it."""

    def __init__(self, repo: Repo, progress: Progress) -> None:
        self.repo, self.progress = repo, progress
        self.listing = repo.listing
        self.files: list[EvidenceFile] = []

    def gather(self, depth: Depth | None) -> Evidence:
        """All evidence down to `depth`; without one, the cheapest that gives two witnesses."""
        config = self.config()
        depth = depth or self.cheapest()
        quantization = self.json_file(QUANTIZATION)
        index = self.index(required=depth is Depth.INDEX) if depth is not Depth.CONFIG else None
        headers = self.headers(index) if depth is Depth.HEADERS else None
        sizes = {file: size for file, size in sorted(self.listing.items())
                 if size is not None and WEIGHTS.fullmatch(file)}
        return Evidence(self.repo.model, config, quantization, index, headers, self.card(), shard_sizes=sizes,
                        files=tuple(self.files))

    def cheapest(self) -> Depth:
        if any(file in self.listing for file in FORMATS):
            return Depth.INDEX
        return Depth.HEADERS if unindexed_shards(self.listing) else Depth.CONFIG

    def config(self) -> JsonFile:
        config = self.json_file(CONFIG, finite=False)
        if config is None:
            raise no_config(self.repo.model.id, self.listing)
        return config

    def json_file(self, file: str, *, finite: bool = True) -> JsonFile | None:
        if file not in self.listing:
            return None
        data = self.read(file, CONFIG_LIMIT)
        return JsonFile(file, read_object(data, file, finite=finite), data.decode())

    def index(self, *, required: bool) -> Index | None:
        file = next((file for file in FORMATS if file in self.listing), None)
        if file is None:
            if required:
                raise NoEvidence("no weight index", place=Place(self.repo.model.id),
                                 hint="Use --depth headers for a single weight file, or --depth config.")
            return None
        index = read_index(self.read(file, INDEX_LIMIT), file)
        if self.repo.holds_weights() and index.table.shards:
            check_shards_exist(index.table.shards.files, self.listing, file)
        return index

    def headers(self, index: Index | None) -> TensorTable:
        if index and index.format == "safetensors" and index.table.shards:
            shards: Collection[str] = index.table.shards.files
            check_shards_exist(shards, self.listing, index.file)
        else:
            shards = unindexed_shards(self.listing)
        if not shards:
            raise NoEvidence("no safetensors weights, so there are no headers to read", place=Place(self.repo.model.id),
                             hint="Pickled weights are never opened. Use --depth index or --depth config.")
        table, record = read_headers(self.repo, {shard: self.listing[shard] for shard in sorted(shards)}, self.progress)
        self.files.append(record)
        return table

    def card(self) -> str | None:
        """The model card. Bytes that are no UTF-8 are replaced: prose may be damaged and still be read."""
        return self.read(CARD, CARD_LIMIT).decode(errors="replace") if CARD in self.listing else None

    def read(self, file: str, limit: int) -> bytes:
        data = self.repo.read(file, limit)
        self.files.append(EvidenceFile(file, sha256(data).hexdigest(), len(data), self.repo.origin(file)))
        return data


def unindexed_shards(listing: Collection[str]) -> list[str]:
    """The weight files of a repo without an index: the single one, or a complete numbered set."""
    if SINGLE in listing:
        return [SINGLE]
    numbered = sorted((match[2], match[0]) for match in map(NUMBERED.fullmatch, listing) if match)
    if numbered:
        total = numbered[0][0]
        shards = [f"model-{number:0{len(total)}d}-of-{total}.safetensors" for number in range(1, int(total) + 1)]
        check_shards_exist(shards, listing, "the numbered weight files")
        return shards
    alone = [file for file in listing if file.endswith(".safetensors") and "/" not in file and "adapter" not in file]
    return alone if len(alone) == 1 else []


def no_config(model: str, listing: Collection[str]) -> NoEvidence:
    gguf = next((file for file in sorted(listing) if file.endswith(".gguf")), None)
    hint = f"{quoted(gguf)} is a converted file: audit the repo it was made from." if gguf else \
        "Give the folder or repo that holds the model itself."
    return NoEvidence("no config.json", place=Place(model), hint=hint)
