"""Weight files beside a model's own: found, read, grouped, and never the end of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from moeaudit.errors import NoEvidence
from moeaudit.evidence import Depth, open_evidence, open_reader
from moeaudit.evidence import beside as beside_room
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.evidence.headers import FIRST_SPAN
from moeaudit.evidence.tables import Tensor, TensorTable
from tests.evidence.samples import CONFIG, ID, module, publish, table
from tests.hub.repos import HubFile, model_repo, raw_shard, shard_file, weight_files
from tests.hub.server import LoopbackHub

MTP = "mtp.fc.weight"


@pytest.mark.parametrize("depth", [Depth.INDEX, Depth.HEADERS])
@pytest.mark.parametrize("file", ["mtp.safetensors", "mtp/model.safetensors", "original/model.safetensors"])
def test_read_wherever_an_index_is(tmp_path: Path, file: str, depth: Depth) -> None:
    folder = publish(tmp_path / "tiny", table(), {file: module(MTP, 64, 128)})
    evidence = open_evidence(str(folder), depth=depth)
    (beside,) = evidence.beside
    assert beside.files == (file,) and beside.broken == ""
    assert beside.table == TensorTable.collapse([Tensor(MTP, "BF16", (64, 128), file)])
    assert beside.sizes == {file: evidence.shard_sizes[file]}
    assert f"{file} (header)" in [read.file for read in evidence.files]
    assert open_evidence(str(folder), depth=Depth.CONFIG).beside == ()


def test_shards_that_the_index_forgets(tmp_path: Path) -> None:
    """The index of a model that was saved in two steps: it names the first shards of four."""
    files = weight_files(table(4))
    index = weight_files(TensorTable.collapse(t for t in table(4).expand() if t.shard and t.shard < "model-00003"))
    folder = publish(tmp_path / "tiny", None, files | {name: file for name, file in index.items() if "index" in name})
    (beside,) = open_evidence(str(folder)).beside
    assert beside.files == ("model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors")
    assert beside.table.tensors + open_evidence(str(folder), depth=Depth.HEADERS).headers.tensors == table().tensors  # type: ignore[union-attr]


def test_a_set_of_its_own_is_one_record(tmp_path: Path) -> None:
    files = [f"consolidated-{number:05d}-of-00002.safetensors" for number in (1, 2)]
    copy = table(files)
    evidence = open_evidence(
        str(
            publish(
                tmp_path / "tiny",
                table(),
                {
                    **{name: file for name, file in weight_files(copy).items() if "index" not in name},
                    "vae/a.safetensors": module("a"),
                    "vae/b.safetensors": module("b"),
                },
            )
        )
    )
    assert [beside.files for beside in evidence.beside] == [
        tuple(files),
        ("vae/a.safetensors",),
        ("vae/b.safetensors",),
    ]
    assert evidence.beside[0].table == copy


def test_without_an_index(tmp_path: Path) -> None:
    folder = publish(tmp_path / "tiny", table(1), {"mtp.safetensors": module(MTP)})
    evidence = open_evidence(str(folder))
    assert evidence.headers == table(1) and [beside.files for beside in evidence.beside] == [("mtp.safetensors",)]


def test_parts_that_nothing_ties_together(tmp_path: Path) -> None:
    """MiMo's names: all files are the model, but one that repeats its tensors is a copy."""
    parts = ["model_mtp.safetensors", "model_pp0_ep0_shard1.safetensors"]
    folder = publish(tmp_path / "tiny", table(parts), {"x.safetensors": module("lm_head.weight", 1000, 64)})
    (folder / "model.safetensors.index.json").unlink()
    evidence = open_evidence(str(folder))
    assert evidence.headers == table(parts)
    assert [beside.files for beside in evidence.beside] == [("x.safetensors",)]


def test_copies_in_one_folder_are_not_one_table(tmp_path: Path) -> None:
    folder = publish(tmp_path / "tiny", table(), {f"steps/{n}.safetensors": module("a") for n in (1, 2, 3)})
    assert [beside.files for beside in open_evidence(str(folder)).beside] == [
        ("steps/1.safetensors",),
        ("steps/2.safetensors",),
        ("steps/3.safetensors",),
    ]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (HubFile.of(""), "too short for a safetensors header"),
        (HubFile.of("version https://git-lfs.github.com/spec/v1\n"), "git-lfs pointer"),
        (raw_shard(b"\xff", 4), "the file is not UTF-8"),
        (raw_shard({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, 4), "the file holds 4"),
    ],
)
def test_a_broken_file_is_kept_with_its_reason(tmp_path: Path, file: HubFile, says: str) -> None:
    folder = publish(tmp_path / "tiny", table(), {"steps/1.safetensors": file, "steps/2.safetensors": module("a")})
    broken, whole = open_evidence(str(folder)).beside
    assert says in broken.broken and (broken.files, broken.table.tensors) == (("steps/1.safetensors",), 0)
    assert (whole.files, whole.table.tensors, whole.broken) == (("steps/2.safetensors",), 1, "")


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(module("a").head)
    folder = publish(tmp_path / "tiny", table())
    (folder / "x.safetensors").symlink_to("../secret")
    (folder / "y.safetensors").symlink_to("nowhere")
    assert [beside.broken for beside in open_evidence(str(folder)).beside] == [
        "the link leads out of the folder",
        "no such file",
    ]


def test_no_more_than_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lone module is read before a copy of many files, and a copy is read whole or not at all."""
    monkeypatch.setattr(beside_room, "FILES_BESIDE", 3)
    folder = publish(
        tmp_path / "tiny",
        table(),
        {"mtp.safetensors": module("mtp"), **{f"a{n}.safetensors": module(f"a{n}") for n in range(3)}},
    )
    evidence = open_evidence(str(folder))
    assert ([beside.files for beside in evidence.beside], evidence.beside_unread) == ([("mtp.safetensors",)], 3)


def test_no_more_than_so_many_bytes_of_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_room, "BESIDE_BYTES", 1000)
    many = shard_file(Tensor(f"layer{n}.w", "BF16", (2,)) for n in range(20))
    folder = publish(tmp_path / "tiny", table(), {"large.safetensors": many, "mtp.safetensors": module(MTP)})
    evidence = open_evidence(str(folder))
    assert ([beside.files for beside in evidence.beside], evidence.beside_unread) == ([("mtp.safetensors",)], 1)


def test_on_the_hub(hub: LoopbackHub) -> None:
    """One span of the file; deeper folders are counted, not read; adapters are not the model's."""
    repo = hub.add(model_repo(ID, CONFIG, table()))
    repo.files |= {
        "mtp.safetensors": module(MTP),
        "runs/1/model.safetensors": module("a"),
        "adapter_model.safetensors": module("lora"),
        "pytorch_model.bin": HubFile.of("pickle"),
    }
    evidence = open_evidence(ID)
    assert ([beside.files for beside in evidence.beside], evidence.beside_unread) == ([("mtp.safetensors",)], 1)
    assert "pytorch_model.bin" in evidence.shard_sizes
    assert {request.path.rpartition("/")[2] for request in hub.requests if request.range} == {"mtp.safetensors"}
    assert not any(name in path for path in hub.paths() for name in ("runs/", "adapter", ".bin"))
    assert hub.weights < FIRST_SPAN


def test_a_busy_hub_is_no_broken_file(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    repo.files["mtp.safetensors"] = module(MTP)
    hub.fail("mtp.safetensors", 503)
    with pytest.raises(NoEvidence, match="fails with status 503"):
        open_evidence(ID)


def test_a_file_that_is_listed_and_not_there(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    repo.files["mtp.safetensors"] = module(MTP)
    hub.fail("mtp.safetensors", 404, code="EntryNotFound")
    (beside,) = open_evidence(ID).beside
    assert beside.broken == "'mtp.safetensors' is listed but not there"


def test_names_that_lead_elsewhere_are_never_asked_for(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    repo.files |= {"../other/x.safetensors": module("a"), "..%2f/x.safetensors": module("a")}
    evidence = open_evidence(ID)
    assert (evidence.beside, evidence.beside_unread) == ((), 2)
    assert not any("x.safetensors" in path for path in hub.paths())


def test_evidence_files_hold_the_same(tmp_path: Path) -> None:
    folder = publish(
        tmp_path / "tiny",
        table(),
        {
            "mtp/model.safetensors": module(MTP),
            "y.safetensors": HubFile.of(""),
            **{f"consolidated-{n:05d}-of-00002.safetensors": module(f"layers.{n}.w") for n in (1, 2)},
        },
    )
    (folder / "model-00002-of-00003.safetensors").unlink()
    written = replace(open_evidence(str(folder)), beside_unread=7)
    read = read_evidence(evidence_bytes(written), "x")
    assert read.beside == written.beside and len(read.beside) == 3
    assert (read.beside_unread, read.missing_shards) == (7, ("model-00002-of-00003.safetensors",))
    (tmp_path / "x.evidence.json").write_bytes(evidence_bytes(written))
    assert open_reader(str(tmp_path / "x.evidence.json")).read(Depth.CONFIG).beside == ()
