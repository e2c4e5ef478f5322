"""What only comes at its real size: headers that are each within their limit, and together are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evidence.samples import CONFIG
from tests.faults.playing import MOST_CPU, MOST_GROWN
from tests.faults.stage import ID, run
from tests.hub.repos import HubFile, model_repo
from tests.hub.server import LoopbackHub


def test_headers_of_60_mb_each(
    hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Thirty-two of them on their way at once: they are given up at 240 MB, not at 1.9 GB."""
    repo = hub.add(model_repo(ID, CONFIG))
    shard = HubFile((60_000_000).to_bytes(8, "little") + b'{"', 70_000_008, lfs=True)
    repo.files |= {f"model-{number:05d}-of-00032.safetensors": shard for number in range(1, 33)}
    hub.redirect = False
    outcome = run(hub, monkeypatch, capsys, tmp_path / "hf-home")
    assert outcome.code == 4
    assert f"{ID}: {{hub}} sends more than 240,000,000 bytes about one model. Check HF_ENDPOINT" in outcome.err
    assert outcome.cpu < MOST_CPU and (outcome.grown or 0) < MOST_GROWN
