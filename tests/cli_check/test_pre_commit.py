"""The hooks file through the real pre-commit: once as published (language: python), and by its file patterns alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli_check.conftest import CARD, ROOT, RUSSIAN, WRONG_CARD
from tests.cli_check.test_gate import git

HOOK: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]


def pre_commit(folder: Path, *words: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """pre-commit in a folder; `path` is where the hook's Python finds what is not installed for it."""
    home = folder.parent / f"{folder.name}-pre-commit"
    environment = {**os.environ, "PRE_COMMIT_HOME": str(home), "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("file", "taken"),
    [
        ("README.md", True),
        ("models/a/README.md", True),
        ("a.claims.yaml", True),
        ("b/a.claims.yaml", True),
        ("NOTREADME.md", False),
        ("README.md.txt", False),
        ("claims.yaml", False),
        ("docs/index.md", False),
        ("a/-x.claims.yaml", True),
        ("--format=json=/home/me/README.md", False),  # their names are handed over as they are
        ("-m/README.md", False),
    ],
)
def test_which_files_the_hook_takes(file: str, taken: bool) -> None:
    assert bool(re.search(HOOK["files"], file)) is taken


def hook_up(folder: Path) -> None:
    """Make a folder a git repo with the hook as a local one: the published entry, run by this Python."""
    local = {
        **HOOK,
        "language": "system",
        "entry": HOOK["entry"].replace("moeaudit", f"{sys.executable} -m moeaudit", 1),
    }
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]}))
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")


@pytest.fixture
def hooked(repo: Path) -> Path:
    hook_up(repo)
    return repo


def test_the_hook_passes_and_fails(hooked: Path) -> None:
    passed = pre_commit(hooked, "run", "--all-files", path=str(ROOT))
    assert passed.returncode == 0, passed.stdout + passed.stderr
    (hooked / "README.md").write_text(WRONG_CARD)
    git(hooked, "add", ".")
    failed = pre_commit(hooked, "run", path=str(ROOT))
    assert failed.returncode == 1 and "error[total-contradicted]" in failed.stdout
    (hooked / "README.md").unlink()
    (hooked / "other.txt").write_text("x")
    git(hooked, "add", ".")
    assert "no files to check" in pre_commit(hooked, "run", "--files", "other.txt").stdout


def test_a_card_beside_its_config_without_an_id(beside: Path) -> None:
    hook_up(beside)
    for text, code, said in (
        (CARD.replace("46.7B", "64.7B"), 1, "error[total-contradicted]"),
        (CARD, 0, "Passed"),
        (RUSSIAN, 1, "error[card-language-unread]"),
    ):
        (beside / "README.md").write_text(text)
        git(beside, "add", ".")
        result = pre_commit(beside, "run", path=str(ROOT))
        assert result.returncode == code and said in result.stdout, result.stdout + result.stderr


@pytest.mark.usefixtures("package_index")
def test_the_hook_installs_and_runs_as_published(repo: Path) -> None:
    """`pre-commit try-repo` clones the project, builds it, and installs its dependencies from the package index."""
    (repo / "README.md").write_text(WRONG_CARD)
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", ".")
    result = pre_commit(repo, "try-repo", str(ROOT), "moeaudit", "--all-files")
    assert result.returncode == 1 and "error[total-contradicted]" in result.stdout, result.stdout + result.stderr
