"""Released checkpoints that ship as recorded evidence: the config predicts what the index or the headers name."""

from __future__ import annotations

import pytest

from moeaudit.data import data_folder
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.evidence.recorded import SPEC_SUFFIX, recorded_models
from moeaudit.ledger.inspect import inspect_evidence

RELEASES = [name for name in recorded_models() if not name.endswith(SPEC_SUFFIX)]


@pytest.mark.parametrize("name", RELEASES)
def test_every_name_agrees(name: str) -> None:
    evidence = read_evidence(data_folder("fixtures").joinpath(name).read_bytes(), name, recorded=True)
    agreement = inspect_evidence(evidence).agreement
    witnessed = (evidence.index is not None or evidence.headers is not None) and not evidence.synthesised
    assert agreement.verdict == ("agree" if witnessed else "single-witness")
    assert (agreement.names_missing, agreement.names_unexpected) == (0, 0)
