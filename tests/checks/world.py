"""Small worlds for rules: an example's files and its evidence, made into facts.

An example is a set of files with one stem in a rule's folder: `positive.claims.yaml`, `positive.md`, `positive.json` …
The evidence is named in a comment (`evidence: mixtral`) and stands in `evidence/<name>.json`: a published model's
structural fields, or a tiny model. A JSON file of the example itself changes it: other config fields, an index,
headers, sizes of shards, files beside the index, a params.json, an adapter, files passed over.

A file `positive.base.md` or `positive.base.claims.yaml` is what the base of a pull request has in its place.

What is stored follows the unchanged config, or that of `stored`; then come `drop` (a pattern), `types` (pattern →
type), `shapes` (name → shape), `rename` (pattern → replacement) and `add` (name → shape, or [type, shape]).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moeaudit.checks.facts import Facts, statements
from moeaudit.checks.finding import Finding
from moeaudit.checks.gate import Change, ignores_changed, model_changed
from moeaudit.checks.registry import run
from moeaudit.checks.rule import Persona
from moeaudit.claims.card import Card, read_card
from moeaudit.claims.catalogues import Record, read_catalogue
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import Claims, parse_claims
from moeaudit.claims.names import name_claims
from moeaudit.evidence.model import Beside, Document, Evidence, Index, JsonFile, ModelRef, Part, Role, Source
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.packing.storage import Storage
from tests.ledger.packing.checkpoints import stored_weights

HERE = Path(__file__).parent
FIRST, SECOND = (f"model-0000{number}-of-00002.safetensors" for number in (1, 2))
NAMED = re.compile(r"evidence: ([\w.-]+)")


def inspection_of(name: str, changes: dict[str, Any] | None = None) -> Inspection:
    """The inspection of a named piece of evidence, changed."""
    base = json.loads((HERE / "evidence" / f"{name}.json").read_text(encoding="utf-8"))
    changes = changes or {}
    data = {key: value for key, value in {**base["config"], **changes.get("config", {})}.items() if value is not None}
    config = JsonFile("config.json", data)
    params = [Document(Role.PARAMS, JsonFile("params.json", changes["params"]))] if "params" in changes else []
    adapter = changes.get("adapter")
    if adapter is not None:
        params.append(Document(Role.ADAPTER, JsonFile("adapter_config.json", adapter["config"])))
    quantization = JsonFile("hf_quant_config.json", changes["quantization"]) if "quantization" in changes else None
    seen = stored({**base["config"], **changes.get("stored", {})}, changes)
    return inspect_evidence(
        Evidence(
            ModelRef(base["id"], Source.HUB),
            config,
            quantization,
            index_of(seen, changes),
            TensorTable.collapse(seen) if changes.get("headers") else None,
            shard_sizes=changes.get("shard_sizes", {}),
            beside=tuple(beside(base["config"], changes)),
            missing_shards=tuple(changes.get("missing_shards", ())),
            documents=tuple(params),
            passed_over=tuple(changes.get("passed_over", ())),
            parts=adapter_of(base["id"], adapter["weights"]) if adapter is not None else (),
        )
    )


def adapter_of(model: str, weights: dict[str, Any]) -> tuple[Part, ...]:
    """The part with an adapter's own weights."""
    return (Part("adapter", Evidence(ModelRef(model, Source.HUB), headers=TensorTable.collapse(added(weights)))),)


def stored(data: dict[str, Any], changes: dict[str, Any]) -> list[Tensor]:
    """The tensors that the unchanged config implies, less those dropped, plus those added."""
    if not changes.get("headers") and "index" not in changes:
        return []
    groups = [tensor.group for tensor in Storage.of(data).pack(stored_weights(data))]
    dropped = re.compile(changes.get("drop") or "$^")
    shapes = changes.get("shapes", {})
    tensors = [
        Tensor(renamed(name, changes), typed(name, group.dtype, changes), tuple(shapes.get(name, group.shape)), FIRST)
        for group in groups
        for name in group.names()
        if not dropped.search(name)
    ]
    return tensors + added(changes.get("add", {}), SECOND)


def added(tensors: dict[str, Any], shard: str | None = None) -> list[Tensor]:
    """Tensors by name: a shape (of BF16), or a type and a shape."""
    return [
        Tensor(name, *((said[0], tuple(said[1])) if isinstance(said[0], str) else ("BF16", tuple(said))), shard)
        for name, said in tensors.items()
    ]


def renamed(name: str, changes: dict[str, Any]) -> str:
    for pattern, replacement in changes.get("rename", {}).items():
        name = re.sub(pattern, replacement, name)
    return name


def typed(name: str, dtype: str | None, changes: dict[str, Any]) -> str | None:
    return next((other for pattern, other in changes.get("types", {}).items() if re.search(pattern, name)), dtype)


def beside(data: dict[str, Any], changes: dict[str, Any]) -> Iterator[Beside]:
    """Files that the index does not name: the model's own tensors that match `take`, and what is added."""
    for file, holds in changes.get("beside", {}).items():
        taken = [
            Tensor(name, group.dtype, group.shape)
            for group in (tensor.group for tensor in Storage.of(data).pack(stored_weights(data)))
            for name in group.names()
            if re.search(holds.get("take") or "$^", name)
        ]
        yield Beside((file,), TensorTable.collapse(taken + added(holds.get("add", {}))))


def index_of(seen: list[Tensor], changes: dict[str, Any]) -> Index | None:
    if "index" not in changes:
        return None
    asked = changes["index"]
    kept = [
        Tensor(tensor.name, shard=tensor.shard)
        for tensor in seen
        if not re.search(asked.get("drop") or "$^", tensor.name)
    ]
    more = [Tensor(name, shard=SECOND) for name in asked.get("add", [])]
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
    texts = {path: path.read_text(encoding="utf-8") for path in files if ".base." not in path.name}
    before = {path.name: path.read_text(encoding="utf-8") for path in files if ".base." in path.name}
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
        for record in read_catalogue(text, path.name)
        if isinstance(record, Record)
        for claim in record.claims
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
        named=changes.get("id", model_id) is not None,
        gate=tuple(gate_of(claim_files, cards, before)) if before else (),
    )


def gate_of(claim_files: tuple[Claims, ...], cards: tuple[Card, ...], before: dict[str, str]) -> Iterator[Change]:
    """What the files change of the gate, the base's texts being of these names with `.base`."""
    for claims in claim_files:
        text = before.get(claims.file.replace(".", ".base.", 1))
        had = parse_claims(text, claims.file) if text else None
        yield from model_changed(claims, had)
        yield from ignores_changed(claims.ignores, had.ignores if had else ())[1]
    for card in cards:
        text = before.get(card.file.replace(".", ".base.", 1))
        yield from ignores_changed(card.ignores, read_card(text, card.file).ignores if text else ())[1]


def findings_of(files: list[Path]) -> tuple[Finding, ...]:
    """What all rules find, for the reader who wants to hear everything."""
    return run(facts_of(files), Persona.AUDITOR)
