"""Evidence that ships with the package: found by id, offline, without the Hub library."""

import subprocess
import sys
from pathlib import Path

import pytest

from moeaudit.errors import NoEvidence
from moeaudit.evidence import Depth, Source, open_evidence, recorded
from moeaudit.evidence.evidence_file import evidence_bytes
from moeaudit.evidence.model import Evidence, JsonFile, ModelRef
from tests.evidence.samples import CONFIG, ID, table
from tests.hub.server import LoopbackHub

COMMIT = "0123456789" * 4


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that ships the sample model and a spec; nothing in the Hub's cache."""
    folder = tmp_path / "fixtures"
    folder.mkdir()
    evidence = Evidence(ModelRef(ID, Source.HUB, "main", COMMIT), JsonFile("config.json", CONFIG), headers=table())
    (folder / "org--tiny-moe.evidence.json").write_bytes(evidence_bytes(evidence))
    (folder / "grok-1.moe.yaml").write_text("schema: moeaudit/spec/v1\n")
    monkeypatch.setattr(recorded, "data_folder", lambda name: tmp_path / name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    return folder


@pytest.mark.parametrize("model", [ID, ID.upper(), f"{ID}@main", f"{ID}@{COMMIT}", f"{ID}@{COMMIT[:7]}"])
def test_found_by_id(shipped: Path, model: str) -> None:
    evidence = open_evidence(model, offline=True)
    assert evidence.model.recorded and evidence.model.commit == COMMIT
    assert evidence.headers == table()
    assert evidence.files[-1].file == "fixtures/org--tiny-moe.evidence.json"
    assert evidence.files[-1].origin == "recorded"


def test_a_spec_by_name(shipped: Path) -> None:
    evidence = open_evidence("grok-1", offline=True)
    assert (evidence.model.source, evidence.model.recorded) == (Source.SPEC, True)
    assert evidence.spec == "schema: moeaudit/spec/v1\n"


def test_neither_cached_nor_recorded(shipped: Path) -> None:
    with pytest.raises(NoEvidence, match=r"offline, and neither cached nor recorded\. Run it once online"):
        open_evidence("org/other", offline=True)


@pytest.mark.parametrize("model", [f"{ID}@v2", f"{ID}@{COMMIT[:6]}"])
def test_recorded_at_another_revision(shipped: Path, model: str) -> None:
    """The model itself is no name that was meant instead of it."""
    with pytest.raises(NoEvidence, match="neither cached nor recorded") as raised:
        open_evidence(model, offline=True)
    assert raised.value.hint.startswith("Another revision of it ships: ask without one.")


def test_no_deeper_than_recorded(shipped: Path) -> None:
    assert open_evidence(ID, offline=True, depth=Depth.CONFIG).headers is None
    with pytest.raises(NoEvidence, match="the recorded evidence has no index"):
        open_evidence(ID, offline=True, depth=Depth.INDEX)


def test_where_the_hub_has_none(shipped: Path, hub: LoopbackHub) -> None:
    assert open_evidence(ID).model.recorded
    hub.fail("/api/models", 503)
    with pytest.raises(NoEvidence, match="Or use --offline: evidence of this model ships with moeaudit"):
        open_evidence(ID)


def test_the_hub_library_stays_out() -> None:
    code = (
        "import sys, moeaudit.evidence, moeaudit.errors\n"
        "try: moeaudit.evidence.open_evidence('org/none', offline=True)\n"
        "except moeaudit.errors.NoEvidence: pass\n"
        "print([name for name in ('huggingface_hub', 'pydantic', 'rich', 'yaml') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
