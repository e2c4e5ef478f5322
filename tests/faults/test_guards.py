"""Without a guard, what it is there for happens: each row named for it fails, and holds again once it is back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.guards import GUARDS, Guard, without
from tests.faults.matrix import matrix
from tests.faults.playing import Theatre, hold
from tests.hub import twists
from tests.hub.server import LoopbackHub

ROWS = {row.id: row for row in matrix()}


@pytest.mark.parametrize(
    ("guard", "row"), [pytest.param(one, row, id=f"{one.what}: {row}") for one in GUARDS for row in one.rows]
)
def test_without_a_guard(
    guard: Guard,
    row: str,
    hub: LoopbackHub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(twists, "MOST_SENT", guard.sent)
    with without(guard), pytest.raises(AssertionError):
        hold(ROWS[row], Theatre(hub, monkeypatch, capsys, tmp_path))
