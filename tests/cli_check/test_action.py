"""The action, its own shell steps run by bash as GitHub's runner runs them, with a made-up GITHUB_* environment."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from moeaudit.reports.comment import MARKER
from tests.cli_check.conftest import CARD, ROOT, RUSSIAN, WRONG_CARD
from tests.cli_check.test_gate import git

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
"""What `shell: bash` stands for. (docs.github.com: workflow syntax, jobs.<job_id>.steps[*].shell)"""


BASE = "${{ github.event.pull_request.base.sha }}"


class Runner:
    """As much of a runner as the action needs: inputs with defaults, files for outputs, and steps in order. `base`: the
    commit that a pull request is based on; empty in other events."""

    def __init__(self, workspace: Path, *, base: str = "", **inputs: str) -> None:
        self.workspace = workspace
        self.temp = workspace.parent / f"{workspace.name}-runner"
        self.temp.mkdir(exist_ok=True)
        default = {name: str(given["default"]) for name, given in ACTION["inputs"].items()}
        self.inputs = {name: value.replace(BASE, base) for name, value in default.items()} | {
            name.replace("_", "-"): value for name, value in inputs.items()
        }
        self.files = {
            name: self.temp / name.lower()
            for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")
        }
        for file in self.files.values():
            file.write_text("")

    def step(self, step: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        given = {name: self.filled(value) for name, value in step.get("env", {}).items()}
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.temp),
            "RUNNER_TEMP": str(self.temp),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str(ROOT),
            **{name: str(file) for name, file in self.files.items()},
            **given,
        }
        where = {"${{ runner.temp }}": self.temp, None: self.workspace}[step.get("working-directory")]
        return subprocess.run(
            [*SHELL, str(script)],
            cwd=where,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def filled(self, value: str) -> str:
        """`${{ inputs.x }}` replaced; no other expression is used in env."""
        return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: self.inputs[found[1]], value)

    def check(self) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        """The check step with `moeaudit` where the install step puts it, and the outputs it set."""
        bin_folder = self.temp / "moeaudit-venv" / "bin"
        bin_folder.mkdir(parents=True, exist_ok=True)
        command = bin_folder / "moeaudit"
        command.write_text(
            f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m moeaudit "$@"\n'
        )
        command.chmod(0o755)
        result = self.step(named("check"))
        return result, dict(line.split("=", 1) for line in self.files["GITHUB_OUTPUT"].read_text().splitlines())


def named(id: str) -> dict[str, Any]:
    return next(step for step in STEPS if step.get("id") == id)


def test_a_wrong_card_fails_the_job_with_everything_written(wrong: Path) -> None:
    runner = Runner(wrong)
    result, outputs = runner.check()
    assert (result.returncode, outputs["exit-code"]) == (1, "1")
    assert "::error file=README.md,line=6," in result.stdout
    assert json.loads(Path(outputs["sarif-file"]).read_text())["version"] == "2.1.0"
    assert json.loads(Path(outputs["json-file"]).read_text())["summary"]["error"] == 2
    assert Path(outputs["markdown-file"]).read_text().startswith(MARKER)
    assert runner.files["GITHUB_STEP_SUMMARY"].read_text().startswith(MARKER)


def test_a_correct_repo_passes_offline_from_its_evidence_file(repo: Path) -> None:
    result, outputs = Runner(repo).check()
    assert (result.returncode, outputs["exit-code"]) == (0, "0"), result.stderr


def test_a_card_beside_its_config_without_an_id(beside: Path) -> None:
    """A false figure fails the job; put right, it passes; in a language that is not read, the job says so and fails."""
    card = beside / "README.md"
    card.write_text(CARD.replace("46.7B", "64.7B"))
    failed, _ = Runner(beside).check()
    assert failed.returncode == 1 and "::error file=README.md,line=6," in failed.stdout, failed.stderr
    card.write_text(CARD)
    passed, _ = Runner(beside).check()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    card.write_text(RUSSIAN)
    unread, outputs = Runner(beside).check()
    assert unread.returncode == 1 and "card-language-unread" in unread.stdout
    assert "card-language-unread" in Path(outputs["markdown-file"]).read_text()
    let, _ = Runner(beside, strict="false").check()
    assert let.returncode == 0 and "::warning file=README.md" in let.stdout


def test_inputs_reach_the_command(wrong: Path) -> None:
    (wrong / "docs").mkdir()
    (wrong / "docs" / "a card.md").write_text(WRONG_CARD)
    runner = Runner(
        wrong, paths="docs/a card.md\n\nREADME.md\n", model="mixtral.evidence.json", persona="auditor", fail_on="never"
    )
    result, outputs = runner.check()
    assert result.returncode == 0, result.stderr
    document = json.loads(Path(outputs["json-file"]).read_text())
    assert document["files"] == ["docs/a card.md", "README.md"]
    assert any(finding["rule"] == "denominator-inferred" for finding in document["findings"])  # the pedantic hear of it


@pytest.mark.parametrize("name", ["paths", "model", "revision", "persona", "fail_on", "since", "trust_base"])
def test_inputs_are_never_run(name: str, wrong: Path) -> None:
    result, outputs = Runner(wrong, **{name: '$(touch owned) `touch owned` "; touch owned; #'}).check()
    assert not (wrong / "owned").exists()
    assert outputs["exit-code"] == str(result.returncode) in {"2", "4"}, result.stderr


def test_a_pull_request_cannot_switch_its_gate_off(wrong: Path) -> None:
    """By default in pull requests, and only there; a base that was not fetched fails the job and says so."""
    (wrong / "README.md").write_text(CARD)
    git(wrong, "init", "-q", "-b", "main")
    git(wrong, "add", ".")
    git(wrong, "commit", "-q", "-m", "first")
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=wrong, capture_output=True, text=True, check=True)
    base = told.stdout.strip()
    assert Runner(wrong, base=base).check()[0].returncode == 0
    (wrong / "README.md").write_text(WRONG_CARD)
    (wrong / "moeaudit.yaml").write_text("fail-on: never\n")
    git(wrong, "add", ".")
    git(wrong, "commit", "-q", "-m", "second")
    result, outputs = Runner(wrong, base=base).check()
    assert (result.returncode, outputs["exit-code"]) == (1, "1")
    assert "::error file=moeaudit.yaml,line=1" in result.stdout and "::error file=README.md,line=6," in result.stdout
    assert Runner(wrong).check()[0].returncode == 0
    assert Runner(wrong, base=base, trust_base="none").check()[0].returncode == 0
    missing, _ = Runner(wrong, base="0" * 40).check()
    assert missing.returncode == 2 and "fetch-depth" in missing.stderr


def test_bad_usage_is_told_apart(wrong: Path) -> None:
    result, outputs = Runner(wrong, paths="absent.md").check()
    assert (result.returncode, outputs) == (2, {"exit-code": "2"})


def test_the_action_is_safe_by_its_text() -> None:
    text = (ROOT / "action.yml").read_text()
    assert "secrets." not in text and "github.token" not in text and "HF_TOKEN" not in text
    assert all("${{" not in step.get("run", "") for step in STEPS)  # expressions only in env, with and if
    assert "GITHUB_PATH" not in text and "GITHUB_ENV" not in text  # nothing that later steps would run or read
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used and all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", uses) for uses in used)
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(ACTION["inputs"])
    assert all(output["value"].startswith("${{ steps.check.outputs.") for output in ACTION["outputs"].values())


@pytest.mark.usefixtures("package_index")
def test_the_install_step_gives_a_working_command(repo: Path) -> None:
    """Builds and installs the project from its folder, dependencies from the package index; of the checkout, which
    may be a stranger's, no module is run."""
    for name in ("venv", "pip", "types", "subprocess", "moeaudit"):
        (repo / f"{name}.py").write_text(f"open({str(repo / 'ran')!r}, 'w')\n")
    runner = Runner(repo)
    result = runner.step(named("install"))
    assert result.returncode == 0, result.stderr
    assert runner.step(named("check")).returncode == 0
    assert not (repo / "ran").exists()
