"""A check as JSON, version 1 of the contract."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from moeaudit.checks.audit import Audit, Failed, count
from moeaudit.checks.status import WORST_FIRST, ItemStatus
from moeaudit.reports.inspection_json import settlement_json, statement_json
from moeaudit.reports.readings import rows

SCHEMA = "moeaudit/check/v1"


def document(audits: Sequence[Audit], failures: Sequence[Failed] = ()) -> dict[str, Any]:
    """The whole document. `checklist` takes the worst status of several models; `models` keeps them apart."""
    return {
        "schema": SCHEMA,
        "files": [file for audit in audits for file in audit.files],
        "claims": [statement_json(statement) for audit in audits for statement in audit.facts.statements],
        "checklist": worst([audit.checklist for audit in audits]),
        "findings": [finding.as_json() for audit in audits for finding in audit.findings],
        "summary": count(finding for audit in audits for finding in audit.findings),
        "models": [
            {
                "id": audit.model_id,
                "files": list(audit.files),
                "settlement": settlement_json(audit.facts.inspection) if audit.facts.inspection else None,
                "checklist": dict(audit.checklist),
                "summary": audit.summary,
                "skipped": {need.value: list(rules) for need, rules in audit.skipped.items()},
            }
            for audit in audits
        ],
        "readings": [row.as_json() for audit in audits for row in rows(audit.facts.cards)],
        "failures": [
            {"files": list(one.files), "message": str(one.error), "exit_code": int(one.error.exit_code)}
            for one in failures
        ],
    }


def worst(checklists: Sequence[Any]) -> dict[str, str]:
    """Item → the status that most wants looking at."""
    order = [ItemStatus.CONTRADICTED, ItemStatus.MISSING, ItemStatus.DERIVED, *WORST_FIRST[1:]]
    rank = {status.value: place for place, status in enumerate(order)}
    return (
        {
            item: min((checklist[item] for checklist in checklists), key=lambda status: rank[status])
            for item in checklists[0]
        }
        if checklists
        else {}
    )


def render(audits: Sequence[Audit], failures: Sequence[Failed] = ()) -> str:
    return json.dumps(document(audits, failures), indent=2, ensure_ascii=True) + "\n"
