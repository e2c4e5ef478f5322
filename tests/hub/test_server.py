"""The loopback Hub as the real client sees it, beyond what moeaudit asks of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import deserialize

from tests.evidence.samples import CONFIG, ID, table
from tests.hub.repos import HubFile, model_repo
from tests.hub.server import LoopbackHub


def test_listings(hub: LoopbackHub) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    repo.files["extra/notes.txt"] = HubFile.of("x")
    hub.page = 2
    api = HfApi(endpoint=hub.url)
    names = {entry.path: entry.size for entry in api.list_repo_tree(ID, recursive=True)}  # type: ignore[union-attr]
    assert names == {name: file.size for name, file in repo.files.items()}
    assert len([path for path in hub.paths() if "/tree/" in path]) == 3
    assert {file.rfilename for file in api.model_info(ID).siblings or []} == set(repo.files)
    (info,) = api.get_paths_info(ID, ["model-00001-of-00003.safetensors", "none"])
    assert info.lfs is not None and info.lfs.size == repo.files["model-00001-of-00003.safetensors"].size  # type: ignore[union-attr]


def test_downloads(hub: LoopbackHub, tmp_path: Path) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    for name, file in repo.files.items():
        path = Path(hf_hub_download(ID, name, cache_dir=tmp_path, endpoint=hub.url))
        assert path.read_bytes() == file.span(0, file.size)
        assert path.parent.name == repo.commit
    assert hub.weights == table().bytes


def test_files_as_safetensors_reads_them(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.add(model_repo(ID, CONFIG, table(1)))
    data = Path(hf_hub_download(ID, "model.safetensors", cache_dir=tmp_path, endpoint=hub.url)).read_bytes()
    assert sorted(name for name, _ in deserialize(data)) == sorted(table(1).names())  # type: ignore[no-untyped-call]


def test_refusals(hub: LoopbackHub) -> None:
    hub.add(model_repo(ID, CONFIG))
    hub.add(model_repo("org/gated", CONFIG, gated=True, readers={"hf_reader"}))
    hub.add(model_repo("org/private", CONFIG, private=True, readers={"hf_reader"}))
    api = HfApi(endpoint=hub.url)
    for error, model, file, revision in [
        (RepositoryNotFoundError, "org/none", "config.json", None),
        (RepositoryNotFoundError, "org/private", "config.json", None),
        (GatedRepoError, "org/gated", "config.json", None),
        (RevisionNotFoundError, ID, "config.json", "v9"),
        (RemoteEntryNotFoundError, ID, "none.json", None),
    ]:
        with pytest.raises(error):
            hf_hub_download(model, file, revision=revision, endpoint=hub.url)
    assert api.model_info("org/gated").gated == "manual", "the listing of a gated repo is public"
    assert HfApi(endpoint=hub.url, token="hf_reader").model_info("org/private").private
