"""The folder that evidence was read in: its own, or that of a lone file; none of what came from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.audits.names import folder_of
from moeaudit.evidence.model import Evidence, ModelRef, Source


@pytest.mark.parametrize("source", Source)
def test_the_folder_of_evidence(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "model" / "config.json"
    wanted = {Source.FOLDER: path.resolve(), Source.FILE: path.resolve().parent}.get(source)
    assert folder_of(Evidence(ModelRef(str(path), source))) == wanted


def test_without_evidence_there_is_none() -> None:
    assert folder_of(None) is None
