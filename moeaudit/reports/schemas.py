"""JSON Schemas of every file that moeaudit reads or writes, generated from the models that read or describe them."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

SCHEMAS: dict[str, str] = {
    "check": "moeaudit.reports.documents:CheckDocument",
    "claims": "moeaudit.claims.models:ClaimFile",
    "evidence": "moeaudit.evidence.schema:EvidenceDocument",
    "estimate": "moeaudit.reports.estimate_document:EstimateDocument",
    "fleet": "moeaudit.costs.fleet_models:FleetFile",
    "inspection": "moeaudit.reports.documents:InspectionDocument",
    "packet": "moeaudit.reports.packet.schema:PacketDocument",
    "spec": "moeaudit.architecture.spec_schema:spec_schema",
}
"""Name → "module:what": a pydantic model, or a function that returns a schema. One line a file format."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTITY = "urn:moeaudit:schema:{name}:v1"
"""A name, no address: a schema is had from `moeaudit schema NAME`, offline too."""


def schema_text(name: str) -> str:
    """One schema as JSON text (draft 2020-12), deterministic. KeyError where the name is unknown."""
    module, what = SCHEMAS[name].split(":")
    source: Any = getattr(import_module(module), what)
    document: dict[str, Any] = (
        source.model_json_schema(by_alias=True) if hasattr(source, "model_json_schema") else source()
    )
    return json.dumps({"$schema": DIALECT, "$id": IDENTITY.format(name=name), **document}, indent=2) + "\n"
