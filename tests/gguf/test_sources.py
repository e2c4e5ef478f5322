"""Where GGUF files lie: alone, in parts, several in a folder or on the Hub; what is asked, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.errors import AuditError, Exit
from moeaudit.evidence import Depth, open_evidence
from moeaudit.evidence.formats.gguf_files import sets_of
from moeaudit.evidence.model import Role
from moeaudit.evidence.reader import split_choice
from tests.gguf.samples import CONFIG, TOTAL, hub_repo, one, parts, small
from tests.hub.server import LoopbackHub

ID = "org/small-GGUF"


def refusal(model: str) -> AuditError:
    with pytest.raises(AuditError) as caught:
        inspect(model, offline=True)
    assert "\n" not in str(caught.value) and len(str(caught.value)) <= 300
    return caught.value


def total(model: str, *, offline: bool = True) -> int:
    return inspect(model, offline=offline).ledger.total()


def test_parts_are_one_model(tmp_path: Path) -> None:
    for path in parts(tmp_path):
        assert total(str(path)) == TOTAL, "whichever part is named"
    assert total(str(tmp_path)) == TOTAL
    evidence = open_evidence(str(tmp_path))
    assert evidence.headers is not None and evidence.headers.shards is not None
    assert len(evidence.headers.shards.files) == 3
    assert evidence.files[0].file == "3 GGUF headers"


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    first, second, _ = parts(tmp_path)
    second.unlink()
    error = refusal(str(first))
    assert error.exit_code is Exit.NO_EVIDENCE and "part 2 of 3 of 'Q4_K_M' not at hand" in str(error)


def test_parts_that_are_mixed_up_are_refused(tmp_path: Path) -> None:
    first, second, third = parts(tmp_path)
    second.rename(tmp_path / "x")
    third.rename(second)
    (tmp_path / "x").rename(third)
    assert "says part 2 of 3, counted from 0, its name says part 1 of 3" in str(refusal(str(first)))


def test_a_part_under_another_name_is_refused(tmp_path: Path) -> None:
    path = parts(tmp_path)[0].rename(tmp_path / "model.gguf")
    assert "one of 3 parts" in str(refusal(str(path)))


def test_a_tensor_in_two_parts_is_refused(tmp_path: Path) -> None:
    for number in (1, 2):
        one(tmp_path / f"a-{number:05d}-of-00002.gguf", keys={"split.no": number - 1, "split.count": 2})
    assert "'token_embd.weight' is also in a-00001-of-00002.gguf" in str(refusal(str(tmp_path)))


def test_parts_that_are_not_all_there_by_their_count(tmp_path: Path) -> None:
    path = one(tmp_path / "a-00001-of-00001.gguf", keys={"split.no": 0, "split.count": 1, "split.tensors.count": 7})
    assert "split.tensors.count is 7, the parts hold" in str(refusal(str(path)))


def test_one_of_several(tmp_path: Path) -> None:
    """Q4_K_M where nobody chooses, as llama.cpp's own -hf takes it."""
    for mix in ("Q8_0", "Q4_K_M", "Q2_K"):
        one(tmp_path / f"small-{mix}.gguf", mix)
    taken = {choice: inspect(f"{tmp_path}{choice}", offline=True).converted for choice in ("", ":Q8_0", ":small-q2_k")}
    assert [made.mix for made in taken.values() if made] == ["Q4_K_M", "Q8_0", "Q2_K"]
    error = refusal(f"{tmp_path}:Q5_0")
    assert error.exit_code is Exit.USAGE and "There are: Q2_K, Q4_K_M, Q8_0." in str(error)


def test_without_the_preferred_the_first_is_taken(tmp_path: Path) -> None:
    for mix in ("Q8_0", "Q2_K"):
        one(tmp_path / f"small-{mix}.gguf", mix)
    made = inspect(str(tmp_path), offline=True).converted
    assert made is not None and made.mix == "Q2_K"


def test_a_folder_for_each(tmp_path: Path) -> None:
    for mix in ("Q8_0", "Q2_K"):
        (tmp_path / mix).mkdir()
        parts(tmp_path / mix, f"small-{mix}", mix)
    made = inspect(f"{tmp_path}:Q8_0", offline=True).converted
    assert made is not None and made.mix == "Q8_0"


def test_a_choice_needs_something_to_choose_from(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    assert "is none of its GGUF files" in str(refusal(f"{tmp_path}:Q4_0"))
    assert "no files to choose 'Q4_0' from" in str(refusal(f"{tmp_path}/config.json:Q4_0"))
    assert "nothing stands beside the colon" in str(refusal("org/name:"))


NAMES = {
    "a-Q4_K_M.gguf": "Q4_K_M", "a.Q8_0.gguf": "Q8_0", "A-UD-IQ2_XXS.gguf": "UD-IQ2_XXS", "a-bf16.gguf": "BF16",
    "Q6_K/a-Q6_K-00001-of-00002.gguf": "Q6_K", "a-MXFP4_MOE.gguf": "MXFP4_MOE", "a.gguf": "",
    "UD-Q2_K_XL/a-00001-of-00001.gguf": "UD-Q2_K_XL",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_mix_in_a_name(name: str) -> None:
    assert [found.mix for found in sets_of([name])] == [NAMES[name]]


def test_encoders_and_matrices_are_no_model() -> None:
    files = ["mmproj-F16.gguf", "a-mmproj-f16.gguf", "imatrix.gguf", "a-imatrix_unsloth.gguf", "a-Q8_0.gguf", ".b.gguf"]
    assert [found.files for found in sets_of(files)] == [("a-Q8_0.gguf",)]


def test_range_requests_for_the_head_alone(hub: LoopbackHub, tmp_path: Path) -> None:
    path = one(tmp_path / "small-Q4_K_M.gguf")
    hub.add(hub_repo(tmp_path, ID, [path]))
    found = inspect(ID)
    assert found.ledger.total() == TOTAL
    asked = [request for request in hub.requests if "/resolve/" in request.path]
    assert len(asked) == 1, "one span holds a short head"


def test_a_long_vocabulary_takes_a_second_span(hub: LoopbackHub, tmp_path: Path) -> None:
    big = small()
    path = one(tmp_path / "small-Q4_K_M.gguf", "BF16", tensors=big, vocabulary=250_000)
    hub.add(hub_repo(tmp_path, ID, [path]))
    assert total(ID, offline=False) == TOTAL
    stored = [request for request in hub.requests if request.path.startswith("/stored/")]
    assert len(stored) == 2


def test_parts_on_the_hub_ask_little_of_the_later_ones(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.add(hub_repo(tmp_path, ID, parts(tmp_path)))
    assert total(f"{ID}:Q4_K_M", offline=False) == TOTAL
    assert len([request for request in hub.requests if "/resolve/" in request.path]) == 3


def test_a_second_run_reads_no_head(hub: LoopbackHub, tmp_path: Path) -> None:
    path = one(tmp_path / "small-Q4_K_M.gguf", keys={"general.name": "Ä"})
    hub.add(hub_repo(tmp_path, ID, [path], README__md="# Small\n"))
    first = open_evidence(ID)
    hub.requests.clear()
    assert open_evidence(ID) == first
    assert len(hub.requests) == 1, "the commit is resolved; its head is kept"
    hub.requests.clear()
    offline = open_evidence(ID, offline=True)
    assert hub.requests == []
    assert (offline.headers, offline.documents) == (first.headers, first.documents)


def test_a_repo_with_other_weights_is_read_by_them(hub: LoopbackHub, tmp_path: Path) -> None:
    """A config.json of its own beside pickled weights, and a GGUF file: only a choice means the latter."""
    path = one(tmp_path / "small-Q8_0.gguf", "Q8_0")
    repo = hub.add(hub_repo(tmp_path, ID, [path], config__json=json.dumps(CONFIG)))
    repo.files["pytorch_model.bin"] = repo.files["small-Q8_0.gguf"]
    assert inspect(ID).converted is None
    made = inspect(f"{ID}:Q8_0").converted
    assert made is not None and made.mix == "Q8_0"


def test_what_is_kept_of_the_keys(tmp_path: Path) -> None:
    evidence = open_evidence(str(one(tmp_path / "a.gguf", keys={"general.name": "Small", "long": "x" * 20_000})))
    document = evidence.document(Role.GGUF)
    assert document is not None
    assert document.data["general.name"] == "Small" and document.data["qwen3moe.expert_count"] == 8
    assert set(document.omitted) == {"tokenizer.ggml.tokens", "tokenizer.ggml.scores", "qwen3moe.long"}


def test_no_other_depth_is_of_use(tmp_path: Path) -> None:
    path = one(tmp_path / "a.gguf")
    with pytest.raises(AuditError, match="no weight index"):
        open_evidence(str(path), depth=Depth.INDEX)
    with pytest.raises(AuditError, match="--depth headers"):
        inspect(str(path), depth=Depth.CONFIG)
    assert inspect(str(path), depth=Depth.HEADERS).ledger.total() == TOTAL


def test_links(tmp_path: Path) -> None:
    """A user's own link is followed; one in a folder that leads out of it is not."""
    (tmp_path / "far").mkdir()
    (tmp_path / "near").mkdir()
    path = one(tmp_path / "far" / "a-Q8_0.gguf", "Q8_0")
    link = tmp_path / "near" / "b.gguf"
    link.symlink_to(path)
    assert total(str(link)) == TOTAL
    assert "leads out of the folder" in str(refusal(str(tmp_path / "near")))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = refusal("nowhere.gguf")
    assert error.exit_code is Exit.NO_EVIDENCE and "no such file" in str(error)
    (tmp_path / "a.gguf").mkdir()
    assert refusal(str(tmp_path / "a.gguf")).exit_code in (Exit.NO_EVIDENCE, Exit.USAGE)


HUB = "https://hf.co/org/name"
ADDRESSES = {
    "org/name": ("org/name", ""), "org/name:Q8_0": ("org/name", "Q8_0"),
    "org/name@main:Q8_0": ("org/name@main", "Q8_0"),
    "hf.co/org/name:Q8_0": ("hf.co/org/name", "Q8_0"), HUB: (HUB, ""),
    "http://localhost:80/org/name": ("http://localhost:80/org/name", ""),
    f"{HUB}/blob/main/a/b.gguf": (f"{HUB}/blob/main/a/b.gguf", "a/b.gguf"),
    f"{HUB}/resolve/refs/pr/1/b.gguf?download=true": (f"{HUB}/resolve/refs/pr/1/b.gguf?download=true", "b.gguf"),
}  # fmt: skip


@pytest.mark.parametrize("given", ADDRESSES)
def test_how_a_file_is_chosen(given: str) -> None:
    assert split_choice(given) == ADDRESSES[given]


def test_the_address_of_a_file_means_that_file(hub: LoopbackHub, tmp_path: Path) -> None:
    paths = [one(tmp_path / f"small-{mix}.gguf", mix) for mix in ("Q8_0", "Q2_K")]
    hub.add(hub_repo(tmp_path, ID, paths))
    made = inspect(f"{hub.url}/{ID}/blob/main/small-Q8_0.gguf").converted
    assert made is not None and made.mix == "Q8_0"


@pytest.mark.parametrize("name", ["small-Q4_K_M.GGUF", "model.bin", "model.safetensors", "blob", "x.json"])
def test_a_file_of_another_name_is_known_by_how_it_begins(tmp_path: Path, name: str) -> None:
    assert total(str(one(tmp_path / name))) == TOTAL


def test_capitals_in_a_folder(tmp_path: Path) -> None:
    one(tmp_path / "small-Q4_K_M.GGUF")
    assert total(str(tmp_path)) == total(f"{tmp_path}:q4_k_m") == TOTAL
