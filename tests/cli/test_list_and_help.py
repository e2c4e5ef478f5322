"""What ships is listed, one line each; help is a command, too; and every summary fits beside its command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from moeaudit.reports.explain import explanation
from moeaudit.reports.shipped import KINDS, shipped


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "moeaudit", *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_lines_with_a_name_and_a_sentence(kind: str) -> None:
    lines = shipped(kind, 0).splitlines()
    assert lines and all(len(line.split(None, 1)) == 2 for line in lines)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    assert all(len(line) <= width for kind in KINDS for line in shipped(kind, width).splitlines())


def test_the_kinds_themselves_are_listed_with_how_many_there_are() -> None:
    counts = {line.split()[0]: int(line.split()[1]) for line in run("list").stdout.splitlines()}
    assert counts == {kind: len(shipped(kind, 0).splitlines()) for kind in KINDS}


def test_recorded_models_are_those_that_inspect_knows_offline() -> None:
    names = [line.split()[0] for line in shipped("models", 0).splitlines()]
    assert "deepseek-ai/DeepSeek-R1" in names
    assert run("inspect", names[0], "--offline", "--format", "json").returncode == 0


@pytest.mark.parametrize("kind", ["words", "denominators", "verdicts", "components", "rules", "checklist", "devices"])
def test_what_is_listed_is_explained(kind: str) -> None:
    for line in shipped(kind, 0).splitlines():
        name = line.split("  ")[0]
        assert explanation(name).startswith(name)


def test_a_kind_that_is_none_is_one_line_with_the_nearest() -> None:
    result = run("list", "modles")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "moeaudit: there is no list of 'modles'. Did you mean models?\n"


def test_help_is_a_command() -> None:
    assert run("help").stdout == run("--help").stdout
    assert run("help", "schema").stdout == run("schema", "--help").stdout != run("--help").stdout
    assert run("help", "nothing").returncode == 2


def test_no_summary_of_a_command_is_cut_at_80_columns() -> None:
    listed = run("--help").stdout.partition("Commands:")[2]
    assert "..." not in listed and "…" not in listed


def test_the_version_has_a_short_form() -> None:
    assert run("-V").stdout == run("--version").stdout


def test_a_shell_is_told_how_to_complete() -> None:
    asked = {**os.environ, "_MOEAUDIT_COMPLETE": "source_bash"}  # what --install-completion puts into a shell's start
    result = subprocess.run([sys.executable, "-m", "moeaudit"], env=asked, capture_output=True, text=True, check=False)
    assert "_moeaudit_completion" in result.stdout
