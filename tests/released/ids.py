"""What other programs and people name: ids, keys and fields, of the code that runs.

A release keeps its own (`python -m tests.released.ids > tests/released/0.2.0.json`), and the tests hold every later
version to it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"


def ids(schemas: Path = SCHEMAS) -> dict[str, list[str]]:
    """By kind, each sorted."""
    from moeaudit.checks.finding import Confidence, Outcome, Severity
    from moeaudit.checks.registry import RULES
    from moeaudit.checks.status import ItemStatus
    from moeaudit.claims.checklist import DEPLOYMENT_ITEMS, EVALUATION_ITEMS, FIELDS, ITEMS
    from moeaudit.claims.claim import Origin, SourceKind
    from moeaudit.claims.verdicts import MEANINGS
    from moeaudit.costs.devices import catalogue
    from moeaudit.costs.engines.read import names
    from moeaudit.evidence.model import Source
    from moeaudit.evidence.recorded import recorded_ids
    from moeaudit.ledger.denominators import DENOMINATORS
    from moeaudit.vocabulary import Basis, Component

    enums = (Severity, Confidence, Outcome, ItemStatus, Origin, SourceKind, Source, Basis, Component)
    found: dict[str, list[str]] = {
        "rules": sorted(RULES),
        "denominators": sorted(DENOMINATORS),
        "verdicts": sorted(verdict.value for verdict in MEANINGS),
        "checklist": sorted(f"{item.id} {item.path}" for item in ITEMS),
        "claim-file": sorted({*FIELDS, *(f"deployment.{name}" for name in DEPLOYMENT_ITEMS),
                              *(f"evaluations.{name}" for name in EVALUATION_ITEMS)}),
        "devices": sorted({name for device in catalogue() for name in (device.name, *device.aliases)}),
        "engines": sorted(names()),
        "models": sorted(recorded_ids()),
        **{one.__name__: sorted(str(member.value) for member in one) for one in enums},
    }  # fmt: skip
    for path in sorted(schemas.glob("*.schema.json")):
        schema = json.loads(path.read_text())
        found[f"{path.name.partition('.')[0]}.json"] = sorted(set(fields(schema, schema)))
    return found


def fields(
    schema: Mapping[str, Any], root: Mapping[str, Any], at: str = "", seen: tuple[str, ...] = ()
) -> Iterator[str]:
    """Every property of a JSON Schema as its path; `[]` for the items of a list, `*` for keys of any name."""
    reference = schema.get("$ref")
    if reference is not None:
        if reference in seen:
            return
        inner: Any = root
        for step in reference.removeprefix("#/").split("/"):
            inner = inner[step]
        yield from fields(inner, root, at, (*seen, reference))
    for key in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(key, ()):
            yield from fields(one, root, at, seen)
    for name, inner in schema.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        yield path
        yield from fields(inner, root, path, seen)
    for key, sign in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(schema.get(key), Mapping):
            yield from fields(schema[key], root, at + sign, seen)
    for one in schema.get("prefixItems", ()):
        yield from fields(one, root, f"{at}[]", seen)


if __name__ == "__main__":
    json.dump(ids(), sys.stdout, indent=1)
    print()
