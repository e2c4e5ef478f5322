"""Where a run's text goes: streams that take nothing, terminals of any width, encodings that have no sign for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from moeaudit.reports.terminal import NARROW, WIDE, console

ROOT = Path(__file__).parents[2]
FIXTURE = str(ROOT / "fixtures" / "Qwen--Qwen3-30B-A3B.evidence.json")
CLAIMS = "schema: moeaudit/claims/v1\nmodel: {id: Qwen/Qwen3-30B-A3B}\narchitecture: {total_parameters: 31.5B}\n"
COMMANDS = (
    "--version",
    "--help",
    "check --help",
    f"inspect {FIXTURE}",
    f"inspect {FIXTURE} --format json",
    f"check a.claims.yaml --model {FIXTURE}",
    "explain total-contradicted",
    "schema claims",
)


def ran(here: Path, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (here / "a.claims.yaml").write_text(CLAIMS)
    known = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(here / "hf"), **environment}
    words = ["bash", "-c", line.replace("moeaudit ", f"{sys.executable} -m moeaudit ", 1)]
    return subprocess.run(words, cwd=here, env=known, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("stdout", ["1</dev/null", ">/dev/full"])
def test_a_stdout_that_cannot_be_written_is_one_line(tmp_path: Path, words: str, stdout: str) -> None:
    run = ran(tmp_path, f"moeaudit {words} {stdout}")
    assert run.returncode == 2 and "stdout takes no more" in run.stderr.splitlines()[-1], run.stderr
    assert "bug" not in run.stderr and "ignored" not in run.stderr


@pytest.mark.parametrize("words", COMMANDS)
def test_a_reader_who_leaves_changes_no_code(tmp_path: Path, words: str) -> None:
    wanted = 1 if words.startswith("check a") else 0
    run = ran(tmp_path, f"moeaudit {words} | true; exit ${{PIPESTATUS[0]}}")
    assert run.returncode == wanted and "bug" not in run.stderr, run.stderr


@pytest.mark.parametrize("columns", ["0", "1", "3", "-5", "abc", "²", "٨٠", "99999", "99999999999", "9" * 5000])
@pytest.mark.parametrize("words", [COMMANDS[3], COMMANDS[5], COMMANDS[6]])
def test_any_width_gives_a_page(tmp_path: Path, words: str, columns: str) -> None:
    run = ran(tmp_path, f"moeaudit {words}", COLUMNS=columns)
    assert run.returncode == int(words.startswith("check")) and "bug" not in run.stderr, run.stderr
    assert run.stdout


@pytest.mark.parametrize(
    ("columns", "width"),
    [("0", NARROW), (str(NARROW), NARROW), ("21", 21), (str(WIDE), WIDE), (str(WIDE + 1), WIDE), ("x", 80), ("", 80)],
)
def test_the_width_is_kept_within_bounds(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert console().width == width


@pytest.mark.parametrize("words", COMMANDS[3:6])
def test_a_locale_without_a_language_has_plain_signs(tmp_path: Path, words: str) -> None:
    posix = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    run = ran(tmp_path, f"moeaudit {words}", **posix)
    assert run.returncode == int(words.startswith("check")) and "bug" not in run.stderr, run.stderr
    assert run.stdout.isascii()


@pytest.mark.parametrize("words", [COMMANDS[5], "check .", f"packet {FIXTURE}", f"lock {FIXTURE}", f"draft {FIXTURE}"])
def test_a_folder_that_is_gone_is_one_line(tmp_path: Path, words: str) -> None:
    """Commands that ask where they are: for settings, claims, or a place to write."""
    run = ran(tmp_path, f"mkdir gone && cd gone && rmdir ../gone && moeaudit {words}")
    assert run.returncode == 2 and run.stderr == "moeaudit: the folder worked in is gone. Go to one that exists.\n"


def test_too_little_memory_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from moeaudit.cli import answered

    def short(argv: list[str]) -> int:
        raise MemoryError

    monkeypatch.setattr("moeaudit.cli.app.run", short)
    assert answered(["explain", "total.full"], debug=False) == 2
    assert capsys.readouterr().err == (
        "moeaudit: not enough memory here for this input. Raise the limit, or ask for less.\n"
    )
