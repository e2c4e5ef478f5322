"""What was read from one repo at one commit, as data. All above this room is a pure function of an `Evidence`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from moeaudit.evidence.tables import Shards, Tensor, TensorGroup, TensorTable
from moeaudit.later import dataclass
from moeaudit.text import file_name


class Depth(StrEnum):
    """How far to read: the config, the weight index too, or every shard's header too."""

    CONFIG = "config"
    INDEX = "index"
    HEADERS = "headers"


class Source(StrEnum):
    """What kind of place the evidence came from."""

    HUB = "hub"
    FOLDER = "folder"
    FILE = "file"
    LOCK = "lock"
    SPEC = "spec"


@dataclass(frozen=True)
class ModelRef:
    """Which model, at which commit, read from where.

    `revision` is the name asked for (branch, tag), `commit` what it resolved to. `recorded`: the evidence is the one
    shipped with moeaudit, not fetched now.
    """

    id: str
    source: Source
    revision: str | None = None
    commit: str | None = None
    recorded: bool = False


@dataclass(frozen=True)
class EvidenceFile:
    """One file that was read: its digest and size, and where it was had (a URL, or `folder`).

    For a shard of which only the header was read, digest and size are those of the header (8 bytes of length included).
    """

    file: str
    sha256: str
    bytes: int
    origin: str


@dataclass(frozen=True)
class JsonFile:
    """A JSON object as read: the values, and the text they stand in (None where only the values were recorded)."""

    file: str
    data: Mapping[str, Any]
    text: str | None = None
    omitted: tuple[str, ...] = ()  # keys an evidence file left out, as dotted paths


class Role(StrEnum):
    """What a document of a repo without transformers' config.json is read for."""

    PARAMS = "params"  # Mistral's params.json: the config, in its own words
    GGUF = "gguf"  # the keys of a GGUF file's head
    ADAPTER = "adapter"  # adapter_config.json: what was trained beside which base
    PIPELINE = "pipeline"  # model_index.json: folders, each a part of a diffusers pipeline


@dataclass(frozen=True)
class Document:
    """A description of the model other than transformers' own, as data."""

    role: Role
    file: JsonFile


@dataclass(frozen=True)
class Index:
    """A weight index: names and shards without types and shapes, and what its metadata says.

    `total_size` is in bytes; `total_parameters` in elements; `format` is safetensors or pytorch.
    """

    file: str
    table: TensorTable
    format: str = "safetensors"
    total_size: int | None = None
    total_parameters: int | None = None


@dataclass(frozen=True)
class Beside:
    """Weight files that lie in the repo and that its index, or the numbering of its shards, does not name.

    `files` are of one folder and alike but for their numbers; `table` is what their headers list, no name twice.
    `sizes`: their bytes, as far as known. `broken`: why a file's header could not be read; its table is then empty.
    """

    files: tuple[str, ...]
    table: TensorTable
    sizes: Mapping[str, int] = field(default_factory=dict)
    broken: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything read about one model. What was not there, or not asked for, is None.

    `shard_sizes`: bytes of the weight files that the repo lists, whether or not they were read. `synthesised`: how
    `headers` were derived where no file was read for them; they are then no independent witness.
    `beside`: safetensors files that are not of the model's own set, read wherever an index or headers are;
    `documents`: what describes the model in other words than config.json, by role, no role twice. `parts`: what has
    evidence of its own, the folders of a pipeline and an adapter's own weights; a part has none.
    `beside_unread`: how many more there are, beyond what is read. `missing_shards`: files that the index or the
    numbering calls for and that are not there; `headers` are then those of the others. A copy of the small files alone
    lacks none. `passed_over`: files that lie beside what was read and describe or hold another kind of model.
    """

    model: ModelRef
    config: JsonFile | None = None
    quantization: JsonFile | None = None  # hf_quant_config.json, where the producer writes one
    index: Index | None = None
    headers: TensorTable | None = None
    card: str | None = None  # README.md
    spec: str | None = None  # the text of a *.moe.yaml
    shard_sizes: Mapping[str, int] = field(default_factory=dict)
    files: tuple[EvidenceFile, ...] = ()
    synthesised: str | None = None
    beside: tuple[Beside, ...] = ()
    beside_unread: int = 0
    missing_shards: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    parts: tuple[Part, ...] = ()
    passed_over: tuple[str, ...] = ()

    def document(self, role: Role) -> JsonFile | None:
        """The document of a role; None where there is none."""
        return next((one.file for one in self.documents if one.role is role), None)

    @property
    def described_in(self) -> str:
        """The file that stands where most repos have a config.json, as it was given or listed."""
        document = self.document(Role.GGUF) or self.config or self.document(Role.PARAMS)
        return "config.json" if document is None else document.file

    @property
    def describing(self) -> str:
        """The same file, by its name alone."""
        return file_name(self.described_in)

    def part(self, name: str) -> Evidence | None:
        """The evidence of a part; None where there is none of that name."""
        return next((one.evidence for one in self.parts if one.name == name), None)


ADAPTER_PART = "adapter"
"""What the part of the evidence is called that holds an adapter's own weights."""

BASE_FIELDS = ("base_model_name_or_path", "model")
"""The fields of an adapter's config that name its base: PEFT's, mlx-lm's."""


@dataclass(frozen=True)
class Part:
    """A part of what is at hand with evidence of its own, by the name of its folder; ADAPTER_PART beside a base."""

    name: str
    evidence: Evidence


__all__ = [
    "Beside",
    "Depth",
    "Document",
    "Evidence",
    "EvidenceFile",
    "Index",
    "JsonFile",
    "ModelRef",
    "Part",
    "Role",
    "Shards",
    "Source",
    "Tensor",
    "TensorGroup",
    "TensorTable",
]
