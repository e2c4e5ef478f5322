import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.errors import AuditError, Exit, UsageError
from moeaudit.evidence import Depth, open_evidence
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.evidence.model import Evidence, EvidenceFile, Index, JsonFile, ModelRef, Source
from moeaudit.evidence.schema import EvidenceDocument
from moeaudit.evidence.shard_names import lengthen, shorten
from moeaudit.evidence.tables import Tensor, TensorTable
from tests.evidence.samples import CONFIG, ID, table
from tests.evidence.strategies import tensors


def sample(headers: TensorTable | None = None, index: Index | None = None) -> Evidence:
    return Evidence(
        ModelRef(ID, Source.HUB, "main", "a" * 40),
        JsonFile("config.json", CONFIG, json.dumps(CONFIG)),
        index=index,
        headers=headers,
        shard_sizes={"model.safetensors": 12},
        files=(EvidenceFile("config.json", "0" * 64, 10, "https://example.org/config.json"),),
    )


def test_what_comes_back() -> None:
    written = sample(table(), Index("model.safetensors.index.json", table().names_only(), "safetensors", 5, 6))
    data = evidence_bytes(written)
    read = read_evidence(data, "tiny.evidence.json")
    assert read.model == ModelRef(ID, Source.LOCK, "main", "a" * 40)
    assert (read.index, read.headers, read.shard_sizes) == (written.index, written.headers, written.shard_sizes)
    assert read.headers is not None and read.headers.expand() == table().expand()
    assert read.config is not None and read.config.data == CONFIG
    assert read.files[0] == written.files[0]
    assert (read.files[1].file, read.files[1].origin) == ("tiny.evidence.json", "lock")
    assert evidence_bytes(read) == data, "a locked file locks to itself"
    assert b'"table": "headers"' in data, "an index that lists what the headers hold is not written twice"


@given(tensors(), tensors())
def test_every_table_survives(headers: list[Tensor], names: list[Tensor]) -> None:
    index = Index("model.safetensors.index.json", TensorTable.collapse(names).names_only())
    evidence = sample(TensorTable.collapse(headers), index)
    data = evidence_bytes(evidence)
    read = read_evidence(data, "x")
    assert (read.headers, read.index) == (evidence.headers, index)
    EvidenceDocument.model_validate_json(data)


def test_what_is_left_out_is_said() -> None:
    config = {"id2label": {"0": "a"}, "hidden_size": 4, "text_config": {"auto_map": {}, "limits": [0.0, float("inf")]}}
    data = evidence_bytes(replace(sample(), config=JsonFile("config.json", config)))
    read = read_evidence(data, "x").config
    assert read is not None
    assert read.data == {"hidden_size": 4, "text_config": {}}
    assert read.omitted == ("id2label", "text_config.auto_map", "text_config.limits")
    json.loads(data, parse_constant=pytest.fail)


def test_a_checkpoint_of_ninety_thousand_tensors_stays_small() -> None:
    """The experts of DeepSeek-V3 (58 layers and a prediction layer, 256 each, scales beside matrices) in 163 shards."""
    names = [
        f"model.layers.{layer}.mlp.experts.{expert}.{part}_proj.weight{suffix}"
        for layer in range(3, 62)
        for expert in range(256)
        for part in ("down", "gate", "up")
        for suffix in ("", "_scale_inv")
    ]
    listed = [
        Tensor(name, "F8_E4M3", (2048, 7168), f"model-{place * 163 // len(names) + 1:05d}-of-000163.safetensors")
        for place, name in enumerate(names)
    ]
    data = evidence_bytes(sample(TensorTable.collapse(listed)))
    assert len(listed) == 90_624
    assert len(data) < 8_000
    assert read_evidence(data, "x").headers == TensorTable.collapse(listed)


def test_shard_names_in_short() -> None:
    names = [f"model-{number:05d}-of-000163.safetensors" for number in range(1, 164)]
    assert shorten(names) == ["model-{00001-00163}-of-000163.safetensors"]
    assert lengthen(shorten(names)) == names


@given(st.lists(st.from_regex(r"[a-z]{0,2}[0-9]{0,2}[a-z]?", fullmatch=True)))
def test_every_list_of_shards_survives(names: list[str]) -> None:
    assert lengthen(shorten(names)) == names


def document(**changes: Any) -> dict[str, Any]:
    """A valid file as JSON, with parts replaced: `headers__groups` is headers.groups."""
    content: dict[str, Any] = json.loads(evidence_bytes(sample(table(2))))
    for path, value in changes.items():
        *above, key = path.split("__")
        inner = content
        for name in above:
            inner = inner[name]
        inner[key] = value
    return content


GROUP = {"name": "a.{}", "index": ["0-1"], "dtype": "BF16", "shape": [2]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"schema": "moeaudit/evidence/v9"}, "(schema): 'moeaudit/evidence/v9' is no schema that this version reads"),
        ({"schema": 3}, "(schema): 3 is not a text"),
        ({"model": []}, "(model): [] is not an object"),
        ({"model__id": None}, "(model.id): None is not a text"),
        ({"files": [3]}, "(files): not a list of objects"),
        ({"files": [{"file": "x", "sha256": "y", "bytes": -1, "origin": "z"}]}, "(files[0].bytes): -1 is not a count"),
        ({"headers__tensors": 3}, "(headers.tensors): 3 differs from the"),
        ({"headers__names_sha256": "0" * 64}, "the table does not expand to the recorded tensor names"),
        ({"headers__elements": 3}, "(headers.elements): 3 differs from the"),
        ({"headers__groups": [{**GROUP, "name": "a.{"}]}, "single '{'"),
        ({"headers__groups": [{**GROUP, "name": "a.{}.{}"}]}, "has 2 places for 1 indices"),
        ({"headers__groups": [{**GROUP, "name": "a{}"}]}, "puts a part of a word in"),
        ({"headers__groups": [{**GROUP, "name": "a.{}.7"}]}, "leaves a number out of its index"),
        ({"headers__groups": [{**GROUP, "index": ["1-0"]}]}, "not a span of ascending numbers"),
        ({"headers__groups": [{**GROUP, "index": ["0-999999999"]}]}, "the groups stand for more than 1,000,000"),
        ({"headers__groups": [{**GROUP, "index": ["0-999999999"] * 9}]}, "the groups stand for more than 1,000,000"),
        ({"headers__groups": [{**GROUP, "dtype": "F7"}]}, "'F7' is no type of safetensors or ggml"),
        ({"headers__groups": [{**GROUP, "dtype": "Q4_K", "shape": [2, 100]}]}, "(2, 100) has no whole blocks of Q4_K"),
        ({"headers__groups": [{**GROUP, "dtype": "Q4_K", "shape": []}]}, "() has no whole blocks of Q4_K"),
        ({"headers__groups": [{**GROUP, "shape": [-1]}]}, "(headers.groups[0].shape): (-1,) is no shape of a tensor"),
        ({"headers__groups": [{**GROUP, "shape": [2**40, 2**40]}]}, "is no shape of a tensor"),
        (
            {"headers__groups": [{**GROUP, "shape": [8, -1]}]},
            "(headers.groups[0].shape): (8, -1) is no shape of a tensor",
        ),
        (
            {"headers__groups": [{**GROUP, "shape": [-1, 8]}]},
            "(headers.groups[0].shape): (-1, 8) is no shape of a tensor",
        ),
        ({"headers__shards__runs": "1:0"}, "the runs do not add up"),
        ({"headers__shards__runs": "1:99"}, "the runs refer to files that are not listed"),
        ({"headers__shards__runs": "x"}, "(headers.shards.runs): not runs of the form"),
        ({"headers__shards__files": ["a{00001-99999999}b"]}, "not a span of numbered files"),
        ({"weight_files": {"files": ["a"], "bytes": []}}, "1 weight files have 0 sizes"),
        (
            {"index": {"table": "headers", "tensors": 1, "names_sha256": "", "file": "x", "format": "safetensors"}},
            "(index.tensors): 1 differs",
        ),
        ({"index": {"table": "elsewhere"}}, "refers to a table that is not there"),
    ],
)
def test_broken_files(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_evidence(json.dumps(document(**changes)).encode(), "x.evidence.json")
    assert says in str(caught.value)
    assert str(caught.value).startswith("x.evidence.json")
    assert str(caught.value).isprintable()


def test_a_tensor_twice() -> None:
    twice = [{**GROUP, "index": ["0-1"]}, {**GROUP, "index": ["1-2"]}]
    digest = sha256(b"a.0\na.1\na.1\na.2").hexdigest()
    content = document(headers={"elements": 8, "bytes": 16, "tensors": 4, "names_sha256": digest, "groups": twice})
    with pytest.raises(UsageError, match="a tensor is listed twice"):
        read_evidence(json.dumps(content).encode(), "x")


JSON: st.SearchStrategy[Any] = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers()) | st.just({})
PATHS = [
    "schema",
    "model",
    "files",
    "config",
    "config__data",
    "headers",
    "headers__groups",
    "headers__shards",
    "headers__shards__files",
    "headers__elements",
    "weight_files",
    "index",
    "quantization",
    "config__omitted",
]


@given(st.dictionaries(st.sampled_from(PATHS), JSON, max_size=2))
def test_any_change_is_read_or_refused(changes: dict[str, Any]) -> None:
    ordered = dict(sorted(changes.items(), key=lambda item: -item[0].count("__")))
    try:
        read_evidence(json.dumps(document(**ordered)).encode(), "x")
    except AuditError as error:
        assert str(error).isprintable()


def test_opened_as_a_model(tmp_path: Path) -> None:
    path = tmp_path / "tiny.evidence.json"
    path.write_bytes(evidence_bytes(sample(table())))
    evidence = open_evidence(str(path))
    assert (evidence.model.id, evidence.model.source, evidence.model.recorded) == (ID, Source.LOCK, False)
    assert open_evidence(str(path), depth=Depth.CONFIG).headers is None
    with pytest.raises(AuditError, match="the recorded evidence has no index") as caught:
        open_evidence(str(path), depth=Depth.INDEX)
    assert caught.value.exit_code is Exit.NO_EVIDENCE
