"""What lies in a clone without git-lfs, and files that are no model: named as such, with the next step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli_check.conftest import CARD, MIXTRAL, Run

POINTER = """version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
"""
"""The form of docs/spec.md of github.com/git-lfs/git-lfs."""


@pytest.mark.parametrize("words", [["check", "."], ["check"], ["inspect", "."], ["draft", "."], ["packet", "."]])
@pytest.mark.parametrize("file", ["config.json", "model.safetensors.index.json"])
def test_a_pointer_in_place_of_evidence(words: list[str], file: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    (tmp_path / "config.json").write_text(json.dumps(MIXTRAL))
    (tmp_path / file).write_text(POINTER)
    error = run(*words, cwd=tmp_path, code=4).stderr
    assert f"{file}: the file is a git-lfs pointer" in error and "git lfs pull" in error


def test_a_pointer_in_place_of_the_card(run: Run, tmp_path: Path) -> None:
    """The model is counted without it; a check of it says what it is."""
    (tmp_path / "config.json").write_text(json.dumps(MIXTRAL))
    (tmp_path / "README.md").write_text(POINTER)
    assert "46,702,792,704" in run("inspect", ".", cwd=tmp_path, code=0).stdout
    assert "README.md: the file is a git-lfs pointer" in run("check", ".", cwd=tmp_path, code=4).stderr


def test_a_configuration_to_check_and_a_card_as_model(run: Run, repo: Path) -> None:
    (repo / "config.json").write_text(json.dumps(MIXTRAL))
    said = run("check", "config.json", cwd=repo, code=2).stderr
    assert "a model's configuration makes no claims" in said and "--model" in said
    for words in (["inspect", "README.md"], ["check", "README.md", "--model", "README.md"]):
        assert "a model card is no model" in run(*words, cwd=repo, code=2).stderr
