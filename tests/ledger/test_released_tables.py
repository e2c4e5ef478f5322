"""Header tables of genuine releases at default depth: both sides agree to the byte, and what is stored is what was
published. Witness: names, shapes, types and bytes of the released files, as their public listings print them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moeaudit.audits.inspect import settled
from moeaudit.evidence.model import Evidence, Index, JsonFile, ModelRef, Source
from moeaudit.evidence.tables import TensorTable
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis
from tests.conftest import corpus_cases
from tests.ledger.packing.checkpoints import read_header_table
from tests.ledger.releases import INDEX_FILE, Held, causes

TABLES = [path.parent for path in corpus_cases("headers/*/headers.tsv")]
WHOLE = [folder for folder in TABLES if "partial" not in folder.name]
PARTIAL = [folder for folder in TABLES if "partial" in folder.name]

NOTES = {
    "stored-dtype", "stored-unpacked", "weights-renamed", "weights-relaid", "encoders-absent", "stored-packed",
}  # fmt: skip
"""Causes that a genuine release may have: each says how it is stored, none moves a count."""


def evidence(folder: Path, config: str = "config.json") -> Evidence:
    """A repo of this table: an index that names it, and its headers."""
    table = TensorTable(tuple(group.canonical() for group in read_header_table(folder / "headers.tsv").groups))
    names = TensorTable(tuple(replace(group, dtype=None, shape=None) for group in table.groups))
    said: dict[str, Any] = json.loads((folder / config).read_text())
    return Evidence(
        ModelRef(folder.name.replace("--", "/"), Source.FOLDER),
        JsonFile("config.json", said),
        index=Index(INDEX_FILE, names, total_size=table.bytes),
        headers=table,
    )


def meta(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "meta.json").read_text())
    return found


def agrees(inspection: Inspection, folder: Path, notes: set[str] = NOTES) -> None:
    stored, total = inspection.denominators["total.stored"], inspection.denominators["total.full"]
    assert inspection.agreement.verdict == "agree" and inspection.agreement.bytes_difference == 0
    assert stored == Count(meta(folder)["total_stored"])
    for value in (stored, total, inspection.denominators["active.full"]):
        assert isinstance(value, Count) and value.basis in (Basis.READ, Basis.MATCHED) and value.open == 0
    assert set(causes(inspection)) <= notes
    assert inspection.by_words == 0


@pytest.mark.parametrize("folder", WHOLE, ids=lambda folder: folder.name)
def test_a_genuine_release_agrees_at_default_depth(corpus: Path, folder: Path) -> None:
    agrees(settled(Held(evidence(folder))), folder)


@pytest.mark.parametrize("folder", WHOLE, ids=lambda folder: folder.name)
def test_its_headers_alone_say_the_same(corpus: Path, folder: Path) -> None:
    found = evidence(folder)
    assert found.headers is not None and found.headers.tensors == meta(folder)["tensors"]
    agrees(inspect_evidence(replace(found, index=None)), folder)


@pytest.mark.parametrize("folder", PARTIAL, ids=lambda folder: folder.name)
def test_an_incomplete_download_names_the_layers_that_lack(corpus: Path, folder: Path) -> None:
    inspection = settled(Held(evidence(folder)))
    assert inspection.agreement.verdict == "disagree"
    assert [cause for cause in causes(inspection) if cause not in NOTES] == ["weights-missing"]
    [doubt] = [one for one in inspection.account.doubts if one.cause.value == "weights-missing"]
    assert "layers " in doubt.message
    stored, total = inspection.denominators["total.stored"], inspection.denominators["total.full"]
    assert stored == Count(meta(folder)["total_stored"])
    assert isinstance(total, Count) and total.basis is Basis.PREDICTED and total.open > 0


@pytest.mark.parametrize("folder", corpus_cases("headers/*/config.as-released.json"), ids=lambda path: path.parent.name)
def test_a_config_without_its_experts_type_is_settled_by_the_headers(corpus: Path, folder: Path) -> None:
    """DeepSeek-V4-Pro's config as its listing prints it: the experts' type is read off the headers, with a note."""
    inspection = settled(Held(evidence(folder.parent, folder.name)))
    agrees(inspection, folder.parent, NOTES | {"packing-misdeclared"})
