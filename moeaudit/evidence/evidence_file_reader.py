"""Reading `*.evidence.json`: strict, without imports that take long, and with errors that name the place.

The recorded digests are held against what the tables expand to, so a file that was edited by hand is noticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from math import prod
from typing import Any, NoReturn, TypeVar

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.dtypes import ENCODINGS, GGML_BLOCKS
from moeaudit.evidence.evidence_file import SCHEMA
from moeaudit.evidence.indices import Indices, count_indices, read_indices
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.model import (
    Beside,
    Document,
    Evidence,
    EvidenceFile,
    Index,
    JsonFile,
    ModelRef,
    Part,
    Role,
    Source,
)
from moeaudit.evidence.rows import check_names, order_of
from moeaudit.evidence.shard_names import lengthen
from moeaudit.evidence.tables import Shards, TensorGroup, TensorTable, split_template
from moeaudit.later import dataclass
from moeaudit.limits import (
    DIMENSIONS,
    ELEMENTS,
    EVIDENCE_VALUES,
    INDEX_BYTES,
    PIPELINE_PARTS,
    SHARDS,
    TEMPLATES,
    TENSORS,
)
from moeaudit.text import quoted

T = TypeVar("T")


def read_evidence(data: bytes, file: str, *, recorded: bool = False) -> Evidence:
    """The evidence in an evidence file. UsageError where it is none, contradicts itself or is too large to expand."""
    top = Fields(read_object(data, file, most=EVIDENCE_VALUES), file)
    schema = top.get("schema", str)
    if schema != SCHEMA:
        top.fail("schema", f"{quoted(schema)} is no schema that this version reads ({SCHEMA})")
    model = top.object("model")
    own = EvidenceFile(file, sha256(data).hexdigest(), len(data), "recorded" if recorded else Source.LOCK.value)
    ref = ModelRef(
        model.get("id", str), Source.LOCK, model.maybe("revision", str), model.maybe("commit", str), recorded
    )
    files = (*(_file(record) for record in top.records("files")), own)
    return replace(_read(top, ref), files=files, parts=_parts(top, ref))


def _read(top: Fields, model: ModelRef) -> Evidence:
    """What was read of a model, or of a part of one."""
    headers = _headers(top.object("headers")) if top.has("headers") else None
    sizes = _sizes(top.object("weight_files")) if top.has("weight_files") else {}
    return Evidence(
        model,
        config=_json_file(top, "config"),
        quantization=_json_file(top, "quantization"),
        index=_index(top.object("index"), headers) if top.has("index") else None,
        headers=headers,
        shard_sizes=sizes,
        synthesised=top.object("headers").maybe("synthesised", str) if headers else None,
        beside=_beside(top, sizes) if top.has("beside") else (),
        beside_unread=top.maybe_count("beside_unread") or 0,
        missing_shards=tuple(_names(top, "missing_shards")) if top.has("missing_shards") else (),
        documents=tuple(map(_document, top.records("documents"))) if top.has("documents") else (),
        passed_over=tuple(_names(top, "passed_over")) if top.has("passed_over") else (),
    )


def _parts(top: Fields, model: ModelRef) -> tuple[Part, ...]:
    if not top.has("parts"):
        return ()
    records = top.records("parts")
    if len(records) > PIPELINE_PARTS:
        top.fail("parts", f"the file holds {PIPELINE_PARTS.words()}")
    for record in records:
        if record.has("parts"):
            record.fail("parts", "a part has none")
    return tuple(Part(record.get("name", str), _read(record, model)) for record in records)


@dataclass(frozen=True)
class Fields:
    """One object of the file: typed access, with errors that name the path."""

    data: Mapping[str, Any]
    file: str
    path: str = ""

    def has(self, key: str) -> bool:
        return self.data.get(key) is not None

    def get(self, key: str, kind: type[T]) -> T:
        value = self.data.get(key)
        if type(value) is not kind:
            self.fail(key, f"{quoted(value)} is not {WORDS[kind]}")
        return value

    def maybe(self, key: str, kind: type[T]) -> T | None:
        return self.get(key, kind) if self.has(key) else None

    def count(self, key: str) -> int:
        value = self.get(key, int)
        if not 0 <= value <= ELEMENTS:
            self.fail(key, f"{quoted(value)} is not a count")
        return value

    def maybe_count(self, key: str) -> int | None:
        return self.count(key) if self.has(key) else None

    def object(self, key: str) -> Fields:
        return Fields(self.get(key, dict), self.file, f"{self.path}{key}.")

    def records(self, key: str) -> list[Fields]:
        items = self.get(key, list)
        if not all(isinstance(item, dict) for item in items):
            self.fail(key, "not a list of objects")
        return [Fields(item, self.file, f"{self.path}{key}[{place}].") for place, item in enumerate(items)]

    def items(self, key: str, kind: type[T]) -> list[T]:
        items = self.get(key, list)
        if not all(type(item) is kind for item in items):
            self.fail(key, f"an entry is not {WORDS[kind]}")
        return items

    def fail(self, key: str, message: str) -> NoReturn:
        raise UsageError(
            message,
            place=Place(self.file, path=f"{self.path}{key}"),
            hint="Record the evidence anew with `moeaudit lock`.",
        )


WORDS: Mapping[type, str] = {str: "a text", int: "a whole number", dict: "an object", list: "a list"}


def _file(record: Fields) -> EvidenceFile:
    return EvidenceFile(
        record.get("file", str), record.get("sha256", str), record.count("bytes"), record.get("origin", str)
    )


def _json_file(top: Fields, key: str) -> JsonFile | None:
    if not top.has(key):
        return None
    return _values(top.object(key))


def _values(fields: Fields) -> JsonFile:
    return JsonFile(fields.get("file", str), fields.get("data", dict), omitted=tuple(fields.items("omitted", str)))


def _document(fields: Fields) -> Document:
    role = fields.get("role", str)
    if role not in set(Role):
        fields.fail("role", f"{quoted(role)} is no role of a document that this version reads")
    return Document(Role(role), _values(fields))


def _index(fields: Fields, headers: TensorTable | None) -> Index:
    if fields.has("table"):
        if headers is None or fields.get("table", str) != "headers":
            fields.fail("table", "the index refers to a table that is not there")
        table = headers.names_only()
        _check_digest(fields, table)
    else:
        table = _table(fields)
    return Index(
        fields.get("file", str),
        table,
        fields.get("format", str),
        fields.maybe_count("total_size"),
        fields.maybe_count("total_parameters"),
    )


def _headers(fields: Fields) -> TensorTable:
    table = _table(fields)
    for key, derived in (("elements", table.elements), ("bytes", table.bytes)):
        if derived != fields.maybe_count(key):
            fields.fail(key, f"{quoted(fields.data.get(key))} differs from the {derived} that the table adds up to")
    return table


def _beside(top: Fields, sizes: Mapping[str, int]) -> tuple[Beside, ...]:
    records = top.records("beside")
    if sum(map(_stands_for, records)) > TENSORS:
        top.fail("beside", f"the files stand for {TENSORS.words()}")
    found: list[Beside] = []
    listed = 0
    for record in records:
        files = tuple(_names(record))
        listed += len(files)
        if listed > SHARDS:
            top.fail("beside", SHARDS.words())
        held = {file: sizes[file] for file in files if file in sizes}
        found.append(Beside(files, _headers(record), held, record.maybe("broken", str) or ""))
    return tuple(found)


def _table(fields: Fields) -> TensorTable:
    records = fields.records("groups")
    if _stands_for(fields) > TENSORS:
        fields.fail("groups", f"the groups stand for {TENSORS.words()}")
    if len(records) > TEMPLATES:
        fields.fail("groups", TEMPLATES.words())
    letters = sum(len(record.get("name", str)) * _tensors(record) for record in records)
    if letters > INDEX_BYTES:
        fields.fail("groups", f"the tensors' names have {INDEX_BYTES.words()}")
    groups = tuple(_group(record) for record in records)
    table = TensorTable(groups, _shards(fields.object("shards")) if fields.has("shards") else None)
    _check_digest(fields, table)
    if table.shards and sum(count for count, _ in table.shards.runs) != table.tensors:
        fields.fail("shards", f"the runs do not add up to {table.tensors} tensors")
    _check_disjoint(fields, groups)
    return table


def _stands_for(fields: Fields) -> int:
    """Tensors that the groups of a table stand for, counted without listing them."""
    return sum(_tensors(record) for record in fields.records("groups"))


def _tensors(record: Fields) -> int:
    try:
        return prod(count_indices(text) for text in record.items("index", str)) if record.has("index") else 1
    except ValueError as error:
        record.fail("index", str(error))


def _group(record: Fields) -> TensorGroup:
    template = record.get("name", str)
    try:
        literals = split_template(template)
        index: tuple[Indices, ...] = (
            tuple(read_indices(text) for text in record.items("index", str)) if record.has("index") else ()
        )
    except ValueError as error:
        record.fail("name", str(error))
    if len(literals) != len(index) + 1:
        record.fail("index", f"{quoted(template)} has {len(literals) - 1} places for {len(index)} indices")
    check_names(1, [template])
    if order_of("0".join(literals))[::2] != literals:
        record.fail("name", f"{quoted(template)} leaves a number out of its index, or puts a part of a word in")
    dtype = record.maybe("dtype", str)
    if dtype is not None and dtype not in ENCODINGS:
        record.fail("dtype", f"{quoted(dtype)} is no type of safetensors or ggml")
    shape = tuple(record.items("shape", int)) if record.has("shape") else None
    if shape is not None and (min(shape, default=0) < 0 or len(shape) > DIMENSIONS or prod(shape) > ELEMENTS):
        record.fail("shape", f"{quoted(shape)} is no shape of a tensor")
    if shape is not None and dtype in GGML_BLOCKS and (not shape or shape[-1] % GGML_BLOCKS[dtype].elements):
        record.fail("shape", f"{quoted(shape)} has no whole blocks of {dtype}")
    return TensorGroup(template, index, dtype, shape)


def _shards(fields: Fields) -> Shards:
    try:
        runs = [
            (int(count), int(place))
            for count, _, place in (run.partition(":") for run in fields.get("runs", str).split())
        ]
    except ValueError:
        fields.fail("runs", "not runs of the form tensors:place")
    files = _names(fields)
    if not all(count > 0 and 0 <= place < len(files) for count, place in runs):
        fields.fail("runs", "the runs refer to files that are not listed")
    return Shards(tuple(files), tuple(runs))


def _names(fields: Fields, key: str = "files") -> list[str]:
    try:
        return lengthen(fields.items(key, str))
    except ValueError as error:
        fields.fail(key, str(error))


def _sizes(fields: Fields) -> dict[str, int]:
    files, sizes = _names(fields), fields.items("bytes", int)
    if len(files) != len(sizes):
        fields.fail("bytes", f"{len(files)} weight files have {len(sizes)} sizes")
    return dict(zip(files, sizes, strict=True))


def _check_digest(fields: Fields, table: TensorTable) -> None:
    if fields.count("tensors") != table.tensors:
        fields.fail("tensors", f"{fields.count('tensors')} differs from the {table.tensors} that the table expands to")
    if fields.get("names_sha256", str) != table.names_sha256:
        fields.fail("names_sha256", "the table does not expand to the recorded tensor names")


def _check_disjoint(fields: Fields, groups: tuple[TensorGroup, ...]) -> None:
    """No tensor twice: different templates never share a name, groups of one template might."""
    times = Counter(group.template for group in groups)
    names = [name for group in groups if times[group.template] > 1 for name in group.names()]
    if len(set(names)) < len(names):
        fields.fail("groups", "a tensor is listed twice")
