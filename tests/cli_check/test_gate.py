"""The gate as a process: exit codes, formats, settings, changed lines, and the card of a Hub pull request."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli_check.conftest import CARD, CLAIMS, MIXTRAL, WRONG_CARD, Run
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub


def test_a_correct_repo_passes(run: Run, repo: Path) -> None:
    assert "0 errors" in run("check", ".", cwd=repo, code=0).stdout


def test_a_wrong_card_fails_at_its_line(run: Run, wrong: Path) -> None:
    document = json.loads(run("check", "README.md", "--format", "json", cwd=wrong, code=1).stdout)
    errors = {
        finding["rule"]: finding["location"] for finding in document["findings"] if finding["severity"] == "error"
    }
    assert (errors["total-contradicted"]["line"], errors["layers-contradicted"]["line"]) == (6, 10)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["README.md"], 1, "2 errors"),
        (["README.md", "--exit-zero"], 0, "2 errors"),
        (["README.md", "--fail-on", "never"], 0, "2 errors"),
        ([], 1, "2 errors"),
        (["absent.md"], 2, "absent.md: no such file"),
        (["README.md", "--format", "xml"], 2, "--format 'xml' is not known. There are: text, markdown, html, pdf"),
        (["README.md", "--since", "--output=x"], 2, "--since '--output=x' cannot be a git revision"),
        (["empty"], 3, "no claim file, model card or catalogue among the paths"),
        (["--model", "mixtral.evidence.json"], 3, "the model has no card"),
        (["README.md", "--model", "no/such-model", "--offline"], 4, "no/such-model: offline, and neither cached nor"),
        (["lonely/README.md"], 4, "lonely/README.md: "),
    ],
)
def test_exit_codes(words: list[str], code: int, said: str, run: Run, wrong: Path) -> None:
    (wrong / "empty").mkdir()
    (wrong / "lonely").mkdir()
    (wrong / "lonely" / "README.md").write_text(CARD)
    result = run("check", *words, cwd=wrong, code=code)
    if code < 2:
        assert said in result.stdout and "total-contradicted" in result.stdout
    else:
        line = result.stderr.splitlines()
        assert line[0].startswith("moeaudit: ") and said in line[0] and len(line) == 1 and not result.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["absent.md", "lonely/README.md"], 4),
        (["lonely/README.md", "README.md", "absent.md"], 4),
        (["README.md", "absent.md"], 2),
        (["absent.md", "README.md", "--exit-zero"], 2),
    ],
)
def test_of_several_the_worst_is_the_exit_code(words: list[str], code: int, run: Run, wrong: Path) -> None:
    (wrong / "lonely").mkdir()
    (wrong / "lonely" / "README.md").write_text(CARD)
    run("check", *words, cwd=wrong, code=code)


def test_every_format_at_once(run: Run, wrong: Path) -> None:
    names = ("json", "sarif", "github", "junit", "markdown")
    result = run(
        "check",
        ".",
        *(word for name in names for word in ("--format", f"{name}=out.{name}")),
        "--format",
        "text",
        cwd=wrong,
        code=1,
    )
    assert "total-contradicted" in result.stdout
    assert all("total-contradicted" in (wrong / f"out.{name}").read_text() for name in names)


def test_annotations_leave_the_whole_picture_in_the_step_summary(run: Run, wrong: Path) -> None:
    (wrong / "summary.md").write_text("earlier step\n")
    result = run("check", ".", "--format", "github", cwd=wrong, code=1, GITHUB_STEP_SUMMARY=str(wrong / "summary.md"))
    assert result.stdout.startswith("::error file=README.md,line=6,")
    assert (wrong / "summary.md").read_text().startswith("earlier step\n<!-- moeaudit check -->\n")


def test_settings_of_the_project(run: Run, wrong: Path) -> None:
    (wrong / "moeaudit.yaml").write_text(
        "off:\n  total-contradicted: known, see issue 12\n  layers-contradicted: the same\n"
    )
    result = run("check", "README.md", "--format", "json", cwd=wrong, code=0)
    assert json.loads(result.stdout)["summary"]["suppressed"] == 2


def test_a_suppression_in_the_card_needs_its_reason(run: Run, wrong: Path) -> None:
    card = wrong / "README.md"
    card.write_text(
        WRONG_CARD
        + "\n<!-- moeaudit: ignore[total-contradicted, layers-contradicted] third-party list, corrected upstream -->\n"
    )
    document = json.loads(run("check", "README.md", "--format", "json", cwd=wrong, code=0).stdout)
    assert {finding["suppressed"] for finding in document["findings"] if finding["severity"] == "error"} == {
        "third-party list, corrected upstream"
    }
    card.write_text(WRONG_CARD + "\n<!-- moeaudit: ignore[total-contradicted, layers-contradicted] -->\n")
    said = run("check", "README.md", cwd=wrong, code=1).stdout
    assert "error[total-contradicted]" in said and "ignore-without-reason" in said and "2 suppressed" not in said


def test_a_card_takes_the_model_of_the_claim_file_beside_it(run: Run, wrong: Path) -> None:
    (wrong / "elsewhere").mkdir()
    (wrong / "mixtral.evidence.json").rename(wrong / "elsewhere" / "mixtral.evidence.json")
    (wrong / "mixtral.claims.yaml").write_text(
        CLAIMS.replace("mixtral.evidence.json", "elsewhere/mixtral.evidence.json")
    )
    assert "error[total-contradicted]" in run("check", "README.md", cwd=wrong, code=1).stdout


def test_a_catalogue_is_held_against_the_same_evidence(run: Run, repo: Path) -> None:
    (repo / "recipe.yaml").write_text(
        "model:\n  model_id: mistralai/Mixtral-8x7B-v0.1\n  architecture: moe\n"
        '  parameter_count: "45B"\n  active_parameters: "12.9B"\n'
    )
    result = run("check", "recipe.yaml", "--model", "mixtral.evidence.json", cwd=repo, code=1)
    assert "at recipe.yaml:4:20" in result.stdout and re.search(r"4 │ 45B +total\.", result.stdout)


def test_a_claim_file_shows_its_key_value_and_denominator(run: Run, repo: Path) -> None:
    (repo / "mixtral.claims.yaml").write_text(CLAIMS.replace("12.9B", "13.9B"))
    result = run("check", "mixtral.claims.yaml", cwd=repo, code=1, COLUMNS="120")
    assert "5 │ active_parameters: 13.9B (active.full)" in result.stdout


def git(folder: Path, *words: str) -> None:
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    subprocess.run(
        ["git", *words],
        cwd=folder,
        env={**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull},
        check=True,
        capture_output=True,
    )


@pytest.fixture
def history(repo: Path) -> Path:
    """A git repo whose first commit has the layer count wrong, and nothing else."""
    (repo / "README.md").write_text(CARD.replace("| 32 |", "| 30 |"))
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "first")
    return repo


def test_only_changed_lines_fail_the_gate(run: Run, history: Path) -> None:
    card = history / "README.md"
    assert "on lines changed" not in run("check", "README.md", cwd=history, code=1).stdout
    result = run("check", "README.md", "--since", "main", "--format", "json", cwd=history, code=0)
    assert json.loads(result.stdout)["summary"]["error"] == 1  # the full picture stays in the report
    assert "on lines changed since main: 0" in result.stderr
    card.write_text("\n" * 3 + card.read_text().replace("---\nlicense: apache-2.0\n---\n", ""))

    def changed(since: str, code: int) -> str:
        return run("check", "README.md", "--since", since, cwd=history, code=code).stderr

    assert "on lines changed since main: 1" in changed("main", 0)  # moved; a note that no licence is stated
    card.write_text(card.read_text().replace("46.7B", "45B"))
    assert "on lines changed since main: 2" in changed("main", 1)
    git(history, "commit", "-q", "-a", "-m", "second")
    assert "on lines changed since HEAD: 0" in changed("HEAD", 0)
    assert "on lines changed since HEAD~1: 2" in changed("HEAD~1", 1)


def test_a_card_that_git_takes_for_binary_is_still_compared(run: Run, history: Path) -> None:
    (history / "README.md").write_text(WRONG_CARD + "\x00\n")
    said = run("check", "README.md", "--since", "main", cwd=history, code=1)
    assert "on lines changed since main: 2" in said.stderr  # the total, and the sign itself


def test_an_earlier_version_beyond_the_limit_is_not_read(
    run: Run, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moeaudit.evidence.git.CARD_BYTES", 1_000)
    (history / "README.md").write_text(CARD + " " * 1_000)
    git(history, "commit", "-q", "-a", "-m", "long")
    (history / "README.md").write_text(WRONG_CARD)
    said = run("check", "README.md", "--since", "HEAD", cwd=history, code=2).stderr
    size = len(CARD.encode()) + 1_000
    assert said.startswith(f"moeaudit: HEAD:README.md: the file has {size:,} bytes, more than the limit of 1,000.")


def test_a_new_file_is_changed_as_a_whole(run: Run, history: Path) -> None:
    (history / ":new.md").write_text(WRONG_CARD)
    words = ("check", "--since", "main", "--model", "mixtral.evidence.json", "--", ":new.md")
    assert ":new.md:6:" in run(*words, cwd=history, code=1).stdout


def test_the_own_card_of_a_folder_elsewhere(run: Run, history: Path) -> None:
    """Its findings stand in that folder's README.md, not in one of the folder worked in."""
    (history / "m").mkdir()
    (history / "m" / "README.md").write_text(WRONG_CARD)
    (history / "m" / "config.json").write_text(json.dumps(MIXTRAL))
    result = run("check", "--model", "m", "--since", "main", "--format", "json", "--offline", cwd=history, code=1)
    assert {one["location"]["file"] for one in json.loads(result.stdout)["findings"]} == {"m/README.md"}


def test_files_with_the_names_of_a_repositorys_are_no_repository(run: Run, history: Path, tmp_path: Path) -> None:
    """A bare repository is a folder of ordinary files, which a pull request may bring."""
    inner = history / "m"
    inner.mkdir()
    (inner / "README.md").write_text(WRONG_CARD)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "README.md").write_text(WRONG_CARD)
    git(theirs, "init", "-q", "-b", "main")
    git(theirs, "add", ".")
    git(theirs, "commit", "-q", "-m", "already there")
    for name in ("HEAD", "config", "objects", "refs"):
        (theirs / ".git" / name).rename(inner / name)
    git(inner, "config", "--file", "config", "core.bare", "true")
    words = ("check", "README.md", "--model", "../mixtral.evidence.json", "--since", "main", "--offline")
    run(*words, cwd=inner, code=1)


@pytest.mark.parametrize("separator", ["\r", "\x85", "\u2028", "\u2029"])
def test_what_ends_no_line_for_git_ends_none_here(separator: str, run: Run, history: Path) -> None:
    """Else fifty of them before a sentence would move its finding to a line that nobody changed."""
    text = CARD.replace("| 32 |", "| 30 |").replace("# Mixtral", separator * 50 + "\n# Mixtral", 1)
    (history / "README.md").write_bytes(text.encode())
    git(history, "commit", "-q", "-a", "-m", "separators")
    (history / "README.md").write_bytes(text.replace("46.7B", "45B").encode())
    run("check", "README.md", "--since", "HEAD", "--offline", cwd=history, code=1)
    (history / "mixtral.claims.yaml").write_bytes((f"#{separator}#\n" + CLAIMS).encode())
    result = run("check", "mixtral.claims.yaml", cwd=history, code=2)
    assert f"line separator U+{ord(separator):04X}" in result.stderr


def test_an_unknown_revision_is_bad_usage(run: Run, history: Path) -> None:
    result = run("check", "README.md", "--since", "absent", cwd=history, code=2)
    assert "git cannot compare with 'absent'" in result.stderr


def test_the_card_of_a_hub_pull_request(run: Run, hub: LoopbackHub, tmp_path: Path) -> None:
    hub.add(model_repo("mistralai/Mixtral-8x7B-v0.1", MIXTRAL, card=WRONG_CARD, revisions=("main", "refs/pr/7")))
    online = {"HF_HUB_OFFLINE": "0"}
    words = ("check", "--model", "mistralai/Mixtral-8x7B-v0.1", "--format", "github", "--revision")
    result = run(*words, "refs/pr/7", cwd=tmp_path, code=1, **online)
    assert result.stdout.startswith("::error file=README.md,line=6,")
    assert any("/revision/refs%2Fpr%2F7" in path for path in hub.paths("GET"))
    said = run(*words, "refs/pr/8", cwd=tmp_path, code=4, **online).stderr
    hint = "Give a branch, tag or commit that the repo has."
    assert said == f"moeaudit: mistralai/Mixtral-8x7B-v0.1@refs/pr/8: no such revision. {hint}\n"


def test_a_local_card_against_the_files_of_a_pull_request(run: Run, hub: LoopbackHub, tmp_path: Path) -> None:
    hub.add(model_repo("mistralai/Mixtral-8x7B-v0.1", MIXTRAL, revisions=("refs/pr/7",)))
    (tmp_path / "README.md").write_text(CARD)
    words = ("check", "README.md", "--model", "mistralai/Mixtral-8x7B-v0.1", "--revision", "refs/pr/7")
    said = run(*words, cwd=tmp_path, code=0, HF_HUB_OFFLINE="0").stdout
    assert "0 errors" in said and "4 figures read: 4 verified" in said
    (tmp_path / "README.md").write_text(WRONG_CARD)
    assert "error[total-contradicted]" in run(*words, cwd=tmp_path, code=1, HF_HUB_OFFLINE="0").stdout
