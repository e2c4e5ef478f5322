"""One subject has the same names in every command that reads its card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeaudit.audits.names import Names, named_by_config, named_model, names_of
from moeaudit.evidence import open_evidence
from moeaudit.evidence.model import Evidence, JsonFile, ModelRef, Source
from tests.cli_check.conftest import MIXTRAL, Run

TWO = """# Our models

Mixtral 8x22B has 141B total parameters and uses 39B active parameters per token.

Mixtral 8x7B has 46.7B total parameters and uses 12.9B active parameters per token.
"""
"""A card whose title names nobody: which of the two lies here, config.json alone says."""

CONFIG = {**MIXTRAL, "_name_or_path": "mistralai/Mixtral-8x7B-v0.1"}
OTHER = {**MIXTRAL, "_name_or_path": "mistralai/Mixtral-8x22B-v0.1"}


def sizes(run: Run, folder: Path, command: str) -> set[str]:
    """The total and active figures that a command takes from the card as the model's own."""
    document = json.loads(run(command, ".", "--format", "json", "--offline", cwd=folder).stdout)
    paths = {"architecture.total_parameters", "architecture.active_parameters"}
    key = "printed" if command == "packet" else "value"
    return {claim[key] for claim in document["claims"] if claim["path"] in paths}


@pytest.mark.parametrize("command", ["check", "inspect", "packet"])
@pytest.mark.parametrize(
    ("config", "own"), [(CONFIG, {"46.7B", "12.9B"}), (OTHER, {"141B", "39B"})], ids=["8x7B", "8x22B"]
)
def test_the_config_names_the_model_for_every_command(
    command: str, config: dict[str, object], own: set[str], run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "README.md").write_text(TWO)
    assert sizes(run, folder, command) == own
    drafted = run("draft", ".", "--offline", cwd=folder, code=0).stdout
    left_out = {line.split()[2] for line in drafted.splitlines() if line.startswith("# README.md:")}
    assert left_out == {"141B", "39B", "46.7B", "12.9B"} - own, drafted


def test_a_folder_org_name_names_the_model_wherever_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mistralai--Mixtral-8x7B-v0.1"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(MIXTRAL))
    monkeypatch.chdir(tmp_path)
    for words in (str(folder), folder.name, f"./{folder.name}"):
        evidence = open_evidence(words)
        assert named_model(evidence, words) == "mistralai/Mixtral-8x7B-v0.1"
    monkeypatch.chdir(folder)
    assert named_model(open_evidence("."), ".") == "mistralai/Mixtral-8x7B-v0.1"


def test_a_card_that_came_with_the_evidence_is_not_named_by_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Falcon-180B").mkdir()
    monkeypatch.chdir(tmp_path / "Falcon-180B")
    evidence = open_evidence("mistralai/Mixtral-8x7B-v0.1", offline=True)
    assert names_of(evidence, None) == Names("mistralai/Mixtral-8x7B-v0.1")
    assert names_of(None, None) == Names()


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("mistralai/Mixtral-8x7B-v0.1", ["mistralai/Mixtral-8x7B-v0.1"]),
        ("/raid/checkpoints/run-7/", ["run-7"]),
        ("./out/model", ["model"]),
        ("a/b/c", ["c"]),
        ("", [""]),
        (f"a/{'b' * 497}", [f"a/{'b' * 497}"]),
        (f"a/{'b' * 498}", []),
        (7, []),
    ],
)
@pytest.mark.parametrize("key", ["_name_or_path", "name_or_path"])
def test_the_config_names_by_its_path(key: str, written: object, names: list[str]) -> None:
    """A Hub id whole, of a path the last part; 500 characters are no name."""
    config = JsonFile("config.json", {key: written})
    assert list(named_by_config(Evidence(ModelRef("m", Source.HUB), config))) == names
    assert list(named_by_config(None)) == []


@pytest.mark.parametrize(
    ("named", "model"),
    [("org/model@0123abc", "org/model"), ("org/model", "org/model"), ("model", "model")],
)
def test_a_model_is_named_without_its_revision(named: str, model: str | None) -> None:
    assert named_model(None, named) == model
