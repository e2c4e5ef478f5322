"""Which file describes the model, whatever kind of repo: what messages call it, and where findings about it stand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from moeaudit.checks.facts import Facts
from moeaudit.evidence.model import Document, Evidence, JsonFile, ModelRef, Role, Source

MODEL = ModelRef("org/m", Source.HUB)


def evidence(config: str | None = None, **documents: str) -> Evidence:
    kept = tuple(Document(Role(role), JsonFile(file, {})) for role, file in documents.items())
    return Evidence(MODEL, JsonFile(config, {}) if config else None, documents=kept)


@pytest.mark.parametrize(
    ("found", "stands", "called"),
    [
        (evidence("config.json"), "config.json", "config.json"),
        (evidence("/a/b/config.json"), "/a/b/config.json", "config.json"),
        (evidence("text/config.json"), "text/config.json", "config.json"),
        (evidence(params="params.json"), "params.json", "params.json"),
        (evidence("config.json", params="params.json"), "config.json", "config.json"),
        (evidence(gguf="dir/m-Q4.gguf"), "dir/m-Q4.gguf", "m-Q4.gguf"),
        (evidence("config.json", gguf="m-Q4.gguf"), "m-Q4.gguf", "m-Q4.gguf"),
        (evidence(), "config.json", "config.json"),
    ],
)
def test_the_file_that_describes_the_model(found: Evidence, stands: str, called: str) -> None:
    inspection: Any = SimpleNamespace(evidence=found)
    facts = Facts(inspection)
    assert (facts.config_file, facts.config) == (stands, called)
    assert (found.described_in, found.describing) == (stands, called)


def test_without_evidence_it_is_what_most_repos_have() -> None:
    assert (Facts(None).config_file, Facts(None).config) == ("config.json", "config.json")
    assert Facts(None).doubts == () and Facts(None).known == {}
