import json
import os
from pathlib import Path

import pytest

from moeaudit.errors import AuditError, Exit
from moeaudit.evidence import Depth, Source, open_evidence
from moeaudit.evidence.evidence_file import evidence_bytes
from tests.evidence.samples import CARD, CONFIG, publish, table


def refusal(model: Path | str, **options: object) -> AuditError:
    with pytest.raises(AuditError) as caught:
        open_evidence(str(model), **options)  # type: ignore[arg-type]
    assert str(caught.value).isprintable()
    return caught.value


def test_index_then_headers(tmp_path: Path) -> None:
    folder = publish(tmp_path / "tiny", table(), {"README.md": CARD})
    evidence = open_evidence(str(folder))
    assert (evidence.model.id, evidence.model.source) == (str(folder), Source.FOLDER)
    assert evidence.index is not None and evidence.index.table == table().names_only()
    assert evidence.headers is None and evidence.card == CARD
    deeper = open_evidence(str(folder), depth=Depth.HEADERS)
    assert deeper.headers == table() and deeper.index == evidence.index
    assert open_evidence(str(folder), depth=Depth.CONFIG).index is None
    assert {file.origin for file in deeper.files} == {"folder"}


def test_locked_under_its_name(tmp_path: Path) -> None:
    folder = publish(tmp_path / "tiny", table(1))
    for model in (folder, folder / "config.json"):
        assert b'"id": "tiny"' in evidence_bytes(open_evidence(str(model)))


def test_a_single_file(tmp_path: Path) -> None:
    assert open_evidence(str(publish(tmp_path / "tiny", table(1)))).headers == table(1)


def test_numbered_shards_without_an_index(tmp_path: Path) -> None:
    folder = publish(tmp_path / "tiny", table(3))
    (folder / "model.safetensors.index.json").unlink()
    assert open_evidence(str(folder)).headers == table(3)


def test_the_small_files_alone(tmp_path: Path) -> None:
    """A copy without any weights still has two witnesses, and lacks nothing."""
    folder = publish(tmp_path / "tiny", table(3))
    for shard in folder.glob("*.safetensors"):
        shard.unlink()
    evidence = open_evidence(str(folder))
    assert evidence.index is not None and evidence.missing_shards == ()
    error = refusal(folder, depth=Depth.HEADERS)
    assert "the index names 'model-00001-of-00003.safetensors' and 2 more, not in the repo" in str(error)
    assert error.exit_code is Exit.NO_EVIDENCE


def test_a_lone_config(tmp_path: Path) -> None:
    config = publish(tmp_path / "tiny") / "config.json"
    evidence = open_evidence(str(config))
    assert evidence.model.source is Source.FILE
    assert evidence.config is not None and evidence.config.data == CONFIG and evidence.config.file == str(config)
    assert "'config.json' alone has no headers" in str(refusal(config, depth=Depth.HEADERS))


def test_a_spec_file(tmp_path: Path) -> None:
    spec = tmp_path / "grok.moe.yaml"
    spec.write_text("schema: moeaudit/spec/v1\n")
    evidence = open_evidence(str(spec))
    assert (evidence.model.source, evidence.spec) == (Source.SPEC, "schema: moeaudit/spec/v1\n")
    spec.write_bytes(b"\xff")
    assert "not UTF-8" in str(refusal(spec))


def test_the_hub_cache_as_a_folder(tmp_path: Path) -> None:
    """A snapshot links to blobs beside it; that is how the Hub library keeps files."""
    storage = tmp_path / "hub" / "models--org--tiny"
    (storage / "snapshots").mkdir(parents=True)
    (storage / "blobs").mkdir()
    (storage / "blobs" / "abc").write_text(json.dumps(CONFIG))
    snapshot = storage / "snapshots" / ("0" * 40)
    snapshot.mkdir()
    (snapshot / "config.json").symlink_to("../../blobs/abc")
    assert open_evidence(str(snapshot)).config is not None


@pytest.mark.parametrize("target", ["/etc/hostname", "../secret.json", "config.json"])
def test_links_out_of_the_folder(tmp_path: Path, target: str) -> None:
    (tmp_path / "secret.json").write_text("{}")
    folder = publish(tmp_path / "tiny")
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(target)
    assert "config.json: the link" in str(refusal(folder))


def test_shards_above_the_folder(tmp_path: Path) -> None:
    folder = publish(tmp_path / "tiny", table(2))
    (tmp_path / "secret.safetensors").write_bytes(b"")
    for shard in ("../secret.safetensors", "/etc/passwd", "..\\secret", "C:\\x", "a/../../b", "", "a\nb", 3):
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": shard}}))
        error = refusal(folder)
        assert "is not a file name inside the repo" in str(error)
        assert error.exit_code is Exit.USAGE


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ('{"total_size": -1}', "total_size is -1, expected a count"),
        ('{"total_size": [1]}', "total_size is [1], expected a count"),
        ('{"total_parameters": true}', "total_parameters is True, expected a count"),
    ],
)
def test_odd_metadata(tmp_path: Path, metadata: str, says: str) -> None:
    index = {"model.safetensors.index.json": '{"metadata": %s, "weight_map": {"a": "b"}}' % metadata}  # noqa: UP031
    assert says in str(refusal(publish(tmp_path / "tiny", files=index)))


@pytest.mark.parametrize(("size", "read"), [("12", 12), ("12.0", 12), ('"12"', 12), ("null", None)])
def test_sizes_as_writers_write_them(tmp_path: Path, size: str, read: int | None) -> None:
    index = {"model.safetensors.index.json": '{"metadata": {"total_size": %s}, "weight_map": {}}' % size}  # noqa: UP031
    evidence = open_evidence(str(publish(tmp_path / "tiny", files=index)))
    assert evidence.index is not None and evidence.index.total_size == read


def test_what_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "gguf").mkdir()
    (tmp_path / "gguf" / "tiny.gguf").touch()
    (tmp_path / "empty.json").touch()
    (tmp_path / "claims.json").write_text('{"schema": "moeaudit/claims/v1"}')
    (tmp_path / "model.safetensors").touch()
    (tmp_path / "model.bin").touch()
    (tmp_path / "gone.json").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    for name, says, exit_code in [
        ("empty", "no config.json", Exit.NO_EVIDENCE),
        ("gguf", "tiny.gguf: this is no GGUF file: it begins with ''", Exit.USAGE),
        ("empty.json", "the file is empty", Exit.USAGE),
        ("claims.json", "this is a 'moeaudit/claims/v1' file, no model", Exit.USAGE),
        ("model.safetensors", "the file has 0 bytes, too short for a safetensors header", Exit.USAGE),
        ("model.bin", "a weight file or index alone does not describe a model", Exit.USAGE),
        ("gone.json", "no such file", Exit.NO_EVIDENCE),
        ("pipe", "not a regular file", Exit.USAGE),
        ("missing.json", "no such file or folder", Exit.NO_EVIDENCE),
    ]:
        error = refusal(tmp_path / name)
        assert says in str(error), name
        assert error.exit_code is exit_code, name
    assert "not a regular file" in str(refusal("/dev/null"))
    assert "has no revision" in str(refusal(tmp_path / "empty", revision="main"))
