"""docs/ci.md says what the action, the hook and the settings take."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from moeaudit.audits.settings import read_settings
from moeaudit.reports.comment import MARKER
from tests.cli_check.conftest import ROOT
from tests.cli_check.test_action import ACTION
from tests.cli_check.test_pre_commit import HOOK

TEXT = (ROOT / "docs" / "ci.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def test_the_workflow_uses_inputs_that_exist() -> None:
    workflow = yaml.safe_load(EXAMPLES[0])
    steps = workflow["jobs"]["moeaudit"]["steps"]
    assert set(steps[1]["with"]) <= set(ACTION["inputs"])
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())
    assert "cancel-in-progress" in workflow["concurrency"]
    assert steps[0]["with"]["persist-credentials"] is False
    assert all(re.fullmatch(r"[\w<>/-]+@<commit>", step["uses"]) and "run" not in step for step in steps)
    assert {"since", "upload-sarif", "offline"} <= set(ACTION["inputs"]) and "markdown-file" in ACTION["outputs"]
    assert MARKER in TEXT


def test_the_hook_has_that_id() -> None:
    assert yaml.safe_load(EXAMPLES[1])["repos"][0]["hooks"] == [{"id": HOOK["id"]}]


def test_the_settings_are_read(tmp_path: Path) -> None:
    (tmp_path / "moeaudit.yaml").write_text(EXAMPLES[2])
    settings = read_settings(tmp_path)
    assert settings.fail_on == "error" and list(settings.rules.off or {}) == ["name-contradicted"]
