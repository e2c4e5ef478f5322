"""Tables kept of what was read: found again by digest, never from a part, never across Hubs, never trusted blindly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from moeaudit.errors import AuditError, NoEvidence
from moeaudit.evidence import Depth, Evidence, open_evidence, open_reader
from moeaudit.evidence import header_cache as room
from moeaudit.evidence.beside import FilesBeside
from moeaudit.evidence.cache import clean, own_files
from moeaudit.evidence.header_cache import KeptHeaders, KeptIndex, Tables, key_of
from moeaudit.evidence.model import Beside, EvidenceFile, Index
from moeaudit.evidence.tables import Tensor, TensorTable
from tests.evidence.samples import CARD, CONFIG, ID, module, table
from tests.evidence.strategies import tensors
from tests.hub.repos import HubFile, model_repo
from tests.hub.server import LoopbackHub

RECORD = EvidenceFile("3 safetensors headers", "0" * 64, 5, "model-00001-of-00003.safetensors")


def here(evidence: Evidence) -> Evidence:
    """The same, as read from this machine."""
    return replace(evidence, files=tuple(replace(file, origin="folder") for file in evidence.files))


@given(tensors())
def test_tables_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, listed: list[Tensor]) -> None:
    found = TensorTable.collapse(listed)
    tables = Tables(tmp_path_factory.mktemp("tables"))
    headers = KeptHeaders(
        found, RECORD, FilesBeside((Beside(("a.safetensors",), found, {"a.safetensors": 7}),), 2, (RECORD,))
    )
    index = KeptIndex(Index("model.safetensors.index.json", found.names_only(), "safetensors", 7, None), RECORD)
    tables.keep_headers("headers-1", headers)
    tables.keep_index("index-1", index)
    tables.keep_beside("beside-1", headers.apart)
    assert (tables.headers("headers-1"), tables.index("index-1")) == (headers, index)
    assert tables.beside("beside-1") == headers.apart


@pytest.mark.parametrize("depth", list(Depth))
def test_offline_gives_what_online_gave(hub: LoopbackHub, depth: Depth) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    repo.files |= {"mtp.safetensors": module("mtp.fc.weight"), "pytorch_model.bin": HubFile.of("pickle")}
    online = open_evidence(ID, depth=depth)
    hub.requests.clear()
    assert open_evidence(ID, depth=depth, offline=True) == here(online)
    assert hub.requests == []


@pytest.mark.parametrize(
    "files",
    [
        ["model.safetensors"],
        ["model_mtp.safetensors", "model_pp0_ep0_shard1.safetensors"],
        [f"model-{number:05d}-of-00004.safetensors" for number in range(1, 5)],
    ],
)
def test_offline_without_an_index(hub: LoopbackHub, files: list[str]) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table(files)))
    repo.files.pop("model.safetensors.index.json", None)
    repo.files["x.safetensors"] = module("lm_head.weight", 1000, 64)
    online = open_evidence(ID)
    assert online.headers == table(files)
    assert open_evidence(ID, offline=True) == here(online)


def test_what_was_not_read_online_is_said(hub: LoopbackHub) -> None:
    """The listing is known offline, so what is missing is missing, and what was not read is not called missing."""
    repo = hub.add(model_repo(ID, CONFIG, table()))
    repo.files["mtp.safetensors"] = module("mtp.fc.weight")
    open_evidence(ID, depth=Depth.CONFIG)
    evidence = open_evidence(ID, offline=True)
    assert (evidence.index, evidence.headers, evidence.missing_shards) == (None, None, ())
    reader = open_reader(ID, offline=True)
    assert reader.first is Depth.CONFIG and not reader.has(Depth.HEADERS)


@pytest.mark.parametrize("name", [".DS_Store", "notes.txt", ".moeaudit-0123456789abcdef.tmp", "mine.safetensors"])
def test_what_others_left_in_the_cache_is_no_file_of_the_repo(hub: LoopbackHub, tmp_path: Path, name: str) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    online = open_evidence(ID, depth=Depth.HEADERS)
    (snapshot,) = (tmp_path / "hf-home" / "hub" / "models--org--tiny-moe" / "snapshots").iterdir()
    (snapshot / name).symlink_to("nowhere") if name.endswith(".tmp") else (snapshot / name).write_bytes(b"x")
    assert open_evidence(ID, depth=Depth.HEADERS, offline=True) == here(online)


@pytest.mark.parametrize("files", [3, ["model.safetensors"]])
def test_headers_that_were_cleaned_away_are_not_called_missing(hub: LoopbackHub, files: int | list[str]) -> None:
    hub.add(model_repo(ID, CONFIG, table(files)))
    open_evidence(ID, depth=Depth.HEADERS)
    clean()
    with pytest.raises(NoEvidence, match="the headers were not read while online"):
        open_evidence(ID, depth=Depth.HEADERS, offline=True)


def test_another_commit_with_the_same_weights(hub: LoopbackHub) -> None:
    """Only what changed is asked for: here the card."""
    hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    before = open_evidence(ID, depth=Depth.HEADERS)
    after = hub.add(model_repo(ID, CONFIG, table(), card=CARD + "More.\n"))
    hub.requests.clear()
    evidence = open_evidence(ID, depth=Depth.HEADERS)
    assert not any(request.range for request in hub.requests)
    assert evidence.headers == before.headers and evidence.model.commit == after.commit
    assert all(after.commit in file.origin for file in evidence.files)


def test_another_upload_is_read_anew(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    open_evidence(ID, depth=Depth.HEADERS)
    repo = hub.add(model_repo(ID, CONFIG, table(4)))
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table(4)
    assert repo.commit == open_evidence(ID).model.commit


def test_one_hub_is_not_taken_at_anothers_word(hub: LoopbackHub) -> None:
    """A mirror that states true digests and sends other headers does not decide what the Hub is found to hold."""
    lie = model_repo(ID, CONFIG, table(4))
    hub.add(lie)
    open_evidence(ID, depth=Depth.HEADERS)
    with LoopbackHub() as other, pytest.MonkeyPatch.context() as patch:
        truth = other.add(model_repo(ID, CONFIG, table(4), commit=lie.commit))
        patch.setenv("HF_ENDPOINT", other.url)
        assert open_evidence(ID, depth=Depth.HEADERS).model.commit == truth.commit
        assert len([request for request in other.requests if request.status == 206]) == 4


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data.replace(b"up_proj", b"xx_proj").replace(b"w1", b"w9"),
        lambda data: b"",
        lambda data: b"\n" + data,
        lambda data: data.partition(b"\n")[0],
        lambda data: b"\xff" * 100,
    ],
)
def test_what_does_not_hold_is_read_again(hub: LoopbackHub, damage: object) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    first = open_evidence(ID, depth=Depth.HEADERS)
    for file in own_files():
        file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    assert open_evidence(ID, depth=Depth.HEADERS) == first


def other_version(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"moeaudit ", b"moeaudit 0.0.1-", 1))


def folder_in_its_place(file: Path) -> None:
    file.unlink()
    (file / "inner").mkdir(parents=True)


@pytest.mark.parametrize("kind", ["headers-", "index-", "beside-", "listing-"])
@pytest.mark.parametrize("damage", [
    other_version, folder_in_its_place, lambda file: file.write_bytes(file.read_bytes()[:-1]),
    lambda file: file.write_bytes(b""),
])  # fmt: skip
def test_what_does_not_hold_is_replaced(hub: LoopbackHub, kind: str, damage: Callable[[Path], object]) -> None:
    """Read anew once, not for ever; till then it is not counted as there."""
    hub.add(model_repo(ID, CONFIG, table())).files["mtp.safetensors"] = module("mtp.fc.weight")
    first = open_evidence(ID, depth=Depth.HEADERS)
    (file,) = [file for file in own_files() if file.name.startswith(kind)]
    good = file.read_bytes()
    damage(file)
    assert not Tables(file.parent).has(file.name)
    assert open_evidence(ID, depth=Depth.HEADERS) == first
    assert file.read_bytes() == good
    hub.requests.clear()
    assert open_evidence(ID, depth=Depth.HEADERS) == first and len(hub.requests) == 1


def test_another_version_reads_anew(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    open_evidence(ID, depth=Depth.HEADERS)
    monkeypatch.setattr(room, "__version__", "99")
    hub.requests.clear()
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table()
    assert len([request for request in hub.requests if request.status == 206]) == 3


@pytest.mark.parametrize(
    "fail",
    [
        lambda hub: hub.fail("00003-of-00003", 503),
        lambda hub: hub.fail("00003-of-00003", 404, code="EntryNotFound"),
        lambda hub: setattr(hub, "cuts", 1000),
        lambda hub: hub.change("/stored/.*00003-of", headers={"Content-Range": "bytes 8-15/999999"}),
        lambda hub: hub.change("/stored/.*00003-of", status=200, headers={"Content-Range": None}),
    ],
)
def test_nothing_is_kept_of_a_failed_reading(hub: LoopbackHub, fail: object) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    open_evidence(ID)
    before = own_files()
    fail(hub)  # type: ignore[operator]
    with pytest.raises(AuditError):
        open_evidence(ID, depth=Depth.HEADERS)
    assert own_files() == before


def test_whole_files_of_a_failed_reading_are_kept(hub: LoopbackHub) -> None:
    """What was had whole, and was what the listing says, is not asked for twice."""
    hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    hub.fail("00001-of-00003", 404)
    with pytest.raises(NoEvidence, match="404"):
        open_evidence(ID, depth=Depth.HEADERS)
    hub.failures.clear()
    hub.requests.clear()
    open_evidence(ID, depth=Depth.HEADERS)
    assert not [path for path in hub.paths() if "config.json" in path or "index.json" in path]


def test_a_broken_file_beside_is_looked_at_again(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    repo.files["mtp.safetensors"] = module("mtp.fc.weight")
    hub.fail("mtp.safetensors", 404, code="EntryNotFound", times=1)
    assert open_evidence(ID).beside[0].broken
    assert not open_evidence(ID).beside[0].broken


def test_without_the_cache(hub: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read from it, nothing is written: not even a folder."""
    monkeypatch.setenv("MOEAUDIT_NO_CACHE", "1")
    hub.add(model_repo(ID, CONFIG, table()))
    for _ in range(2):
        hub.requests.clear()
        assert open_evidence(ID, depth=Depth.HEADERS).headers == table()
        assert len(hub.requests) == 1 + 2 + 6
    assert not (tmp_path / "hf-home").exists()
    with pytest.raises(NoEvidence, match="neither cached nor recorded"):
        open_evidence(ID, offline=True)


def test_a_cache_that_cannot_take_tables(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    own = tmp_path / "hf-home" / "hub" / "models--org--tiny-moe" / "moeaudit"
    own.parent.mkdir(parents=True)
    own.write_text("in the way")
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table()


def test_keys() -> None:
    files = [("a", 1, "0" * 64), ("b", 2, "1" * 64)]
    assert key_of("headers", files) == key_of("headers", iter(files))
    assert (
        len(
            {
                key_of("headers", files),
                key_of("headers", files[::-1]),
                key_of("beside", files),
                key_of("headers", [("a", 2, "0" * 64), files[1]]),
            }
        )
        == 4
    )
    assert key_of("headers", [*files, ("c", 3, None)]) is key_of("headers", []) is None


READ = """
import sys
from moeaudit.evidence import Depth, open_evidence
print(open_evidence(sys.argv[1], depth=Depth.HEADERS).headers.tensors)
"""


def test_shared_by_processes(hub: LoopbackHub) -> None:
    """Eight at once on an empty cache, three of them ended in the middle: no part is left that another takes."""
    hub.add(model_repo(ID, CONFIG, table(7), card=CARD))
    running = [subprocess.Popen([sys.executable, "-c", READ, ID], stdout=subprocess.PIPE, text=True) for _ in range(8)]
    for process in running[:3]:
        process.kill()
    assert {process.communicate()[0] for process in running[3:]} == {f"{table(7).tensors}\n"}
    hub.requests.clear()
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table(7) and len(hub.requests) == 1
    assert all(json.loads(file.read_bytes().partition(b"\n")[2]) for file in own_files() if ".tmp" not in file.name)
