"""`moeaudit check` on a card and its evidence file: the whole process, offline, under 0.6 seconds."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

from tests.cli_check.conftest import ROOT

BOUND = 0.6
EVIDENCE = ROOT / "fixtures" / "deepseek-ai--DeepSeek-V3.evidence.json"
CARD = """---
license: mit
---
# DeepSeek-V3

DeepSeek-V3 is a Mixture-of-Experts model with 671B total parameters, of which 37B are activated for each token.

| | DeepSeek-V3 |
|---|---|
| Layers | 61 |
| Routed experts | 256 |
| Shared experts | 1 |
"""


def seconds(folder: Path) -> float:
    """Processor time of one run from start to end; other work on the machine stretches it less than the clock's."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "moeaudit", "check", "README.md", "--offline"],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_card_and_its_evidence_file_take_less_than_the_bound(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    (tmp_path / EVIDENCE.name).write_bytes(EVIDENCE.read_bytes())
    assert any(seconds(tmp_path) < BOUND for _ in range(12))  # a busy machine may need several tries
