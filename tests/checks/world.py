"""Small worlds for rules: an example's files and its evidence, made into facts.

An example is a set of files with one stem in a rule's folder: `positive.claims.yaml`, `positive.md`, `positive.json` …
The evidence is named in a comment (`evidence: mixtral`) and stands in `evidence/<name>.json`: a published model's
structural fields, or a tiny model. A JSON file of the example itself changes it: other config fields, an index,
headers, sizes of shards.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from moeaudit.checks.facts import Facts, statements
from moeaudit.checks.finding import Finding
from moeaudit.checks.registry import run
from moeaudit.checks.rule import Persona
from moeaudit.claims.card import read_card
from moeaudit.claims.catalogues import read_catalogue
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import parse_claims
from moeaudit.claims.names import name_claims
from moeaudit.evidence.model import Evidence, Index, JsonFile, ModelRef, Source
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.packing.storage import Storage
from tests.ledger.packing.checkpoints import stored_weights

HERE = Path(__file__).parent
NAMED = re.compile(r"evidence: ([\w.-]+)")


def inspection_of(name: str, changes: dict[str, Any] | None = None) -> Inspection:
    """The inspection of a named piece of evidence, changed."""
    base = json.loads((HERE / "evidence" / f"{name}.json").read_text(encoding="utf-8"))
    changes = changes or {}
    data = {key: value for key, value in {**base["config"], **changes.get("config", {})}.items() if value is not None}
    config = JsonFile("config.json", data)
    quantization = JsonFile("hf_quant_config.json", changes["quantization"]) if "quantization" in changes else None
    seen = stored(base["config"], changes)
    return inspect_evidence(
        Evidence(
            ModelRef(base["id"], Source.HUB),
            config,
            quantization,
            index_of(seen, changes),
            TensorTable.collapse(seen) if changes.get("headers") else None,
            shard_sizes=changes.get("shard_sizes", {}),
        )
    )


def stored(data: dict[str, Any], changes: dict[str, Any]) -> list[Tensor]:
    """The tensors that the unchanged config implies, less those dropped, plus those added."""
    if not changes.get("headers") and "index" not in changes:
        return []
    groups = [tensor.group for tensor in Storage.of(data).pack(stored_weights(data))]
    dropped = re.compile(changes.get("drop") or "$^")
    shapes = changes.get("shapes", {})
    tensors = [
        Tensor(name, group.dtype, tuple(shapes.get(name, group.shape)), "model-00001-of-00002.safetensors")
        for group in groups
        for name in group.names()
        if not dropped.search(name)
    ]
    more = [
        Tensor(name, "BF16", tuple(shape), "model-00002-of-00002.safetensors")
        for name, shape in changes.get("add", {}).items()
    ]
    return tensors + more


def index_of(seen: list[Tensor], changes: dict[str, Any]) -> Index | None:
    if "index" not in changes:
        return None
    asked = changes["index"]
    kept = [
        Tensor(tensor.name, shard=tensor.shard)
        for tensor in seen
        if not re.search(asked.get("drop") or "$^", tensor.name)
    ]
    more = [Tensor(name, shard="model-00002-of-00002.safetensors") for name in asked.get("add", [])]
    size = TensorTable.collapse(seen).bytes
    return Index(
        "model.safetensors.index.json",
        TensorTable.collapse(kept + more),
        asked.get("format", "safetensors"),
        asked.get("total_size", size),
        asked.get("total_parameters"),
    )


def facts_of(files: list[Path]) -> Facts:
    """Everything that the files of one example say, judged by their evidence."""
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    changes: dict[str, Any] = next((json.loads(text) for path, text in texts.items() if path.suffix == ".json"), {})
    named = changes.get("evidence") or next(
        (found[1] for text in texts.values() if (found := NAMED.search(text))), None
    )
    inspection = inspection_of(named, changes) if named else None
    claim_files = tuple(
        parse_claims(text, path.name) for path, text in texts.items() if path.name.endswith(".claims.yaml")
    )
    model_id = inspection.evidence.model.id if inspection else claim_files[0].model_id if claim_files else None
    cards = tuple(
        read_card(text, path.name, changes.get("id", model_id)) for path, text in texts.items() if path.suffix == ".md"
    )
    said = [claim for file in claim_files for claim in file.claims] + [claim for card in cards for claim in card.claims]
    said += [
        claim
        for path, text in texts.items()
        if path.name.endswith(".recipe.yaml")
        for claim in read_catalogue(text, path.name).claims
    ]
    said += name_claims(changes["id"]) if "id" in changes else []
    distribution = claim_files[0].distribution if claim_files else Distribution.DOWNLOADABLE
    return Facts(
        inspection,
        statements(said, inspection, distribution),
        claim_files,
        cards,
        distribution,
        {path.name: text for path, text in texts.items() if path.suffix == ".md"},
    )


def findings_of(files: list[Path]) -> tuple[Finding, ...]:
    """What all rules find, for the reader who wants to hear everything."""
    return run(facts_of(files), Persona.AUDITOR)
