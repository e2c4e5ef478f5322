"""The real client against the loopback Hub: what is asked, what is read, and what every failure says."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from moeaudit.errors import AuditError, Exit, NoEvidence
from moeaudit.evidence import Depth, Source, open_evidence
from moeaudit.evidence.headers import FIRST_SPAN
from tests.evidence.samples import CARD, CONFIG, ID, table
from tests.hub.repos import HubFile, model_repo, raw_shard
from tests.hub.server import LoopbackHub


def refusal(model: str = ID, **options: object) -> AuditError:
    with pytest.raises(AuditError) as caught:
        open_evidence(model, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value) and str(caught.value).isprintable()
    return caught.value


def test_config_and_index_are_the_default(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    evidence = open_evidence(ID)
    assert (evidence.model.source, evidence.model.commit, evidence.model.recorded) == (Source.HUB, repo.commit, False)
    assert evidence.config is not None and evidence.config.data == CONFIG
    assert evidence.index is not None and evidence.index.table == table().names_only()
    assert evidence.index.total_size == table().bytes
    assert evidence.headers is None
    assert evidence.card == CARD
    assert evidence.shard_sizes == {name: file.size for name, file in repo.files.items() if file.lfs}
    assert [file.file for file in evidence.files] == ["config.json", "model.safetensors.index.json", "README.md"]
    assert evidence.files[0].origin == f"{hub.url}/{ID}/resolve/{repo.commit}/config.json"
    assert hub.weights == 0


def test_the_revision_is_resolved_once(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table(), revisions=("main", "v1.0", "refs/pr/1")))
    assert open_evidence(f"{ID}@v1.0", depth=Depth.HEADERS).model.commit == repo.commit
    assert open_evidence(ID, revision="refs/pr/1").model.revision == "refs/pr/1"
    asked = [path for path in hub.paths() if "/api/agent" not in path]
    assert asked[0].startswith(f"/api/models/{ID}/revision/v1.0?")
    assert all(repo.commit in path for path in asked[1:] if "/api/" not in path)


def test_headers_and_little_that_stands_behind_them(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table(7)))
    steps: list[tuple[int, int]] = []
    evidence = open_evidence(ID, depth=Depth.HEADERS, progress=lambda done, total: steps.append((done, total)))
    assert evidence.headers == table(7)
    assert evidence.files[-1].file == "7 safetensors headers"
    assert steps == [(done, 7) for done in range(8)]
    assert hub.weights <= 7 * 5_000, "a first span ends near its header, by the size of the index"
    assert table(7).bytes == 2 * (2 * 1000 * 64 + 4 * (64 + 24 * 64 * 128))
    assert hub.sent < 60_000


def test_a_single_file_gives_its_header(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table(1)))
    evidence = open_evidence(ID)
    assert evidence.index is None and evidence.headers == table(1)
    assert evidence.files[-1].file == "model.safetensors (header)"
    assert hub.weights < FIRST_SPAN, "nothing tells how long the header is; what is too much is dropped"


def test_config_alone(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG))
    evidence = open_evidence(ID)
    assert evidence.index is None and evidence.headers is None


def test_a_token_is_never_shown_to_the_storage_host(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.add(model_repo(ID, CONFIG, table(2), gated=True, readers={"hf_secret"}))
    open_evidence(ID, depth=Depth.HEADERS)
    stored = [request for request in hub.requests if request.path.startswith("/stored/")]
    assert stored and all(request.token is None and request.host.startswith("localhost") for request in stored)
    assert all(
        request.token == "hf_secret"
        for request in hub.requests
        if "/resolve/" in request.path and not request.host.startswith("localhost")
    )


def test_a_second_run_asks_little(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    first = open_evidence(ID)
    hub.requests.clear()
    assert open_evidence(ID) == first
    assert len(hub.requests) == 1, "the commit is resolved; its files are in the cache"


def test_servers_without_ranges(hub: LoopbackHub) -> None:
    hub.ranges = False
    hub.add(model_repo(ID, CONFIG, table(2)))
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table(2)


def test_mirrors_that_do_not_redirect(hub: LoopbackHub) -> None:
    hub.redirect = False
    hub.add(model_repo(ID, CONFIG, table(2)))
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table(2)


def test_pickled_weights_are_named_and_never_opened(hub: LoopbackHub) -> None:
    repo = model_repo(ID, CONFIG)
    repo.files |= {
        "pytorch_model.bin": HubFile.of("pickle"),
        "pytorch_model.bin.index.json": HubFile.of(
            '{"metadata": {"total_size": 8}, "weight_map": {"a.0.b": "pytorch_model.bin"}}'
        ),
    }
    hub.add(repo)
    evidence = open_evidence(ID)
    assert evidence.index is not None and (evidence.index.format, evidence.index.total_size) == ("pytorch", 8)
    assert "no safetensors weights" in str(refusal(depth=Depth.HEADERS))
    assert not any(path.endswith("pytorch_model.bin") for path in hub.paths())


def test_offline_after_one_run_online(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    online = open_evidence(ID)
    hub.requests.clear()
    for offline in (open_evidence(ID, offline=True), open_evidence(f"{ID}@{online.model.commit}", offline=True)):
        assert offline.model.commit == online.model.commit
        assert (offline.config, offline.index) == (online.config, online.index)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert open_evidence(ID).index == online.index
    assert "no such revision" not in str(refusal(f"{ID}@other"))
    assert hub.requests == []


@pytest.mark.parametrize(
    ("path", "status", "code", "says"),
    [
        ("/api/models/", 404, "RepoNotFound", "org/tiny-moe: no such repo at http"),
        ("/api/models/", 401, "GatedRepo", "the repo is gated. Accept its terms"),
        ("/api/models/", 401, None, "no such repo at http"),
        ("/api/models/", 403, None, "the Hub forbids access"),
        ("/api/models/", 403, "DisabledRepo", "the Hub forbids access"),
        ("/api/models/", 429, None, "limits the rate of requests"),
        ("/api/models/", 503, None, "fails with status 503. Try again later"),
        ("/api/models/", 418, None, "answers with status 418"),
        ("/resolve/", 401, "GatedRepo", "the repo is gated. Accept its terms"),
        ("/resolve/.*config.json", 404, "EntryNotFound", "'config.json' is listed but not there"),
    ],
)
def test_refusals_of_the_hub(hub: LoopbackHub, path: str, status: int, code: str | None, says: str) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    hub.fail(path, status, code=code)
    error = refusal()
    assert says in str(error)
    assert error.exit_code is Exit.NO_EVIDENCE


def test_no_such_repo_and_no_such_revision(hub: LoopbackHub) -> None:
    assert (
        str(refusal("org/none"))
        == f"org/none: no such repo at {hub.url}. Check the spelling. If it is private, set HF_TOKEN."
    )
    hub.add(model_repo(ID, CONFIG))
    assert str(refusal(f"{ID}@v9")) == f"{ID}@v9: no such revision. Give a branch, tag or commit that the repo has."


def test_a_token_that_is_refused(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    hub.fail("/api/models/", 401)
    assert str(refusal()) == f"{ID}: the Hub refuses your token. Renew HF_TOKEN, or unset it."


def test_gated_with_a_token_without_access(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    hub.add(model_repo(ID, CONFIG, gated=True))
    assert str(refusal()) == f"{ID}: the repo is gated and your token has no access. Ask for access at {hub.url}/{ID}."


def test_no_network(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    error = refusal()
    assert "http://127.0.0.1:9 could not be reached. Check the network" in str(error)
    assert error.exit_code is Exit.NO_EVIDENCE


def test_an_answer_that_takes_too_long(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(model_repo(ID, CONFIG))
    hub.delay = 0.5
    monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "0.1")
    assert "timed out" in str(refusal())


def test_a_moment_of_overload_is_waited_out(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table(2)))
    hub.fail("/resolve/.*safetensors$", 503, times=1)
    assert open_evidence(ID, depth=Depth.HEADERS).headers == table(2)


def test_answers_that_break_off(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(model_repo(ID, CONFIG, table(1)))
    open_evidence(ID, depth=Depth.CONFIG)
    hub.cuts = 2
    assert open_evidence(ID).headers == table(1)
    monkeypatch.setenv("MOEAUDIT_NO_CACHE", "1")
    hub.cuts = 1_000  # more than every file asked for at once is tried
    assert "could not be reached" in str(refusal())


def test_an_endpoint_that_is_no_hub(hub: LoopbackHub) -> None:
    hub.add(replace(model_repo(ID, CONFIG), commit="not a commit"))
    assert "does not say which commit it serves" in str(refusal())


def test_no_config(hub: LoopbackHub) -> None:
    repo = model_repo(ID, CONFIG, table(2))
    repo.files.clear()
    hub.add(repo)
    error = refusal()
    assert str(error) == f"{ID}: no config.json. Give the folder or repo that holds the model itself."
    assert error.exit_code is Exit.NO_EVIDENCE


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("config.json", '{"a": 1,', "config.json:1:9: the file is not JSON"),
        ("config.json", "[]", "config.json:1:1: the file holds a list"),
        ("model.safetensors.index.json", "{}", "the index has no weight_map object"),
        ("model.safetensors.index.json", "", "the file is empty"),
        (
            "model.safetensors.index.json",
            '{"weight_map": {"a": "../../etc/passwd"}}',
            "is not a file name inside the repo",
        ),
        ("model.safetensors.index.json", '{"weight_map": {"a": "/etc/passwd"}}', "is not a file name inside the repo"),
    ],
)
def test_broken_small_files(hub: LoopbackHub, name: str, content: str, says: str) -> None:
    repo = model_repo(ID, CONFIG, table(2))
    repo.files[name] = HubFile.of(content)
    hub.add(repo)
    assert says in str(refusal())
    assert hub.weights == 0


def test_a_config_too_large_is_not_fetched(hub: LoopbackHub) -> None:
    repo = model_repo(ID, CONFIG)
    repo.files["config.json"] = HubFile(b"{}", 30_000_000)
    hub.add(repo)
    assert "30,000,000 bytes, more than the limit of 8,000,000" in str(refusal())
    assert not any("/resolve/" in path for path in hub.paths())


@pytest.mark.parametrize(
    ("shard", "says"),
    [
        (raw_shard(b"not json", 10), "model.safetensors (header):1:1: the file is not JSON"),
        (
            HubFile((2**62).to_bytes(8, "little"), 1000, lfs=True),
            "claims 4,611,686,018,427,387,904 bytes, the limit is",
        ),
        (HubFile((5000).to_bytes(8, "little"), 1000, lfs=True), "claims 5,000 bytes, but the file has 1,000 in all"),
        (HubFile.of(""), "too short for a safetensors header"),
        (raw_shard({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, 4), "the file holds 4"),
    ],
)
def test_broken_shards(hub: LoopbackHub, shard: HubFile, says: str) -> None:
    repo = model_repo(ID, CONFIG)
    repo.files["model.safetensors"] = shard
    hub.add(repo)
    assert says in str(refusal())


def test_a_tensor_in_two_shards(hub: LoopbackHub) -> None:
    repo = model_repo(ID, CONFIG, table(2))
    repo.files["model-00002-of-00002.safetensors"] = repo.files["model-00001-of-00002.safetensors"]
    hub.add(repo)
    assert "is also in model-00001-of-00002.safetensors" in str(refusal(depth=Depth.HEADERS))


def test_a_cache_that_cannot_be_written(hub: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "file"))
    hub.add(model_repo(ID, CONFIG))
    assert "the Hub's cache cannot be used: Not a directory. Set HF_HOME" in str(refusal())


def test_a_cache_on_a_full_disk(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such an error names no file; the line names the repo's place in the cache."""

    def full(*given: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("moeaudit.evidence.cache.replace_whole", full)
    hub.add(model_repo(ID, CONFIG))
    said = str(refusal())
    assert "models--" in said and "the Hub's cache cannot be used: No space left on device." in said


def test_nothing_half_written_in_the_cache(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.add(model_repo(ID, CONFIG, table()))
    hub.fail("index.json", 401, code="GatedRepo")
    with pytest.raises(NoEvidence):
        open_evidence(ID)
    assert [path for path in tmp_path.rglob("*") if path.name.endswith((".tmp", ".incomplete"))] == []
