"""The gate at work in one folder: every format and option, what it prints, what it writes and how it ends, as approved.
The figures: Mixtral 8x7B has 46,702,792,704 parameters and 32 layers; the card says 45B and 30."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from moeaudit import __version__
from tests.approved import approved
from tests.cli_check.conftest import CARD, CLAIMS, MIXTRAL, WRONG_CARD, Run, evidence_text, repo, run

__all__ = ["evidence_text", "repo", "run"]

HERE = Path(__file__).parent / "expected" / "gate"
RECIPE = (
    "model:\n  model_id: mistralai/Mixtral-8x7B-v0.1\n  architecture: moe\n"
    '  parameter_count: "45B"\n  active_parameters: "12.9B"\n'
)
SETTINGS = "fail-on: warning\npersona: pedantic\noff:\n  layers-contradicted: the next release corrects it\n"
LINES = {
    **{form: f"check . --format {form}" for form in ("text", "json", "sarif", "github", "junit", "markdown")},
    "all": "check . --all",
    "quiet": "check . --quiet",
    "readings": "check README.md --explain-reading",
    "auditor": "check . --persona auditor",
    "pedantic": "check . --persona pedantic --fail-on note",
    "never": "check . --fail-on never",
    "exit-zero": "check . --exit-zero --format json",
    "fix": "check . --fix",
    "fix-write": "check . --fix --write",
    "write-alone": "check . --write",
    "fix-nothing": "check --fix",
    "two-on-stdout": "check . --format json --format text",
    "twice": "check . --format json --format json",
    "one-file": "check . --format json=out.txt --format text=out.txt",
    "unknown-format": "check . --format jsn",
    "all-and-quiet": "check . --all --quiet",
    "absent": "check READNE.md",
    "some-absent": "check README.md absent.md",
    "no-model": "check elsewhere/README.md",
    "hosted": "check elsewhere/hosted.claims.yaml",
    "catalogue": "check recipe.yaml --model mixtral.evidence.json",
    "catalogue-alone": "check recipe.yaml --evidence . --all",
    "other-model": "check README.md --model elsewhere/small.json",
    "nothing-here": "check empty",
    "draft": "draft mixtral.evidence.json --card README.md",
    "draft-full": "draft mixtral.evidence.json --card README.md --full",
    "inspect-note": "inspect mixtral.evidence.json --fail-on note",
    "files": "check . --format json=a.json --format sarif=b.sarif --format text",
    "packet": "packet mixtral.claims.yaml --preset card-review",
    "packet-unknown": "packet mixtral.claims.yaml --preset reviewer",
    "lock": "lock mixtral.evidence.json -o new.evidence.json",
}
SET = {"settings": "check .", "settings-overruled": "check . --fail-on error --persona default"}
WRONG_SETTINGS = {
    "unknown-key": "fail_on: warning\n",
    "unknown-rule": "off: {layers-contradict: why}\n",
    "no-reason": 'off: {layers-contradicted: " "}\n',
    "no-table": "- a\n",
    "off-list": "off: [layers-contradicted]\n",
    "unknown-level": "fail-on: warnings\n",
}


@pytest.fixture
def bench(repo: Path) -> Path:
    (repo / "README.md").write_text(WRONG_CARD + "\n<!-- moeaudit: ignore[total-contradicted] a list of others -->\n")
    (repo / "mixtral.claims.yaml").write_text(CLAIMS.replace("46.7B", "45B") + "  layers: 30\n  experts_per_token: 2\n")
    (repo / "recipe.yaml").write_text(RECIPE)
    (repo / "elsewhere").mkdir()
    (repo / "empty").mkdir()
    (repo / "elsewhere" / "README.md").write_text(CARD)
    (repo / "elsewhere" / "hosted.claims.yaml").write_text(
        "schema: moeaudit/claims/v1\nmodel: {id: GPT-4, distribution: hosted}\narchitecture: {total_parameters: 1.8T}\n"
    )
    (repo / "elsewhere" / "small.json").write_text(json.dumps(MIXTRAL | {"num_hidden_layers": 16}))
    return repo


def told(folder: Path, result: object, before: dict[str, bytes]) -> str:
    """Exit code, both streams, and every file that is new or changed."""
    text = f"exit {result.returncode}\n{result.stdout}\n-- stderr\n{result.stderr}"  # type: ignore[attr-defined]
    for name, content in files(folder).items():
        if before.get(name) != content:
            text += f"\n-- {name}\n{content.decode()}"
    text = text.replace(str(folder), "FOLDER").replace(folder.name, "NAME").replace(__version__, "VERSION")
    return re.sub(r"[ \t]+\n", "\n", text)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.mark.parametrize("name", LINES)
def test_a_line(name: str, run: Run, bench: Path) -> None:
    before = files(bench)
    result = run(*LINES[name].split(), "--offline", cwd=bench)
    approved(HERE / f"{name}.txt", told(bench, result, before))


@pytest.mark.parametrize("name", SET)
def test_settings(name: str, run: Run, bench: Path) -> None:
    (bench / "moeaudit.yaml").write_text(SETTINGS)
    before = files(bench)
    approved(HERE / f"{name}.txt", told(bench, run(*SET[name].split(), "--offline", cwd=bench), before))


@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_wrong_settings(name: str, run: Run, bench: Path) -> None:
    (bench / "moeaudit.yaml").write_text(WRONG_SETTINGS[name])
    before = files(bench)
    result = run("check", ".", "--offline", cwd=bench, code=2)
    approved(HERE / f"wrong-{name}.txt", told(bench, result, before))
