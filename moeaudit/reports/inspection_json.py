"""The inspection as JSON, version 1 of the contract. Counts are integers, sizes bytes; nothing foreign is
interpreted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from moeaudit.checks.facts import Statement
from moeaudit.checks.finding import Finding
from moeaudit.checks.settlement import settlement
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.ledger import Ledger
from moeaudit.ledger.values import Absent, Count, Value
from moeaudit.vocabulary import Kind

SCHEMA = "moeaudit/inspection/v1"


def document(inspection: Inspection, findings: Sequence[Finding], said: Sequence[Statement] = ()) -> dict[str, Any]:
    """The whole document."""
    evidence, agreement = inspection.evidence, inspection.agreement
    disagree = agreement.verdict == "disagree"
    return {
        "schema": SCHEMA,
        "model": {
            "id": evidence.model.id,
            "revision": evidence.model.revision,
            "commit": evidence.model.commit,
            "source": evidence.model.source.value,
            "recorded": evidence.model.recorded,
        },
        **other_words(inspection),
        "architecture": architecture(inspection),
        "components": components(inspection.ledger),
        "denominators": {name: value_json(value) for name, value in inspection.denominators.items()},
        "settlement": settlement_json(inspection),
        "witnesses": witnesses(inspection),
        "agreement": {
            "verdict": agreement.verdict,
            "names_matched": agreement.names_matched,
            "names_missing": agreement.names_missing,
            "names_unexpected": agreement.names_unexpected,
            "bytes_difference": agreement.bytes_difference,
            "by_difference": None,  # no count is made from bytes any more; the field stays
        },
        "ledgers": {
            ledger.witness: components(ledger)
            for ledger in (inspection.config_ledger, inspection.weights_ledger)
            if ledger is not None and disagree
        },
        "non_parameters": {
            kind.value: inspection.ledger.non_parameters.get(kind, 0) for kind in Kind if kind is not Kind.PARAMETER
        },
        "evidence": [
            {"file": file.file, "sha256": file.sha256, "bytes": file.bytes, "origin": file.origin}
            for file in evidence.files
        ],
        "claims": [statement_json(statement) for statement in said],
        "findings": [finding.as_json() for finding in findings],
    }


def other_words(inspection: Inspection) -> dict[str, Any]:
    """What is said of a repo that is not the usual one; nothing of the usual."""
    found: dict[str, Any] = {"remarks": list(inspection.remarks)} if inspection.remarks else {}
    adapter, pipeline = inspection.adapter, inspection.pipeline
    if adapter is not None:
        found["adapter"] = {
            **asdict(adapter),
            "targets": list(adapter.targets),
            "components": {role.value: count for role, count in adapter.components.items()},
            "experts": list(adapter.experts),
        }
    if pipeline is not None:
        found["pipeline"] = {
            "class": pipeline.kind,
            "boundary_ratio": pipeline.boundary,
            "folders": [
                {"name": one.name, "class": one.kind, "parameters": one.parameters, "why": one.why or None,
                 "denoiser": one.denoiser}
                for one in pipeline.folders
            ],
        }  # fmt: skip
    if inspection.converted is not None:
        from moeaudit.reports.converted_json import converted

        found["converted"] = converted(inspection.converted, inspection.origin)
    return found


def witnesses(inspection: Inspection) -> dict[str, Any]:
    """Each witness's own account; the index with the total_size that it states."""
    index = inspection.evidence.index
    accounts: dict[str, Any] = {name: asdict(witness) for name, witness in inspection.witnesses.items()}
    accounts["index"]["total_size"] = index.total_size if index is not None else None
    return accounts


def statement_json(statement: Statement) -> dict[str, Any]:
    """One claim of the JSON contract: the path, the figure as printed, the verdict, and what fits."""
    claim, judgement = statement.claim, statement.judgement
    place = claim.location
    return {
        "path": claim.path,
        "value": claim.printed,
        "origin": claim.origin.value,
        "stated_denominator": claim.denominator,
        "verdict": judgement.verdict.value,
        "denominators": dict(judgement.fits),
        "denominator": judgement.denominator,
        "reason": judgement.reason,
        "location": {"file": place.file, "line": place.line, "column": place.column, "path": place.path},
    }


def architecture(inspection: Inspection) -> dict[str, Any] | None:
    """The architecture's facts; counts that differ between layers are lists. Executed layers, and those that every
    token of a prompt runs through, are told where they are not as many as there are."""
    if inspection.summary is None:
        return None
    facts = asdict(inspection.summary)
    for name in ("executed_layers", "prompt_layers"):
        if facts[name] in (0, facts["layers"]):  # 0: not known
            del facts[name]
    return {
        **{name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()},
        "precision": inspection.precision,
        **({"unstated": dict(inspection.unstated)} if inspection.unstated else {}),
    }


def components(ledger: Ledger) -> dict[str, int]:
    return {component.value: count for component, count in ledger.components().items()}


def value_json(value: Value) -> dict[str, Any]:
    """`{"value"}` or `{"low", "typical", "high", "reason"}`, each with its basis and what is open of it; or
    `{"absent"}`."""
    if isinstance(value, Absent):
        return {"absent": value.reason}
    rests_on = {"basis": value.basis.value, **({"open": value.open} if value.open else {})}
    if isinstance(value, Count):
        return {"value": value.value, **rests_on}
    return {"low": value.low, "typical": value.typical, "high": value.high, "reason": value.reason, **rests_on}


def settlement_json(inspection: Inspection) -> dict[str, Any]:
    """What the counts rest on, all in all; every cause of doubt with its cost."""
    found = settlement(inspection)
    return {
        "basis": found.basis.value,
        "open": found.open,
        "needs": found.needs,
        "doubts": [
            {
                "cause": doubt.cause.value,
                "message": doubt.message,
                "tensors": doubt.tensors,
                "bytes": doubt.bytes,
                "open": doubt.open,
                "settled_by": doubt.settled_by,
            }
            for doubt in found.doubts
        ],
    }


def render(inspection: Inspection, findings: Sequence[Finding], said: Sequence[Statement] = ()) -> str:
    """The document as text, one final newline. ASCII only: foreign text cannot steer a terminal."""
    return json.dumps(document(inspection, findings, said), indent=2, ensure_ascii=True) + "\n"
