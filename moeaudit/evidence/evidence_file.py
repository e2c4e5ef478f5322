"""Writing `*.evidence.json`: everything read about one model, small enough to keep beside a project and to diff.

Equal evidence gives equal bytes. The tensor table stays collapsed, one group of tensors per line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.indices import write_indices
from moeaudit.evidence.model import Beside, Evidence, Index, JsonFile, ModelRef, Source, TensorGroup, TensorTable
from moeaudit.evidence.shard_names import shorten
from moeaudit.text import file_name

SCHEMA = "moeaudit/evidence/v1"
SUFFIX = ".evidence.json"

BULK = frozenset({"auto_map", "id2label", "label2id", "task_specific_params"})
"""Keys of config.json that describe code or labels, never tensors; labels alone can take megabytes."""

WIDTH = 110
"""Objects that fit into so many characters stay on one line."""


def evidence_bytes(evidence: Evidence) -> bytes:
    """The evidence file. UsageError for a spec file, which is its own evidence."""
    if evidence.spec is not None:
        raise UsageError(
            "a spec file is its own evidence, there is nothing to record",
            place=Place(evidence.model.id),
            hint="Keep the spec file itself.",
        )
    model = evidence.model
    evidence = without_folder(evidence) if model.source is Source.FILE else evidence
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "model": {"id": recorded_id(model), "revision": model.revision, "commit": model.commit},
        "files": [
            {"file": file.file, "sha256": file.sha256, "bytes": file.bytes, "origin": file.origin}
            for file in evidence.files
            if file.origin not in (Source.LOCK, "recorded")
        ],
        **_read(evidence),
    }
    return (_layout(document) + "\n").encode("ascii")


def without_folder(evidence: Evidence) -> Evidence:
    """The evidence of a lone file under the file's own name: where it lay is nothing to record."""
    config = evidence.config and replace(evidence.config, file=file_name(evidence.config.file))
    documents = (replace(one, file=replace(one.file, file=file_name(one.file.file))) for one in evidence.documents)
    files = (replace(one, file=file_name(one.file)) for one in evidence.files)
    return replace(evidence, config=config, documents=tuple(documents), files=tuple(files))


def _read(evidence: Evidence) -> dict[str, Any]:
    """What was read of a model, or of a part of one."""
    document: dict[str, Any] = {}
    for key, file in (("config", evidence.config), ("quantization", evidence.quantization)):
        if file is not None:
            document[key] = _values(file)
    if evidence.documents:
        document["documents"] = [{"role": one.role.value, **_values(one.file)} for one in evidence.documents]
    if evidence.index is not None:
        document["index"] = _index(evidence.index, evidence.headers)
    if evidence.headers is not None:
        document["headers"] = _summed(evidence.headers, evidence.synthesised)
    if evidence.missing_shards:
        document["missing_shards"] = shorten(evidence.missing_shards)
    if evidence.beside:
        document["beside"] = [_beside(beside) for beside in evidence.beside]
    if evidence.beside_unread:
        document["beside_unread"] = evidence.beside_unread
    if evidence.passed_over:
        document["passed_over"] = shorten(evidence.passed_over)
    if evidence.shard_sizes:
        document["weight_files"] = {"files": shorten(evidence.shard_sizes), "bytes": [*evidence.shard_sizes.values()]}
    if evidence.parts:
        document["parts"] = [{"name": part.name, **_read(part.evidence)} for part in evidence.parts]
    return document


def _values(file: JsonFile) -> dict[str, Any]:
    kept, omitted = structural(file.data)
    return {"file": file.file, "omitted": sorted({*omitted, *file.omitted}), "data": kept}


def recorded_id(model: ModelRef) -> str:
    """The id to record. Paths differ between machines: a folder goes by its name, a lone file by that of its folder,
    a GGUF file by its own."""
    path = Path(model.id).absolute()
    if model.source is Source.FILE and path.suffix.casefold() == ".gguf":
        return path.stem
    return {Source.FOLDER: path.name, Source.FILE: path.parent.name}.get(model.source, model.id)


def structural(data: Mapping[str, Any], path: str = "") -> tuple[dict[str, Any], list[str]]:
    """What of a config is recorded, verbatim, and the dotted paths of what is not: bulk, and what JSON cannot say."""
    kept: dict[str, Any] = {}
    omitted: list[str] = []
    for key, value in data.items():
        if key in BULK or _infinite(value):
            omitted.append(path + key)
        elif isinstance(value, Mapping):
            kept[key], inner = structural(value, f"{path}{key}.")
            omitted += inner
        else:
            kept[key] = value
    return kept, omitted


def _infinite(value: object) -> bool:
    if isinstance(value, list):
        return any(_infinite(item) or (isinstance(item, dict) and any(map(_infinite, item.values()))) for item in value)
    return isinstance(value, float) and not math.isfinite(value)


def _index(index: Index, headers: TensorTable | None) -> dict[str, Any]:
    """An index; where it lists exactly what the headers hold, its table is not written twice."""
    same = headers is not None and index.table == headers.names_only()
    table = (
        {"tensors": index.table.tensors, "names_sha256": index.table.names_sha256, "table": "headers"}
        if same
        else _table(index.table)
    )
    return {
        "file": index.file,
        "format": index.format,
        "total_size": index.total_size,
        "total_parameters": index.total_parameters,
        **table,
    }


def _beside(beside: Beside) -> dict[str, Any]:
    """Files beside the model's own; their sizes stand among those of all weight files."""
    why = {"broken": beside.broken} if beside.broken else {}
    return {"files": shorten(beside.files), **why, **_summed(beside.table)}


def _summed(table: TensorTable, synthesised: str | None = None) -> dict[str, Any]:
    """A table of headers, with its sums."""
    how = {"synthesised": synthesised} if synthesised else {}
    return {"elements": table.elements, "bytes": table.bytes, **how, **_table(table)}


def _table(table: TensorTable) -> dict[str, Any]:
    written: dict[str, Any] = {
        "tensors": table.tensors,
        "names_sha256": table.names_sha256,
        "groups": [_group(group) for group in table.groups],
    }
    if table.shards:
        runs = " ".join(f"{count}:{place}" for count, place in table.shards.runs)
        written["shards"] = {"files": shorten(table.shards.files), "runs": runs}
    return written


def _group(group: TensorGroup) -> dict[str, Any]:
    written: dict[str, Any] = {"name": group.template}
    if group.index:
        written["index"] = [write_indices(numbers) for numbers in group.index]
    if group.dtype is not None:
        written["dtype"] = group.dtype
    if group.shape is not None:
        written["shape"] = list(group.shape)
    return written


def _layout(value: object, indent: int = 0) -> str:
    """JSON that a person can read: objects broken into lines where they are long, records of a list where they hold
    records of their own."""
    text = json.dumps(value, allow_nan=False)
    inner = " " * (indent + 2)
    if len(text) + indent <= WIDTH:
        return text
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key)}: {_layout(item, indent + 2)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        lines = [
            inner + (_layout(item, indent + 2) if _nested(item) else json.dumps(item, allow_nan=False))
            for item in value
        ]
        return "[\n" + ",\n".join(lines) + "\n" + " " * indent + "]"
    return text


def _nested(record: object) -> bool:
    """Whether a record holds records of its own."""
    values = record.values() if isinstance(record, dict) else ()
    return any(isinstance(value, list) and any(isinstance(item, dict) for item in value) for value in values)
