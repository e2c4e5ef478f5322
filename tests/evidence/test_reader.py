"""Reading in steps: each file once, and the same evidence as if it had been read at once."""

from __future__ import annotations

import json
import shutil
from itertools import permutations
from pathlib import Path

import pytest

from moeaudit.errors import NoEvidence
from moeaudit.evidence import Depth, Source, open_evidence, open_reader, recorded
from moeaudit.evidence.cache import clean
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.model import Evidence, JsonFile, ModelRef
from moeaudit.evidence.tables import TensorTable
from tests.evidence.samples import CARD, CONFIG, ID, module, publish, table
from tests.evidence.test_corpus import published
from tests.hub.repos import model_repo, shard_file
from tests.hub.server import LoopbackHub

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
SHARDS = [f"model-{number:05d}-of-00003.safetensors" for number in (1, 2, 3)]


def test_deepening_on_the_hub_asks_for_headers_alone(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    repo.files["mtp.safetensors"] = module("mtp.fc.weight")
    reader = open_reader(ID)
    assert reader.first is Depth.INDEX and reader.has(Depth.HEADERS)
    shallow = reader.read(reader.first)
    hub.requests.clear()
    deep = reader.read(Depth.HEADERS)
    assert deep.headers == table() and not reader.has(Depth.HEADERS)
    assert {path.rpartition("/")[2] for path in hub.paths()} == set(SHARDS), "neither listing, config, index nor card"
    hub.requests.clear()
    assert (reader.read(Depth.HEADERS), reader.read(Depth.INDEX)) == (deep, shallow) and hub.requests == []
    assert deep == open_evidence(ID, depth=Depth.HEADERS), "as if it had been read at once"


@pytest.mark.parametrize("order", list(permutations(Depth)))
def test_whatever_the_order(tmp_path: Path, order: tuple[Depth, ...]) -> None:
    folder = str(publish(tmp_path / "tiny", table(), {"mtp.safetensors": module("mtp.fc.weight"), "README.md": CARD}))
    reader = open_reader(folder)
    assert [reader.read(depth) for depth in order] == [open_evidence(folder, depth=depth) for depth in order]


def test_asking_what_there_is_asks_no_network(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    reader = open_reader(ID)
    reader.read(Depth.CONFIG)
    hub.requests.clear()
    assert [reader.has(depth) for depth in Depth] == [False, True, True]
    assert hub.requests == []


@pytest.mark.parametrize(("shards", "first"), [(3, Depth.INDEX), (1, Depth.HEADERS), (None, Depth.CONFIG)])
def test_where_reading_begins(tmp_path: Path, shards: int | None, first: Depth) -> None:
    reader = open_reader(str(publish(tmp_path / "tiny", table(shards) if shards else None)))
    assert reader.first is first
    reader.read(first)
    assert [depth for depth in Depth if reader.has(depth)] == ([Depth.HEADERS] if first is Depth.INDEX else [])


def test_an_evidence_file_gives_everything_at_once(tmp_path: Path) -> None:
    whole = open_evidence(str(publish(tmp_path / "tiny", table())), depth=Depth.HEADERS)
    (tmp_path / "x.evidence.json").write_bytes(evidence_bytes(whole))
    reader = open_reader(str(tmp_path / "x.evidence.json"))
    assert reader.read(Depth.INDEX).headers is None and reader.has(Depth.HEADERS)
    assert reader.read(reader.first).headers == whole.headers and not reader.has(Depth.HEADERS)


def test_a_lone_config_and_a_spec_have_nothing_more(tmp_path: Path) -> None:
    (tmp_path / "x.moe.yaml").write_text("schema: moeaudit/spec/v1\n")
    for path in (publish(tmp_path / "tiny") / "config.json", tmp_path / "x.moe.yaml"):
        reader = open_reader(str(path))
        reader.read(reader.first)
        assert not any(reader.has(depth) for depth in Depth)


@pytest.mark.parametrize("synthesised", [None, "derived from config.json"])
def test_synthesised_headers_are_nothing_to_go_down_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synthesised: str | None
) -> None:
    (tmp_path / "fixtures").mkdir()
    evidence = Evidence(
        ModelRef(ID, Source.HUB), JsonFile("config.json", CONFIG), headers=table(), synthesised=synthesised
    )
    (tmp_path / "fixtures" / "org--tiny-moe.evidence.json").write_bytes(evidence_bytes(evidence))
    monkeypatch.setattr(recorded, "data_folder", lambda name: tmp_path / name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    reader = open_reader(ID, offline=True)
    reader.read(Depth.CONFIG)
    assert reader.has(Depth.HEADERS) is (synthesised is None)
    assert reader.read(reader.first).headers == table(), "they are given all the same"


def test_a_cached_copy_lacks_shards_and_the_repo_does_not(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    online = open_evidence(ID)
    reader = open_reader(ID, offline=True)
    assert reader.first is Depth.INDEX and not reader.has(Depth.HEADERS)
    assert reader.read(Depth.INDEX).missing_shards == () and reader.read(Depth.INDEX).index == online.index
    with pytest.raises(NoEvidence, match="the headers were not read while online"):
        reader.read(Depth.HEADERS)


# incomplete downloads and uploads


def test_some_shards_of_an_index(tmp_path: Path) -> None:
    folder = publish(tmp_path / "tiny", table())
    (folder / SHARDS[1]).unlink()
    evidence = open_evidence(str(folder))
    assert evidence.missing_shards == (SHARDS[1],) and evidence.index is not None
    assert evidence.headers == without(table(), SHARDS[1])
    assert open_evidence(str(folder), depth=Depth.INDEX).missing_shards == (SHARDS[1],)
    assert open_evidence(str(folder), depth=Depth.CONFIG).missing_shards == ()


def test_some_shards_without_an_index(tmp_path: Path) -> None:
    folder = publish(tmp_path / "tiny", without(table(), SHARDS[1]))
    (folder / "model.safetensors.index.json").unlink()
    evidence = open_evidence(str(folder))
    assert (evidence.headers, evidence.missing_shards) == (without(table(), SHARDS[1]), (SHARDS[1],))


def test_none_of_the_shards_on_the_hub(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    for shard in SHARDS:
        del repo.files[shard]
    reader = open_reader(ID)
    assert reader.first is Depth.INDEX and not reader.has(Depth.HEADERS)
    assert reader.read(Depth.INDEX).missing_shards == tuple(SHARDS)
    with pytest.raises(NoEvidence, match="and 2 more, not in the repo"):
        reader.read(Depth.HEADERS)


def test_a_cached_copy_of_a_numbered_set_without_index(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.add(model_repo(ID, CONFIG))
    open_evidence(ID)
    clean()  # as the Hub library leaves it: no listing is kept
    (snapshot,) = (tmp_path / "hf-home" / "hub" / "models--org--tiny-moe" / "snapshots").iterdir()
    (snapshot / "model-00002-of-00009.safetensors").write_bytes(b"")
    with pytest.raises(NoEvidence, match="shards 1, 3-9 of 9 not at hand"):
        open_evidence(ID, offline=True)


def test_git_lfs_pointers_are_no_shards(tmp_path: Path) -> None:
    """A clone without git-lfs is a copy of the small files; one that fetched some shards lacks the others."""
    folder = publish(tmp_path / "tiny", table())
    (folder / SHARDS[0]).write_text(LFS)
    assert open_evidence(str(folder)).missing_shards == (SHARDS[0],)
    assert set(open_evidence(str(folder)).shard_sizes) == set(SHARDS[1:])
    for shard in SHARDS:
        (folder / shard).write_text(LFS)
    reader = open_reader(str(folder))
    assert reader.first is Depth.INDEX and not reader.has(Depth.HEADERS)
    assert reader.read(Depth.INDEX).missing_shards == ()
    with pytest.raises(NoEvidence, match="git-lfs pointer"):
        reader.read(Depth.HEADERS)


def test_a_real_download_of_eight_shards_of_sixteen(corpus: Path, tmp_path: Path) -> None:
    """A folder whose headers a public listing prints: shards 9 to 16 of Qwen3-30B-A3B, no index."""
    folder = corpus / "headers" / "Qwen--Qwen3-30B-A3B-Thinking-2507__partial-download"
    meta = json.loads((folder / "meta.json").read_text())
    listed = list(published(folder / "headers.tsv"))
    files = [f"model-{number:05d}-of-00016.safetensors" for number in range(9, 17)]
    (tmp_path / "qwen").mkdir()
    shutil.copy(folder / "config.json", tmp_path / "qwen")
    for place, file in enumerate(files):
        shard = shard_file(tensor for at, tensor in enumerate(listed) if at * 8 // len(listed) == place)
        with (tmp_path / "qwen" / file).open("wb") as written:
            written.write(shard.head)
            written.truncate(shard.size)
    evidence = open_evidence(str(tmp_path / "qwen"))
    assert evidence.headers is not None
    assert (evidence.headers.tensors, evidence.headers.elements) == (meta["tensors"], meta["elements"])
    assert evidence.missing_shards == tuple(f"model-{number:05d}-of-00016.safetensors" for number in range(1, 9))


def without(whole: TensorTable, shard: str) -> TensorTable:
    return TensorTable.collapse(tensor for tensor in whole.expand() if tensor.shard != shard)
