"""The Hub library and moeaudit see the same repo the same way: the library is the authority, though it is not used."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi, get_token, hf_hub_download, scan_cache_dir, try_to_load_from_cache
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from moeaudit.errors import NoEvidence
from moeaudit.evidence import Depth, open_evidence
from moeaudit.evidence.cache import cache_folder
from moeaudit.evidence.hub import HubRepo
from moeaudit.evidence.hub_settings import token
from tests.evidence.samples import CARD, CONFIG, ID, module, table
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub

READER = "hf_reader"
SMALL = ("config.json", "model.safetensors.index.json", "README.md")


@pytest.mark.parametrize("revision", [None, "main", "v1.0", "refs/pr/1"])
def test_commit_files_sizes_and_digests(hub: LoopbackHub, revision: str | None) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table(), card=CARD, revisions=("main", "v1.0", "refs/pr/1")))
    repo.files |= {"mtp/é +%.safetensors": module("a"), "notes/a b.txt": module("b")}
    info = HfApi(endpoint=hub.url).model_info(ID, revision=revision, files_metadata=True)
    ours = HubRepo(ID, revision)
    assert ours.commit == info.sha
    assert ours.listing == {file.rfilename: file.size for file in info.siblings or []}
    assert {name: ours.digest(name) for name in ours.listing} == {
        file.rfilename: file.lfs.sha256 if file.lfs else file.blob_id for file in info.siblings or []
    }


def test_small_files_and_spans(hub: LoopbackHub, tmp_path: Path) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    ours = HubRepo(ID, None)
    for name in repo.files:
        path = Path(hf_hub_download(ID, name, endpoint=hub.url, cache_dir=tmp_path / "theirs"))
        assert ours.read_span(name, 3, 50) == path.read_bytes()[3:53]
        if name in SMALL:
            assert ours.read(name, 10**7) == path.read_bytes()


def test_one_cache_for_both(hub: LoopbackHub) -> None:
    """What either has fetched the other does not ask for; the layout is the same to the last link."""
    repo = hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    open_evidence(ID, depth=Depth.HEADERS)
    hub.requests.clear()
    for name in SMALL:
        found = try_to_load_from_cache(ID, name, cache_dir=cache_folder())
        assert isinstance(found, str) and Path(found).read_bytes() == repo.files[name].head
        assert hf_hub_download(ID, name, endpoint=hub.url, cache_dir=cache_folder(), local_files_only=True) == found
        assert hf_hub_download(ID, name, endpoint=hub.url, cache_dir=cache_folder()) == found
    assert {request.method for request in hub.requests if "/api/agent" not in request.path} == {"HEAD"}
    scanned = scan_cache_dir(cache_folder())
    assert [one.repo_id for one in scanned.repos] == [ID] and scanned.warnings == []
    (one,) = scanned.repos
    assert {file.file_name for revision in one.revisions for file in revision.files} == set(SMALL)
    assert {ref for revision in one.revisions for ref in revision.refs} == {"main"}


def test_the_library_fetches_and_we_read(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    for name in SMALL:
        hf_hub_download(ID, name, endpoint=hub.url, cache_dir=cache_folder())
    hub.requests.clear()
    open_evidence(ID, depth=Depth.INDEX)
    assert len(hub.requests) == 1


def test_layouts_are_alike(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.add(model_repo(ID, CONFIG, table(), card=CARD))
    open_evidence(ID, depth=Depth.INDEX)
    for name in SMALL:
        hf_hub_download(ID, name, endpoint=hub.url, cache_dir=tmp_path / "theirs")

    def laid(root: Path) -> dict[str, str | bytes]:
        folder = root / "models--org--tiny-moe"
        return {
            str(path.relative_to(folder)): str(path.readlink()) if path.is_symlink() else path.read_bytes()
            for path in folder.rglob("*")
            if (path.is_file() or path.is_symlink())
            and not path.relative_to(folder).parts[0].startswith(("moeaudit", "."))
        }

    theirs = laid(tmp_path / "theirs")
    assert len(theirs) == 2 * len(SMALL) + 1
    assert laid(cache_folder()) == theirs


REFUSALS = {
    GatedRepoError: "gated",
    RepositoryNotFoundError: "no such repo",
    RevisionNotFoundError: "no such revision",
    DisabledRepoError: "was disabled",
}


@pytest.mark.parametrize("secret", [None, READER, "hf_other"])
@pytest.mark.parametrize(
    ("model", "revision"),
    [
        (ID, None),
        (ID, "v9"),
        ("org/none", None),
        ("org/gated", None),
        ("org/private", None),
        ("org/private", "v9"),
    ],
)
def test_refusals(
    hub: LoopbackHub,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    model: str,
    revision: str | None,
    secret: str | None,
) -> None:
    """Gated, private, missing, bad revision, without a token, with one that may and one that may not."""
    hub.add(model_repo(ID, CONFIG))
    hub.add(model_repo("org/gated", CONFIG, gated=True, readers={READER}))
    hub.add(model_repo("org/private", CONFIG, private=True, readers={READER}))
    if secret:
        monkeypatch.setenv("HF_TOKEN", secret)
    assert token() == get_token() == secret
    try:
        hf_hub_download(model, "config.json", revision=revision, endpoint=hub.url, cache_dir=tmp_path / "theirs")
    except HfHubHTTPError as error:
        with pytest.raises(NoEvidence, match=REFUSALS[type(error)]):
            open_evidence(model, revision=revision)
    else:
        assert open_evidence(model, revision=revision).config is not None


def test_disabled(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG))
    hub.fail("config.json", 403, code="Disabled", headers={"X-Error-Message": "Access to this resource is disabled."})
    with pytest.raises(NoEvidence, match="was disabled by the Hub"):
        open_evidence(ID)
