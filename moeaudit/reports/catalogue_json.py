"""The check of a catalogue as JSON: the check's document, with the catalogue's own part."""

from __future__ import annotations

import json
from typing import Any

from moeaudit.checks.differences import CatalogueAudit, Difference
from moeaudit.claims.catalogues import Record
from moeaudit.errors import Place
from moeaudit.reports.check_json import document


def render(found: CatalogueAudit) -> str:
    """The check's document, with the catalogue's own part."""
    whole: dict[str, Any] = document(found.audits)
    whole["catalogue"] = {
        "files": found.files,
        "records": found.records,
        "checked": found.checked,
        "differences": [_difference(one) for one in found.differences],
        "unread": [{"location": _location(one.place), "reason": one.reason} for one in found.unread],
        "without_evidence": [_record(one) for one in found.without],
    }
    return json.dumps(whole, indent=2, ensure_ascii=True) + "\n"


def _difference(one: Difference) -> dict[str, Any]:
    claim, judgement = one.statement.claim, one.statement.judgement
    return {
        "record": _record(one.record),
        "records": one.records,
        "model": one.hub.id,
        "model_stated": one.hub.stated,
        "path": claim.path,
        "catalogue": claim.printed,
        "evidence": one.finding.derived,
        "fits": dict(judgement.fits),
        "finding": one.finding.fingerprint,
        "location": _location(claim.location),
    }


def _record(one: Record) -> dict[str, Any]:
    return {
        "catalogue": one.catalogue,
        "id": one.model_id,
        "hub_ids": [hub.id for hub in one.hub_ids],
        "url": one.url or None,
        "location": _location(one.place) if one.place is not None else None,
    }


def _location(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column, "path": place.path}
