"""`moeaudit lock`: one small file that later runs need no network for."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.samples import CONFIG, ID, CommandLine, folder, table
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/evidence.schema.json").read_text())


def test_locked_once_inspected_offline(cli: CommandLine, hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = hub.add(model_repo(ID, CONFIG, table()))
    run = cli("lock", ID)
    assert (run.code, run.out) == (0, "")
    assert run.err == f"small-moe.evidence.json: {ID}, headers\n"
    online = json.loads(cli("inspect", ID, "--depth", "headers", "--format", "json").out)
    hub.requests.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    offline = json.loads(cli("inspect", "small-moe.evidence.json", "--format", "json").out)
    assert hub.requests == []
    assert offline["model"] == {**online["model"], "source": "lock"}
    for part in ("components", "denominators", "agreement", "witnesses", "architecture"):
        assert offline[part] == online[part]
    assert [file["sha256"] for file in offline["evidence"][:-1]] == [
        file["sha256"] for file in online["evidence"] if file["file"] != "README.md"
    ]
    assert repo.commit == offline["model"]["commit"]


@pytest.mark.parametrize("depth", ["config", "index", "headers"])
def test_a_lock_follows_its_schema_and_is_the_same_each_time(cli: CommandLine, tmp_path: Path, depth: str) -> None:
    path = folder(tmp_path / "model", CONFIG, table())
    assert cli("lock", path, "--depth", depth, "-o", "one.evidence.json").code == 0
    assert cli("lock", path, "--depth", depth, "-o", "two.evidence.json").code == 0
    assert Path("one.evidence.json").read_bytes() == Path("two.evidence.json").read_bytes()
    jsonschema.validate(json.loads(Path("one.evidence.json").read_text()), SCHEMA)


def test_a_spec_needs_no_lock(cli: CommandLine) -> None:
    run = cli("lock", "google/glam-64b-64e", "--offline")
    assert run.code == 2
    assert "a spec file is its own evidence" in run.err
    assert list(Path.cwd().iterdir()) == []


def test_a_lock_that_was_edited_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    cli("lock", folder(tmp_path / "model", CONFIG, table()), "-o", "small.evidence.json")
    path = Path("small.evidence.json")
    path.write_text(path.read_text().replace("[128, 256]", "[128, 257]"))
    run = cli("inspect", path)
    assert run.code == 2
    assert "Record the evidence anew with `moeaudit lock`." in run.err
