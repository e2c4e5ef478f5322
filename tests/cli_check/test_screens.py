"""What a person meets first: no words, a typo, a clean card, one in a language that is not read, one broken of many."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from moeaudit.reports.schemas import schema_text
from tests.cli_check.conftest import CARD, MIXTRAL, WRONG_CARD, Run

RUSSIAN = """# Mixtral 8x7B

Mixtral — это большая языковая модель на основе смеси экспертов. Модель имеет 45 миллиардов параметров, из них 12,9
миллиарда активны для каждого токена.
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A card beside its config.json, as a gate sees it: no id anywhere."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(MIXTRAL))
    (folder / "README.md").write_text(CARD)
    return folder


def test_without_words_the_folder_is_checked(run: Run, bare: Path, tmp_path: Path) -> None:
    clean = run("check", cwd=bare, code=0)
    assert clean.stdout == "0 errors, 0 warnings, 0 notes; 4 figures read: 4 verified\n" and clean.stderr == ""
    (tmp_path / "empty").mkdir()
    nothing = run("check", cwd=tmp_path / "empty", code=3)
    assert nothing.stdout == "" and nothing.stderr.count("\n") == 1


def test_quiet_is_silent_where_nothing_is_found(run: Run, bare: Path) -> None:
    clean = run("check", "--quiet", cwd=bare, code=0)
    assert clean.stdout == clean.stderr == ""
    (bare / "README.md").write_text(WRONG_CARD)
    wrong = run("check", "--quiet", cwd=bare, code=1)
    assert wrong.stdout.startswith("error[") and "0 notes" not in wrong.stdout


def test_every_finding_ends_with_where_to_read_more(run: Run, bare: Path) -> None:
    (bare / "README.md").write_text(WRONG_CARD)
    parts = run("check", "-q", cwd=bare, code=1).stdout.strip().split("\n\n")
    assert all(part.splitlines()[-1].startswith("  More: moeaudit explain ") for part in parts)


def test_a_typo_is_told_with_what_is_there(run: Run, bare: Path) -> None:
    assert "Did you mean README.md?" in run("check", "REDME.md", cwd=bare, code=2).stderr


def test_a_card_that_is_not_read_does_not_pass_in_silence(run: Run, bare: Path) -> None:
    (bare / "README.md").write_text(RUSSIAN)
    assert "warning[card-language-unread]" in run("check", cwd=bare, code=0).stdout
    assert "error[card-language-unread]" in run("check", "--strict", cwd=bare, code=1).stdout
    (bare / "moeaudit.yaml").write_text("strict: true\n")
    assert "error[card-language-unread]" in run("check", cwd=bare, code=1).stdout


def test_one_failure_ends_no_other(run: Run, bare: Path, tmp_path: Path) -> None:
    (tmp_path / "lonely").mkdir()
    (tmp_path / "lonely" / "README.md").write_text(CARD)
    text = run("check", "work", "lonely", cwd=tmp_path, code=4).stdout
    assert "not checked lonely/README.md" in text and "4 figures read: 4 verified" in " ".join(text.split())
    document = json.loads(run("check", "work", "lonely", "--format", "json", cwd=tmp_path, code=4).stdout)
    jsonschema.validate(document, json.loads(schema_text("check")))
    assert [(one["files"], one["exit_code"]) for one in document["failures"]] == [(["lonely/README.md"], 4)]
    assert document["files"] == ["work/README.md"]
    (bare / "README.md").write_text(WRONG_CARD)
    said = run("check", "work", "lonely", "--exit-zero", cwd=tmp_path, code=4).stdout
    assert "not checked lonely/README.md" in said and "error[total-contradicted]" in said


@pytest.mark.parametrize("name", ["sarif", "github", "junit", "markdown"])
def test_every_view_tells_of_a_failure(name: str, run: Run, bare: Path, tmp_path: Path) -> None:
    (tmp_path / "lonely").mkdir()
    (tmp_path / "lonely" / "README.md").write_text(CARD)
    out = run("check", "work", "lonely", "--format", name, cwd=tmp_path, code=4).stdout
    assert "nothing says which model this is about" in out.replace("\\", "")


def test_figures_that_were_not_taken_are_listed(run: Run, bare: Path) -> None:
    (bare / "README.md").write_text(CARD + "\nDeepSeek-V3 has 671B total parameters.\n")
    text = run("check", "--explain-reading", cwd=bare, code=0).stdout
    assert "README.md:13 671B (total parameters): it is another model's, DeepSeek-V3" in text
    document = json.loads(run("check", "--format", "json", cwd=bare, code=0).stdout)
    jsonschema.validate(document, json.loads(schema_text("check")))
    assert document["readings"] == [
        {
            "file": "README.md",
            "line": 13,
            "column": 17,
            "figure": "671B",
            "field": "architecture.total_parameters",
            "owner": "other",
            "owner_word": "DeepSeek-V3",
            "reason": "it is another model's",
        }
    ]


def test_of_several_models_in_a_table_the_evidence_tells_which(run: Run, bare: Path) -> None:
    (bare / "README.md").write_text(
        "# Our models\n\n| | A | B |\n|---|---|---|\n| Layers | 56 | 32 |\n| Experts | 8 | 8 |\n"
        "| Total parameters | 141B | 46.7B |\n| Active parameters | 39B | 13.9B |\n"
    )
    document = json.loads(run("check", "--format", "json", cwd=bare, code=1).stdout)
    assert [one["value"] for one in document["claims"]] == ["32", "8", "46.7B", "13.9B"]


@pytest.mark.parametrize("where", ["remote", "folder", "config", "front matter"])
def test_a_name_from_beside_the_card(where: str, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / ("Zeta-5" if where == "folder" else "work")
    folder.mkdir()
    config = {**MIXTRAL, "_name_or_path": "acme/Zeta-5"} if where == "config" else MIXTRAL
    (folder / "config.json").write_text(json.dumps(config))
    if where == "remote":
        (folder / ".git").mkdir()
        (folder / ".git" / "config").write_text('[remote "origin"]\n\turl = git@example.org:acme/Zeta-5.git\n')
    front = "---\nmodel_name: Zeta-5\n---\n" if where == "front matter" else ""
    (folder / "README.md").write_text(f"{front}# Introducing Zeta-5\n\nZeta-5 has 46.7B total parameters.\n")
    document = json.loads(run("check", "--format", "json", cwd=folder).stdout)
    assert [one["value"] for one in document["claims"]] == ["46.7B"]
    assert document["models"][0]["id"].rpartition("/")[2] == "Zeta-5"
