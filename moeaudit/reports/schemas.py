"""JSON Schemas of every file that moeaudit reads or writes, generated from the pydantic models."""

from __future__ import annotations

import json
from importlib import import_module

SCHEMAS: dict[str, tuple[str, str]] = {
    "inspection": ("moeaudit.reports.documents", "InspectionDocument"),
}
"""Name → (module, model). One line a file format."""


def schema_text(name: str) -> str:
    """One schema as JSON text (draft 2020-12), deterministic. KeyError where the name is unknown."""
    module, model = SCHEMAS[name]
    document = getattr(import_module(module), model).model_json_schema(by_alias=True)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **document}, indent=2) + "\n"
