"""News fragments: each of a kind that there is, each with words, and the changelog is made of them alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]
KINDS = [kind["directory"] for kind in SETTINGS["type"]]
FRAGMENTS = [path for path in sorted((ROOT / SETTINGS["directory"]).iterdir()) if path.name not in SETTINGS["ignore"]]


def draft(root: Path) -> subprocess.CompletedProcess[str]:
    """What towncrier would write; it is one of the lint tools, and a test run without those leaves it out."""
    pytest.importorskip("towncrier", reason="pip install -e '.[lint]'")
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9", "--dir", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_every_fragment_has_a_name_a_kind_and_words(path: Path) -> None:
    name, kind, ending = path.name.split(".")
    assert name.startswith("+") and ending == "md" and kind in KINDS
    text = path.read_text()
    assert text.strip().endswith(".") and max(map(len, text.splitlines())) <= 120
    assert not text.lstrip().startswith(("-", "*", "#")), "a fragment is one entry; the list is made of them"


def test_every_kind_is_explained() -> None:
    contributing = (
        (ROOT / "CONTRIBUTING.md").read_text().partition("## A line of the changelog")[2].partition("\n## ")[0]
    )
    assert [kind for kind in KINDS if f"`{kind}`" not in contributing] == []


def test_the_changelog_has_no_section_of_what_is_not_released() -> None:
    """It would be written by hand, beside the fragments."""
    changelog = (ROOT / SETTINGS["filename"]).read_text()
    assert SETTINGS["start_string"] in changelog and "unreleased" not in changelog.lower()


def test_a_release_writes_every_fragment_once() -> None:
    made = draft(ROOT)
    assert made.returncode == 0, made.stderr
    for path in FRAGMENTS:
        first = path.read_text().splitlines()[0]
        assert made.stdout.count(first) == 1, path.name


@pytest.mark.parametrize("name", ["+a.novelty.md", "a.md"])
def test_a_fragment_of_no_kind_is_an_error(name: str, tmp_path: Path) -> None:
    for one in ("pyproject.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / one, tmp_path)
    folder = tmp_path / "changelog.d"
    folder.mkdir()
    (folder / "+good.fixed.md").write_text("Well named.\n")
    assert draft(tmp_path).returncode == 0
    (folder / name).write_text("Whatever.\n")
    assert draft(tmp_path).returncode != 0
