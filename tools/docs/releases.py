"""What docs/families.md says of the releases of transformers that recordings were compared with
(`tools/record/families.py --compare`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RELEASES = Path(__file__).resolve().parents[2] / "tests/architecture/releases.json"


def outcomes() -> dict[str, Any]:
    """What was compared, by release and type."""
    kept: dict[str, Any] = json.loads(RELEASES.read_text())
    return kept


def by_number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def all_compared(recordings: dict[str, Any], kept: dict[str, Any]) -> str:
    """How many types each other release builds the same."""
    said = []
    for release, types in kept.items():
        others = {name: one for name, one in types.items() if recordings[name]["transformers"] != release}
        known = [one for one in others.values() if one["known"]]
        same = [one["compared"] for one in known if not one["differences"]]
        if known:
            said.append(
                f"{release} knows {len(known)} of {len(others)} types, and builds {len(same)} of them the same in all "
                f"of their {sum(same):,} configurations"
            )
    return "; ".join(said)


def compared(model_type: str, recording: dict[str, Any], kept: dict[str, Any]) -> str:
    """What other releases than the recording's build, and what it builds itself where they differ."""
    own = recording["transformers"]
    said = [f"recorded with transformers {own}"]
    for release, types in kept.items():
        one = types.get(model_type)
        if release == own or one is None:
            continue
        if not one["known"]:
            said.append(f"{release} does not know the type")
        elif not one["differences"]:
            said.append(f"{release} builds the same in all {one['compared']} configurations")
        for difference in one.get("differences", ()) if one["known"] else ():
            own_side = kept.get(own, {}).get(model_type, {}).get("differences", ())
            here = next((other for other in own_side if other["change"] == difference["change"]), None)
            fields = ", ".join(f"`{path}`" for path in difference["change"]) or "the reference"
            said.append(
                f"with {fields}, {release} {stores(difference)}"
                + (f" and {own} {stores(here)}" if here else "")
                + f" (in {difference['configurations']} of {one['compared']} configurations)"
            )
    return "; ".join(said)


def stores(difference: Mapping[str, Any]) -> str:
    """What a release stores more and less than without a change."""
    if "refused" in difference:
        return "refuses the config"
    more, less = (", ".join(f"`{name}`" for name in difference[side]) for side in ("more", "less"))
    words = [f"stores {more} too"] * bool(more) + [f"no longer stores {less}"] * bool(less)
    return " and ".join(words) or "stores nothing else"
