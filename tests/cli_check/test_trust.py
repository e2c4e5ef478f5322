"""A gate that its subject cannot switch off: with --trust-base, what decides the gate is the base revision's."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from moeaudit.cli.trusting import settings_changed
from moeaudit.evidence.base import Base
from tests.cli_check.conftest import CARD, CLAIMS, MIXTRAL, WRONG_CARD, Run
from tests.cli_check.test_gate import git

RULE = "gate-changed"
OTHER_SUM = "definition-contradicted"
WRONG_CLAIMS = CLAIMS.replace("12.9B", "13.9B")
IGNORE = "\n<!-- moeaudit: ignore[total-contradicted, layers-contradicted] trust me -->\n"
OFF = "off:\n  total-contradicted: trust me\n  layers-contradicted: trust me\n"


def doctored(text: str) -> str:
    """The evidence file of a model with 30 layers, in its own eyes consistent: 44 billion parameters."""
    return text.replace('"num_hidden_layers": 32', '"num_hidden_layers": 30')


@pytest.fixture
def base(repo: Path) -> Path:
    """A repository whose branch main has a card, a claim file and an evidence file, all right; `pr` is checked out."""
    git(repo, "init", "-q", "-b", "main")
    land(repo, "first")
    git(repo, "checkout", "-q", "-b", "pr")
    return repo


def land(repo: Path, message: str) -> None:
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", message)


def changes(run: Run, repo: Path, *words: str, code: int = 1, base: str = "main") -> list[dict[str, Any]]:
    """The findings on the gate itself, and the right exit code."""
    given = words or (".",)
    result = run("check", *given, "--trust-base", base, "--offline", "--format", "json", cwd=repo, code=code)
    return [one for one in json.loads(result.stdout)["findings"] if one["rule"] == RULE]


def errors(run: Run, repo: Path, *words: str) -> set[str]:
    given = words or (".",)
    result = run("check", *given, "--trust-base", "main", "--offline", "--format", "json", cwd=repo)
    found = json.loads(result.stdout)["findings"]
    return {one["rule"] for one in found if one["severity"] == "error" and one["suppressed"] is None}


def fail_on_never(repo: Path) -> None:
    (repo / "README.md").write_text(WRONG_CARD)
    (repo / "moeaudit.yaml").write_text("# ours\nfail-on: never\n")


def fail_on_never_in_pyproject(repo: Path) -> None:
    (repo / "README.md").write_text(WRONG_CARD)
    (repo / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.moeaudit]\nfail-on = "never"\n')


def rules_off(repo: Path) -> None:
    (repo / "README.md").write_text(WRONG_CARD)
    (repo / "moeaudit.yaml").write_text(OFF)


def ignored_in_card(repo: Path) -> None:
    (repo / "README.md").write_text(WRONG_CARD + IGNORE)


def ignored_in_claims(repo: Path) -> None:
    (repo / "mixtral.claims.yaml").write_text(
        WRONG_CLAIMS + "ignore:\n  - {rule: definition-contradicted, reason: trust me}\n"
    )


def hosted(repo: Path) -> None:
    """A hosted model has no files, so nothing is compared."""
    entry = "model: {id: mistralai/Mixtral-8x7B-v0.1, distribution: hosted}"
    (repo / "mixtral.claims.yaml").write_text(
        WRONG_CLAIMS.replace("model: {id: mistralai/Mixtral-8x7B-v0.1, evidence: mixtral.evidence.json}", entry)
    )


def doctored_evidence(repo: Path) -> None:
    (repo / "README.md").write_text(
        CARD.replace("46.7B", "43.8B").replace("12.9B", "12.1B").replace("| 32 |", "| 30 |")
    )
    (repo / "mixtral.claims.yaml").write_text(CLAIMS.replace("46.7B", "43.8B").replace("12.9B", "12.1B"))
    path = repo / "mixtral.evidence.json"
    path.write_text(doctored(path.read_text()))


SWITCHES: dict[str, tuple[Callable[[Path], None], str, int | None, str, str]] = {
    "fail-on": (fail_on_never, "moeaudit.yaml", 2, "fail-on", "total-contradicted"),
    "fail-on, pyproject": (fail_on_never_in_pyproject, "pyproject.toml", 5, "fail-on", "total-contradicted"),
    "off": (rules_off, "moeaudit.yaml", 2, "total-contradicted", "total-contradicted"),
    "ignore, card": (ignored_in_card, "README.md", 13, "total-contradicted", "total-contradicted"),
    "ignore, claims": (
        ignored_in_claims,
        "mixtral.claims.yaml",
        7,
        OTHER_SUM,
        OTHER_SUM,
    ),
    "hosted": (hosted, "mixtral.claims.yaml", 2, "distribution", OTHER_SUM),
    "evidence": (doctored_evidence, "mixtral.evidence.json", None, "evidence", "total-contradicted"),
}
"""How a pull request switches its gate off, the file and line that say so, what is named, and what is still found."""


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_does_not_count_and_is_an_error_of_its_own(name: str, run: Run, base: Path) -> None:
    flip, file, line, word, still = SWITCHES[name]
    flip(base)
    found = changes(run, base)
    spots = [one for one in found if (one["location"]["file"], one["location"]["line"]) == (file, line)]
    at = [one for one in spots if word in one["message"]]
    assert at and at[0]["severity"] == "error" and at[0]["suppressed"] is None, found
    assert "base" in at[0]["tip"]
    assert {RULE, still} <= errors(run, base)


@pytest.mark.parametrize("name", ["fail-on", "off", "ignore, card", "ignore, claims", "hosted", "evidence"])
def test_without_the_base_the_switch_works(name: str, run: Run, base: Path) -> None:
    """What the tests above would show on a gate that reads everything from the pull request."""
    SWITCHES[name][0](base)
    run("check", ".", "--offline", cwd=base, code=0)


@pytest.mark.parametrize("name", ["fail-on", "off", "ignore, card", "ignore, claims", "hosted", "evidence"])
def test_a_change_that_a_maintainer_landed_counts(name: str, run: Run, base: Path) -> None:
    SWITCHES[name][0](base)
    git(base, "checkout", "-q", "main")
    land(base, "decided")
    assert changes(run, base, code=0) == []


def test_nothing_changed_nothing_said(run: Run, base: Path) -> None:
    assert changes(run, base, code=0) == []
    (base / "README.md").write_text(CARD + "\nMore words.\n")
    assert changes(run, base, code=0) == []
    (base / "README.md").write_text(WRONG_CARD)
    assert changes(run, base, code=1) == []


def test_settings_of_the_base_that_the_pull_request_deletes(run: Run, base: Path) -> None:
    git(base, "checkout", "-q", "main")
    (base / "moeaudit.yaml").write_text("fail-on: warning\nstrict: true\n")
    land(base, "strict")
    git(base, "checkout", "-q", "-b", "deleting")
    (base / "moeaudit.yaml").unlink()
    messages = [one["message"] for one in changes(run, base)]
    assert len(messages) == 2 and "fail-on" in messages[0] and "strict" in messages[1], messages


def test_settings_that_say_the_same_elsewhere_are_no_change(run: Run, base: Path) -> None:
    git(base, "checkout", "-q", "main")
    (base / "moeaudit.yaml").write_text("fail-on: warning\n")
    land(base, "settings")
    (base / "moeaudit.yaml").write_text("# a comment\nfail-on:   warning\npersona: default\n")
    assert changes(run, base, code=0) == []


@pytest.mark.parametrize("text", ["fail-on: [", "fail-on: sometimes\n", "what: ever\n"])
def test_settings_that_cannot_be_read_do_not_count(text: str, run: Run, base: Path) -> None:
    (base / "moeaudit.yaml").write_text(text)
    assert [one["location"]["file"] for one in changes(run, base)] == ["moeaudit.yaml"]


def test_a_new_evidence_file_beside_a_card(run: Run, base: Path) -> None:
    """With two evidence files beside it, a card would take its model from config.json, which is new, too."""
    git(base, "rm", "-q", "mixtral.claims.yaml")
    git(base, "commit", "-q", "-m", "without claims")
    git(base, "branch", "-f", "main")
    (base / "README.md").write_text(CARD.replace("| 32 |", "| 30 |"))
    (base / "other.evidence.json").write_text((base / "mixtral.evidence.json").read_text())
    (base / "config.json").write_text(json.dumps({**MIXTRAL, "num_hidden_layers": 30}))
    found = changes(run, base)
    assert any("evidence" in one["message"] for one in found)
    assert "layers-contradicted" in errors(run, base)


def test_a_card_and_evidence_that_the_base_does_not_have(run: Run, base: Path) -> None:
    (base / "new").mkdir()
    for name in ("README.md", "mixtral.evidence.json"):
        (base / "new" / name).write_bytes((base / name).read_bytes())
    found = changes(run, base, "new")
    assert [one["location"]["file"] for one in found] == ["new/mixtral.evidence.json"]


def test_a_new_claim_file_cannot_choose_the_evidence_of_a_card(run: Run, base: Path) -> None:
    git(base, "rm", "-q", "mixtral.claims.yaml")
    git(base, "commit", "-q", "-m", "without claims")
    git(base, "branch", "-f", "main")
    (base / "README.md").write_text(WRONG_CARD)
    (base / "a.claims.yaml").write_text("schema: moeaudit/claims/v1\nmodel: {id: a/b, distribution: hosted}\n")
    assert [one["location"]["file"] for one in changes(run, base)] == ["a.claims.yaml"]
    assert "total-contradicted" in errors(run, base)


def test_a_new_claim_file_of_a_hosted_model_of_its_own(run: Run, base: Path) -> None:
    (base / "new").mkdir()
    (base / "new" / "a.claims.yaml").write_text(
        "schema: moeaudit/claims/v1\nmodel: {id: a/b, distribution: hosted}\nignore:\n  - {rule: x, reason: y}\n"
    )
    assert [one["location"]["line"] for one in changes(run, base, "new")] == [2, 4]


def test_a_claim_file_that_names_other_evidence(run: Run, base: Path) -> None:
    (base / "b.json").write_text(doctored((base / "mixtral.evidence.json").read_text()))
    (base / "mixtral.claims.yaml").write_text(
        WRONG_CLAIMS.replace("evidence: mixtral.evidence.json", "evidence: b.json")
    )
    found = changes(run, base)
    assert any(one["location"] == {"file": "mixtral.claims.yaml", "line": 2, "column": one["location"]["column"],
                                   "path": "model.evidence"} for one in found), found  # fmt: skip
    assert OTHER_SUM in errors(run, base)


def test_a_renamed_claim_file_takes_no_ignores_along(run: Run, base: Path) -> None:
    ignored_in_claims(base)
    git(base, "checkout", "-q", "main")
    land(base, "decided")
    (base / "mixtral.claims.yaml").rename(base / "renamed.claims.yaml")
    said = {(one["location"]["file"], one["location"]["line"]) for one in changes(run, base)}
    assert {("renamed.claims.yaml", 7), ("mixtral.claims.yaml", None)} <= said
    assert OTHER_SUM in errors(run, base)


def test_a_card_that_moved_away_from_the_gate(run: Run, base: Path) -> None:
    (base / "README.md").rename(base / "CARD.md")
    found = changes(run, base)
    assert [(one["location"]["file"], one["location"]["line"]) for one in found] == [("README.md", None)]


def test_a_card_that_moved_takes_no_ignores_along(run: Run, base: Path) -> None:
    git(base, "checkout", "-q", "main")
    ignored_in_card(base)
    land(base, "decided")
    (base / "docs").mkdir()
    (base / "README.md").rename(base / "docs" / "README.md")
    found = changes(run, base, "docs/README.md", "--model", "mixtral.evidence.json")
    assert [(one["location"]["file"], one["location"]["line"]) for one in found] == [("docs/README.md", 13)] * 2


def test_a_config_beside_the_card_is_evidence_too(run: Run, beside: Path) -> None:
    git(beside, "init", "-q", "-b", "main")
    (beside / "README.md").write_text(CARD)
    land(beside, "first")
    assert changes(run, beside, code=0) == []
    (beside / "config.json").write_text(json.dumps({**MIXTRAL, "num_hidden_layers": 30}))
    (beside / "README.md").write_text(CARD.replace("| 32 |", "| 30 |"))
    assert [one["location"]["file"] for one in changes(run, beside)] == ["config.json"]
    assert "layers-contradicted" in errors(run, beside)


def test_a_folder_of_which_the_base_has_no_model_is_read_as_it_is(run: Run, beside: Path) -> None:
    """A list of shards alone is no model: there is nothing in it to read instead, and what is new is an error."""
    config = (beside / "config.json").read_text()
    (beside / "config.json").unlink()
    (beside / "hf_quant_config.json").write_text("{}")
    git(beside, "init", "-q", "-b", "main")
    land(beside, "first")
    (beside / "config.json").write_text(config)
    (beside / "README.md").write_text(WRONG_CARD)
    found = changes(run, beside, "README.md", "--model", ".")
    assert {one["location"]["file"] for one in found} == {"config.json"}
    assert "total-contradicted" in errors(run, beside, "README.md", "--model", ".")


def test_the_model_that_is_named_on_the_line_is_the_bases_too(run: Run, base: Path) -> None:
    doctored_evidence(base)
    found = changes(run, base, "README.md", "--model", "mixtral.evidence.json")
    assert [one["location"]["file"] for one in found] == ["mixtral.evidence.json"]
    assert "layers-contradicted" in errors(run, base, "README.md", "--model", "mixtral.evidence.json")


def test_changed_lines_do_not_hide_it(run: Run, base: Path) -> None:
    """--since looks at changed lines; a gate that is switched off on no line fails all the same."""
    (base / "README.md").rename(base / "CARD.md")
    assert changes(run, base, ".", "--since", "main")
    git(base, "checkout", "-q", "-f", "main")
    (base / "CARD.md").unlink()
    (base / "README.md").write_text(WRONG_CARD + IGNORE)
    assert len(changes(run, base, ".", "--since", "main")) == 2
    land(base, "landed")
    assert changes(run, base, ".", "--since", "main", code=0) == []


def test_from_a_folder_below_the_root(run: Run, base: Path) -> None:
    (base / "moeaudit.yaml").write_text("fail-on: never\n")  # of no account below
    (base / "sub").mkdir()
    (base / "sub" / "README.md").write_text(CARD)
    (base / "sub" / "mixtral.evidence.json").write_bytes((base / "mixtral.evidence.json").read_bytes())
    land(base, "sub")
    git(base, "branch", "-f", "main")
    assert changes(run, base / "sub", code=0) == []
    (base / "sub" / "README.md").write_text(WRONG_CARD + IGNORE)
    assert len(changes(run, base / "sub")) == 2


@pytest.fixture
def catalogue(base: Path) -> Path:
    """A catalogue of one record, and the evidence of its model in a folder."""
    (base / "known").mkdir()
    (base / "mixtral.evidence.json").rename(base / "known" / "mistralai--Mixtral-8x7B-v0.1.evidence.json")
    (base / "recipe.yaml").write_text(
        "model:\n  model_id: mistralai/Mixtral-8x7B-v0.1\n  architecture: moe\n  parameter_count: 46.7B\n"
    )
    land(base, "catalogue")
    git(base, "branch", "-f", "main")
    return base


OF_CATALOGUES = ("check", "recipe.yaml", "--evidence", "known", "--trust-base", "main")


def test_a_catalogue_is_checked_with_the_settings_of_the_base(run: Run, catalogue: Path) -> None:
    run(*OF_CATALOGUES, cwd=catalogue, code=0)
    (catalogue / "moeaudit.yaml").write_text("fail-on: never\n")
    result = run(*OF_CATALOGUES, cwd=catalogue, code=1)
    assert f"error[{RULE}] moeaudit.yaml:1: fail-on: never does not count here" in result.stdout


@pytest.mark.parametrize("view", ["text", "json", "sarif", "github", "junit", "markdown"])
def test_every_view_of_a_catalogue_has_what_changes_its_gate(view: str, run: Run, catalogue: Path) -> None:
    (catalogue / "moeaudit.yaml").write_text("# ours\nfail-on: never\n")
    said = run(*OF_CATALOGUES, "--format", view, cwd=catalogue, code=1)
    assert (
        RULE in said.stdout.replace("\\", "")
        and "moeaudit.yaml" in said.stdout
        and "does not count here" in said.stdout
    )
    assert RULE not in said.stderr
    if view == "json":
        (found,) = [one for one in json.loads(said.stdout)["findings"] if one["rule"] == RULE]
        assert (found["severity"], found["location"]["file"], found["location"]["line"]) == (
            "error",
            "moeaudit.yaml",
            2,
        )
    since = run(*OF_CATALOGUES, "--format", view, "--since", "main", cwd=catalogue, code=1)
    assert RULE in since.stdout.replace("\\", "")


def test_a_catalogues_gate_that_the_base_leaves_open(run: Run, catalogue: Path) -> None:
    """A maintainer may have switched the rule off; whoever calls may pass what is found."""
    (catalogue / "moeaudit.yaml").write_text(f"off:\n  {RULE}: one maintainer alone\n")
    land(catalogue, "off")
    git(catalogue, "branch", "-f", "main")
    (catalogue / "moeaudit.yaml").write_text(f"strict: true\noff:\n  {RULE}: one maintainer alone\n")
    assert "does not count" not in run(*OF_CATALOGUES, cwd=catalogue, code=0).stdout
    (catalogue / "moeaudit.yaml").unlink()
    run(*OF_CATALOGUES, "--exit-zero", cwd=catalogue, code=0)


def test_an_evidence_folder_of_a_catalogue_is_the_bases(run: Run, catalogue: Path) -> None:
    path = catalogue / "known" / "mistralai--Mixtral-8x7B-v0.1.evidence.json"
    path.write_text(doctored(path.read_text()))
    recipe = catalogue / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("46.7B", "43.8B"))
    result = run(*OF_CATALOGUES, cwd=catalogue, code=1)
    assert f"error[{RULE}] {path.relative_to(catalogue)}" in result.stdout
    assert "43.8B" in result.stdout  # a difference, since the base's evidence counts


RECIPE = "model:\n  model_id: someone/else\n  architecture: moe\n  parameter_count: 1B\n"


@pytest.mark.parametrize("gone", ["", "config.json"])
def test_a_new_catalogue_file_does_not_end_the_check_of_cards(gone: str, run: Run, beside: Path) -> None:
    """A folder of catalogue files is checked record by record, and no card in it is read."""
    git(beside, "init", "-q", "-b", "main")
    land(beside, "first")
    (beside / "README.md").write_text(WRONG_CARD)
    (beside / "recipe.yaml").write_text(RECIPE)
    if gone:
        (beside / gone).unlink()
    found = changes(run, beside)
    assert "total-contradicted" in errors(run, beside)
    assert {one["location"]["file"] for one in found} == ({"config.json", "."} if gone else set())


def test_a_new_claim_file_does_not_end_the_check_of_a_catalogue(run: Run, catalogue: Path) -> None:
    (catalogue / "README.md").unlink()
    (catalogue / "mixtral.claims.yaml").unlink()
    land(catalogue, "a catalogue alone")
    git(catalogue, "branch", "-f", "main")
    (catalogue / "recipe.yaml").write_text((catalogue / "recipe.yaml").read_text().replace("46.7B", "43.8B"))
    (catalogue / "new.claims.yaml").write_text(CLAIMS.replace("mixtral.evidence.json", "known"))
    words = ("check", ".", "--evidence", "known", "--trust-base", "main")
    result = run(*words, cwd=catalogue, code=1)
    assert "43.8B" in result.stdout and f"error[{RULE}]" in result.stdout


@pytest.mark.parametrize("words", [("--model", "."), ("--model", ".", "--since", "main")])
def test_suppressions_in_the_own_card_of_a_model_are_the_bases_too(
    words: tuple[str, ...], run: Run, beside: Path
) -> None:
    git(beside, "init", "-q", "-b", "main")
    land(beside, "first")
    (beside / "README.md").write_text(WRONG_CARD + IGNORE)
    result = run("check", *words, "--trust-base", "main", "--format", "json", "--offline", cwd=beside, code=1)
    found = [one["location"] for one in json.loads(result.stdout)["findings"] if one["rule"] == RULE]
    assert {(one["file"], one["line"]) for one in found} == {("README.md", 13)}


NO_COMMITS = ["absent", "--upload-pack=touch owned", "-h", "", "main:README.md", "a..b", "blob"]


@pytest.mark.parametrize("revision", NO_COMMITS)
def test_a_base_that_is_no_commit_is_bad_usage(revision: str, run: Run, base: Path) -> None:
    blob = subprocess.run(["git", "rev-parse", "HEAD:README.md"], cwd=base, capture_output=True, text=True, check=True)
    git(base, "tag", "blob", blob.stdout.strip())
    result = run("check", ".", f"--trust-base={revision}", cwd=base, code=2)
    assert "--trust-base" in result.stderr and not (base / "owned").exists()


def test_a_shallow_clone_without_the_base_says_what_to_fetch(run: Run, base: Path, tmp_path: Path) -> None:
    before = subprocess.run(["git", "rev-parse", "HEAD"], cwd=base, capture_output=True, text=True, check=True)
    (base / "README.md").write_text(CARD + "\nMore.\n")
    land(base, "second")
    clone = tmp_path / "clone"
    git(base, "clone", "-q", "--depth", "1", f"file://{base}", str(clone))
    result = run("check", ".", "--trust-base", before.stdout.strip(), cwd=clone, code=2)
    assert "fetch-depth" in result.stderr


def test_without_a_repository_or_git_it_is_an_error(run: Run, repo: Path, tmp_path: Path) -> None:
    result = run("check", ".", "--trust-base", "main", cwd=repo, code=2)
    assert "git" in result.stderr
    git(repo, "init", "-q", "-b", "main")
    land(repo, "first")
    (tmp_path / "empty").mkdir()
    result = run("check", ".", "--trust-base", "main", cwd=repo, code=2, PATH=str(tmp_path / "empty"))
    assert "git" in result.stderr


def test_a_folder_with_a_repository_of_its_own_is_refused(run: Run, base: Path) -> None:
    other = base / "download"
    other.mkdir()
    (other / "README.md").write_text(CARD)
    git(other, "init", "-q")
    result = run("check", "download", "--model", "mixtral.evidence.json", "--trust-base", "main", cwd=base, code=2)
    assert "repository of its own" in result.stderr


def test_nothing_of_the_repository_runs(run: Run, base: Path) -> None:
    hook = base / "hook.sh"
    hook.write_text("#!/bin/sh\ntouch owned\n")
    hook.chmod(0o755)
    programs = ("fsmonitor", "sshCommand", "pager", "askPass")
    for name in (*(f"core.{one}" for one in programs), "diff.external", "filter.x.smudge", "filter.x.clean"):
        git(base, "config", name, str(hook))
    (base / ".gitattributes").write_text("* filter=x\n")
    run("check", ".", "--trust-base", "main", "--offline", cwd=base, code=0)
    assert not (base / "owned").exists()


def test_replaced_objects_do_not_count(run: Run, base: Path) -> None:
    """refs/replace gives other bytes for an object's name."""
    (base / "moeaudit.yaml").write_text("fail-on: never\n")
    (base / "README.md").write_text(WRONG_CARD)
    land(base, "never")
    git(base, "replace", "main", "pr")
    assert changes(run, base)


def test_a_link_in_place_of_a_card_brings_no_ignores(run: Run, base: Path) -> None:
    if not hasattr(os, "symlink"):
        pytest.skip("no links here")
    (base / "CARD.md").write_text(WRONG_CARD + IGNORE)
    (base / "README.md").unlink()
    (base / "README.md").symlink_to("CARD.md")
    assert len([one for one in changes(run, base) if one["location"]["line"] == 13]) == 2


SHARD = b"\x02\x00\x00\x00\x00\x00\x00\x00{}" + b"\0" * 90


def pointer(data: bytes, size: int | None = None) -> str:
    """A note of git-lfs, by its docs/spec.md."""
    digest = hashlib.sha256(data).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size or len(data)}\n"


@pytest.fixture
def kept_by_lfs(base: Path) -> Path:
    """A repository whose weights git-lfs keeps: git has the pointer, and the work tree the file itself."""
    (base / "model.safetensors").write_text(pointer(SHARD))
    land(base, "weights")
    git(base, "branch", "-f", "main")
    (base / "model.safetensors").write_bytes(SHARD)
    return base


def unchanged(repo: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.chdir(repo)
    base = Base("main", repo)
    try:
        return base.unchanged(PurePosixPath(name))
    finally:
        base.close()


def test_weights_that_git_lfs_fetched_are_unchanged(kept_by_lfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unchanged(kept_by_lfs, "model.safetensors", monkeypatch)
    (kept_by_lfs / "model.safetensors").write_text(pointer(SHARD))  # not fetched
    assert unchanged(kept_by_lfs, "model.safetensors", monkeypatch)


@pytest.mark.parametrize("longer", [-1, 1])
def test_weights_of_another_size_than_their_pointer_says(
    longer: int, kept_by_lfs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept_by_lfs / "model.safetensors").write_bytes(SHARD[:longer] if longer < 0 else SHARD + b"x")
    assert not unchanged(kept_by_lfs, "model.safetensors", monkeypatch)


def test_a_pointer_that_the_pull_request_exchanges(kept_by_lfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file in the work tree has the size that the base's pointer says, and is that of another pointer."""
    other = SHARD[:-1] + b"x"
    (kept_by_lfs / "model.safetensors").write_text(pointer(other))
    land(kept_by_lfs, "other weights")
    (kept_by_lfs / "model.safetensors").write_bytes(other)
    assert not unchanged(kept_by_lfs, "model.safetensors", monkeypatch)


def test_a_pointer_without_a_size_vouches_for_nothing(kept_by_lfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (kept_by_lfs / "model.safetensors").write_text(pointer(SHARD).replace("size", "sise"))
    land(kept_by_lfs, "odd")
    git(kept_by_lfs, "branch", "-f", "main")
    (kept_by_lfs / "model.safetensors").write_bytes(SHARD)
    assert not unchanged(kept_by_lfs, "model.safetensors", monkeypatch)


@pytest.mark.parametrize(
    ("now", "same"), [("a\nb\n", True), ("a\r\nb\r\n", True), ("a\nc\n", False), ("a\nb\n\n", False), (None, False)]
)
def test_ends_of_lines_are_no_change(now: str | None, same: bool, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (base / "config.json").write_bytes(b"a\nb\n")
    land(base, "config")
    git(base, "branch", "-f", "main")
    (base / "config.json").unlink()
    if now is not None:
        (base / "config.json").write_bytes(now.encode())
    assert unchanged(base, "config.json", monkeypatch) == same


def test_the_files_stay_as_they_are(run: Run, base: Path) -> None:
    ignored_in_card(base)
    before = {path: path.read_bytes() for path in base.glob("*") if path.is_file()}
    changes(run, base)
    assert {path: path.read_bytes() for path in base.glob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("", "the defaults"),
        ("fail-on: error\n", "the defaults"),
        ("fail-on: warning\n", "fail-on: warning"),
        ("persona: auditor\noff: {shard-sizes: known}\n", "persona: auditor, off.shard-sizes: known"),
    ],
)
def test_of_settings_that_cannot_be_read_it_is_told_what_the_base_had(before: str, told: str, tmp_path: Path) -> None:
    """What is set there, not what holds by default."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "moeaudit.yaml").write_text(before or "{}\n")
    (tmp_path / "moeaudit.yaml").write_text("- fail-on\n")
    (change,) = settings_changed(tmp_path, tmp_path / "base")
    assert change.place.file == "moeaudit.yaml" and "the settings are not a table of keys" in change.now
    assert change.before == told
