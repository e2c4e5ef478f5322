"""The evidence file as pydantic models, from which its JSON Schema is made. Reading does not need them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from moeaudit.evidence.dtypes import ENCODINGS

Count = Annotated[int, Field(ge=0)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Files = Annotated[list[str], Field(description="File names; `model-{00001-00163}-of-00163.safetensors` is 163.")]


class Part(BaseModel):
    """Unknown fields are allowed: later versions of the schema may add some."""

    model_config = ConfigDict(strict=True, extra="allow")


class Model(Part):
    """Which model, at which commit."""

    id: str
    revision: str | None = None
    commit: str | None = Field(None, description="The commit the revision resolved to.")


class File(Part):
    """One file that was read."""

    file: str
    sha256: Digest
    bytes: Count
    origin: str = Field(description="A URL, or `folder`.")


class Values(Part):
    """A JSON file of the repo, verbatim but for the keys named in `omitted`."""

    file: str
    omitted: list[str] = Field(description="Dotted paths of keys left out: labels, code maps, numbers JSON cannot say.")
    data: dict[str, Any]


class OtherWords(Values):
    """A description of the model other than transformers' own."""

    role: Literal["params", "gguf", "adapter", "pipeline"]


class Group(Part):
    """Equal tensors whose names differ in numbers alone."""

    name: str = Field(description="A `{}` for each number; braces of the name itself are doubled.")
    index: list[str] = Field([], description="The numbers of each `{}`: `0-60`, `3-47/4`, `0,2-5`.")
    dtype: str | None = Field(
        None,
        json_schema_extra={"enum": [*ENCODINGS, None]},
        description="The type in the words of safetensors or ggml; absent where only an index names the tensors.",
    )
    shape: list[Count] | None = None


class Shards(Part):
    """Which file each tensor is in, as runs over all tensors in the order of their names (numbers as numbers)."""

    files: Files
    runs: str = Field(description="`tensors:place` of each run, places counting `files` from 0.", pattern="^[0-9: ]*$")


class Table(Part):
    """A tensor table, collapsed."""

    tensors: Count
    names_sha256: Digest = Field(description="sha256 of the full names, sorted by code point, joined by newlines.")
    groups: list[Group]
    shards: Shards | None = None


class Headers(Table):
    """What the headers list, with the sums over the table."""

    elements: Count | None = Field(description="Elements as stored: packed weights and scales as they are.")
    bytes: Count | None
    synthesised: str | None = Field(None, description="How the table was derived, where it was read from no file.")


class FilesBeside(Headers):
    """Weight files that neither the index nor the numbering of the shards names: of one folder, and alike in name."""

    files: Files
    broken: str | None = Field(None, description="Why a file could not be read; its table is then empty.")


class IndexFacts(Part):
    """The metadata of a weight index."""

    file: str
    format: Literal["safetensors", "pytorch"]
    total_size: Count | None = Field(description="Bytes, as the index says.")
    total_parameters: Count | None = Field(description="Elements, as the index says.")


class IndexAsHeaders(IndexFacts):
    """An index that lists exactly the tensors and shards of the headers."""

    tensors: Count
    names_sha256: Digest
    table: Literal["headers"]


class IndexTable(IndexFacts, Table):
    """An index with a table of its own."""


class WeightFiles(Part):
    """The weight files that the repo lists, with their sizes."""

    files: Files
    bytes: list[Count]


class WhatWasRead(Part):
    """What was read of a model, or of a part of one."""

    config: Values | None = None
    quantization: Values | None = None
    documents: list[OtherWords] | None = Field(None, description="Descriptions in other words than config.json's.")
    index: IndexAsHeaders | IndexTable | None = None
    headers: Headers | None = None
    missing_shards: Files | None = Field(None, description="Shards that the index or the numbering calls for.")
    beside: list[FilesBeside] | None = None
    beside_unread: Count | None = Field(None, description="Further files beside, beyond what is read.")
    passed_over: Files | None = Field(None, description="Files that describe or hold another kind of model.")
    weight_files: WeightFiles | None = None


class NamedPart(WhatWasRead):
    """A folder of a pipeline, or an adapter's own weights beside its base's."""

    name: str


class EvidenceDocument(WhatWasRead):
    """An evidence file (`*.evidence.json`)."""

    schema_: Literal["moeaudit/evidence/v1"] = Field(alias="schema")
    model: Model
    files: list[File]
    parts: list[NamedPart] | None = Field(None, description="What has evidence of its own.")
