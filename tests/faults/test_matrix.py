"""Every row of the fault matrix, on the loopback Hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.matrix import Row, matrix
from tests.faults.playing import Theatre, hold


@pytest.fixture
def theatre(hub, monkeypatch, capsys, tmp_path: Path) -> Theatre:  # type: ignore[no-untyped-def]
    return Theatre(hub, monkeypatch, capsys, tmp_path)


@pytest.mark.parametrize("row", matrix(), ids=lambda row: row.id)
def test_a_fault(row: Row, theatre: Theatre) -> None:
    hold(row, theatre)
