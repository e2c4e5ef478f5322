"""What describes a model in other words than config.json's travels with the evidence."""

from __future__ import annotations

import json

import pytest

from moeaudit.errors import UsageError
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.evidence.model import Document, Evidence, JsonFile, ModelRef, Role, Source


@pytest.mark.parametrize("role", Role)
def test_a_document_is_read_as_it_was_written(role: Role) -> None:
    document = Document(role, JsonFile("params.json", {"dim": 7168, "moe": {"num_experts": 128}}))
    evidence = Evidence(ModelRef("org/model", Source.HUB), documents=(document,))
    assert read_evidence(evidence_bytes(evidence), "a.evidence.json").documents == (document,)


def test_an_unknown_role_is_an_error_that_names_it() -> None:
    content = {"schema": "moeaudit/evidence/v1", "model": {"id": "a/b"}, "files": []}
    content["documents"] = [{"role": "rumour", "file": "x.json", "omitted": [], "data": {}}]
    with pytest.raises(UsageError, match=r"documents\[0\].role.*rumour"):
        read_evidence(json.dumps(content).encode(), "a.evidence.json")
