"""The evidence that ships with moeaudit: reference models by id, and specs of systems without a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeaudit.data import data_folder
from moeaudit.evidence.evidence_file import SUFFIX
from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.evidence.model import Evidence, ModelRef, Source

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SPEC_SUFFIX = ".moe.yaml"
SPECS = "specs/"


def recorded_evidence(model: str, revision: str | None) -> Evidence | None:
    """The recorded evidence of a model (its id in any case), None where there is none of that id and revision."""
    found = _find(model)
    if found is None:
        return None
    name = f"fixtures/{found.name}"
    if found.name.endswith(SPEC_SUFFIX):
        return Evidence(ModelRef(model, Source.SPEC, recorded=True), spec=found.read_text("utf-8"))
    evidence = read_evidence(found.read_bytes(), name, recorded=True)
    commit = evidence.model.commit or ""
    same = revision in (None, evidence.model.revision, commit) or (len(revision) >= 7 and commit.startswith(revision))
    return evidence if same else None


def recorded_models() -> list[str]:
    """The file names of all recorded evidence, and of the specs, which stand in a folder of their own."""
    return sorted(
        f"{below}{entry.name}"
        for below, folder in _folders()
        if folder.is_dir()
        for entry in folder.iterdir()
        if entry.name.endswith((SUFFIX, SPEC_SUFFIX))
    )


def recorded_ids() -> list[str]:
    """The Hub ids of all recorded evidence and specs."""
    stems = (name.removeprefix(SPECS).removesuffix(SUFFIX).removesuffix(SPEC_SUFFIX) for name in recorded_models())
    return [stem.replace("--", "/", 1) for stem in stems]


def _folders() -> tuple[tuple[str, Traversable], ...]:
    fixtures = data_folder("fixtures")
    return ("", fixtures), (SPECS, fixtures.joinpath(SPECS))


def _find(model: str) -> Traversable | None:
    stem = model.replace("/", "--").casefold()
    wanted = {stem + SUFFIX, stem + SPEC_SUFFIX}
    name = next((name for name in recorded_models() if name.removeprefix(SPECS).casefold() in wanted), None)
    return None if name is None else data_folder("fixtures").joinpath(name)
