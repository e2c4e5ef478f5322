"""What the views say of a model whose later layers are for a prompt's end alone: DeepSeek-V4.1-Flash, by its config."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.samples import CommandLine

SIZES = Path(__file__).parents[1] / "architecture/sizes/deepseek_v41.json"


@pytest.fixture
def flash(tmp_path: Path) -> str:
    (tmp_path / "config.json").write_text(json.dumps(json.loads(SIZES.read_text())["config"]))
    return str(tmp_path)


def test_inspect_says_both_counts(cli: CommandLine, flash: str) -> None:
    first = " ".join(cli("inspect", flash, "--offline").out.split())
    assert "(prefill.full) for each token of a prompt" in first
    assert "all of a prompt through 20" in first
    assert "\n  prefill.full " in cli("inspect", flash, "--offline", "--all").out


def test_json_has_the_layers_and_the_counts(cli: CommandLine, flash: str) -> None:
    found = json.loads(cli("inspect", flash, "--offline", "--format", "json").out)
    assert found["architecture"]["prompt_layers"] == 20
    less = found["denominators"]["active.body"]["value"] - found["denominators"]["prefill.body"]["value"]
    assert less == found["denominators"]["active.full"]["value"] - found["denominators"]["prefill.full"]["value"] > 0


def test_an_estimate_says_what_it_assumed(cli: CommandLine, flash: str) -> None:
    found = json.loads(cli("estimate", flash, "--gpus", "2x8xH200", "--offline", "--format", "json").out)
    said = [one for one in found["assumptions"] if one.startswith("Prefill: ")]
    assert len(said) == 2 and "its last 128" in said[1] and "bytes read and sent" in said[0]
