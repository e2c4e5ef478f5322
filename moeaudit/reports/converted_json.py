"""What the JSON contract says of a converted model (GGUF) beside its counts."""

from __future__ import annotations

from typing import Any

from moeaudit.ledger.gguf import Converted
from moeaudit.ledger.origin import Origin


def converted(made: Converted, origin: Origin | None) -> dict[str, Any]:
    """How it is stored, what it says it was made from, and its origin's counts where that is at hand."""
    return {
        "architecture": made.architecture,
        "name": made.name or None,
        "mix": made.mix or None,
        "bits_per_weight": round(made.whole.bits, 4),
        "stored": {
            component.value: {
                "elements": one.elements,
                "bytes": one.bytes,
                "bits_per_weight": round(one.bits, 4),
                "types": dict(one.types),
            }
            for component, one in made.stored.items()
        },
        "imatrix": dict(made.imatrix),
        "origins": [{"name": one.name or None, "id": one.id} for one in made.origins],
        "origin": origin_json(origin) if origin is not None else None,
    }


def origin_json(origin: Origin) -> dict[str, Any]:
    return {
        "model": origin.model,
        "found": origin.found,
        "rests_on": origin.words,
        "agrees": origin.agrees,
        "components": {
            row.component.value: {"here": row.here, "origin": row.origin, "reason": row.reason or None}
            for row in origin.rows
        },
        "router_types": {"here": origin.router[0] or None, "origin": origin.router[1] or None},
    }
