"""The gate from end to end: a repo with a card beside config.json, no id anywhere, through the action and the hook."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.cli_check.conftest import ROOT
from tests.cli_check.test_action import Runner
from tests.cli_check.test_gate import git
from tests.cli_check.test_pre_commit import HOOK, pre_commit

GLM = json.loads((ROOT / "fixtures" / "zai-org--GLM-5.evidence.json").read_text())
"""A released config.json, as recorded."""

RIGHT = """---
license: mit
---
# GLM-5

GLM-5 is a mixture-of-experts model with 744B total parameters, of which 40B are active per token.

## At a glance

The total grew to 744B parameters so that the model takes on longer tasks.

| | GLM-5 |
|---|---|
| Total parameters | 744B |
| Number of experts | 256 |
"""

FALSE = RIGHT.replace("744B", "447B")
"""Two digits exchanged, everywhere: nothing in the card contradicts anything else in it."""

UNREAD = """---
license: mit
---
# GLM-5

GLM-5 — это большая языковая модель на основе смеси экспертов. Модель имеет 447 миллиардов параметров, из них
40 миллиардов активны для каждого токена. Она решает длинные задачи и пишет программы.
"""
"""The same false figure in a language of which moeaudit has no words."""


class Told(NamedTuple):
    """How a gate ended, and all that it printed."""

    code: int
    text: str


def by_action(repo: Path) -> Told:
    result, outputs = Runner(repo).check()
    assert outputs["exit-code"] == str(result.returncode), result.stderr
    return Told(result.returncode, result.stdout + result.stderr)


def by_hook(repo: Path) -> Told:
    git(repo, "add", ".")
    result = pre_commit(repo, "run", "--all-files", path=str(ROOT))
    return Told(result.returncode, result.stdout + result.stderr)


Gate = Callable[[Path], Told]
GATES = pytest.mark.parametrize("gate", [by_action, by_hook], ids=["action", "pre-commit"])


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A git repo as a release has it: config.json and README.md. Its folder's name says nothing."""
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(GLM["config"]["data"]))
    entry = HOOK["entry"].replace("moeaudit", f"{sys.executable} -m moeaudit", 1)
    local = {**HOOK, "language": "system", "entry": entry}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]}))
    git(folder, "init", "-q", "-b", "main")
    return folder


@GATES
def test_a_false_card_fails_and_put_right_it_passes(gate: Gate, released: Path) -> None:
    card = released / "README.md"
    card.write_text(FALSE)
    told = gate(released)
    assert told.code == 1 and "447B" in told.text and "total-contradicted" in told.text, told.text
    card.write_text(RIGHT)
    told = gate(released)
    assert told.code == 0, told.text


@GATES
def test_what_fix_writes_passes(gate: Gate, released: Path, run: Callable[..., object]) -> None:
    card = released / "README.md"
    card.write_text(FALSE)
    run("check", ".", "--offline", "--fix=write", cwd=released, code=0)
    assert card.read_text() == RIGHT
    told = gate(released)
    assert told.code == 0, told.text


@GATES
def test_a_card_in_a_language_that_is_not_read_does_not_pass_in_silence(gate: Gate, released: Path) -> None:
    (released / "README.md").write_text(UNREAD)
    told = gate(released)
    assert told.code == 1 and "card-language-unread" in told.text, told.text
    assert "which is not read" in " ".join(told.text.split()), told.text
