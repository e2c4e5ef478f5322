"""Packets as the contract knows them: one digest for each part of moeaudit/packet/v1, so that no field goes unseen.

`golden.json` was recorded from the packets that 0.1.0 wrote of the five recorded models. It is written anew only where
a figure is meant to change, and the change is then told in changelog.d/:

    python -m tests.packet.golden FOLDER > tests/packet/golden.json     # of FOLDER/NAME.json, packets as written
    python -m tests.packet.golden > tests/packet/golden.json            # of the packets that this version makes
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from moeaudit.audits.packet import gathered
from moeaudit.reports.packet.document import render
from moeaudit.reports.packet.inputs import Asked, Inputs, make
from moeaudit.reports.packet.verify import by_name
from tests.packet_pictures.samples import CLAIMS, FLEETS, ROOT

FILE = Path(__file__).with_suffix(".json")
DATE = "2026-01-01"

MADE = ("appendix.version", "appendix.command", "appendix.date", "inputs.command", "inputs.date")
"""They say how a packet was made, and are no part of what it holds."""

LATER = ("fleets", "estimates.verdict", "inputs.asked.beside", "inputs.asked.currency")
"""What came after 0.1.0: it has its own tests. Also new is one more of `estimates.layouts`, the one that takes most
requests, where it is none of those that come first: with it those of DeepSeek-V3 and Kimi K2 were recorded anew."""

DEEP = ("summary", "architecture", "denominators", "claims", "findings", "estimates", "obligations")
"""Sections whose parts have a digest each; the others have one."""


def written(name: str) -> dict[str, Any]:
    """The packet of a recorded model on its fleet, as `moeaudit packet --format json` writes it."""
    asked = Asked(gpus=FLEETS[name], training_tokens="10T")
    with chdir(ROOT):
        path = str(CLAIMS.relative_to(ROOT) / f"{name}.claims.yaml")
        inputs = gathered(Inputs("", asked=asked), [path], None, revision=None, offline=True)
    inputs = replace(inputs, date=DATE)
    return dict(json.loads(render(make(inputs), inputs)))


def digests(packet: Mapping[str, Any]) -> dict[str, str]:
    """Path of a part → its digest: the fields of a section, the items of a list by their names."""
    kept = without(packet, "", {*LATER, *MADE})
    return {path: sha256(json.dumps(value).encode()).hexdigest()[:12] for path, value in parts(rounded(kept))}


def without(found: Mapping[str, Any], path: str, left_out: set[str]) -> dict[str, Any]:
    """A table and those in it without what stands at some paths."""
    return {
        key: without(value, f"{path}{key}.", left_out) if isinstance(value, dict) else value
        for key, value in found.items()
        if f"{path}{key}" not in left_out
    }


def parts(packet: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every section, or its parts. Keys stay in their order: it is what a reader sees."""
    for name, section in packet.items():
        if name in DEEP and isinstance(section, dict):
            yield from ((f"{name}.{key}", value) for key, value in section.items())
        elif name in DEEP and isinstance(section, list):
            yield name, len(section)
            yield from ((f"{name}[{key}]", value) for key, value in by_name(section).items())
        else:
            yield name, section


def rounded(value: Any) -> Any:
    """Floats to nine figures: the last ones differ between machines."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


def recorded(folder: Path | None) -> dict[str, dict[str, str]]:
    """Digests by model, of packets in a folder or of those made now."""
    return {
        name: digests(json.loads((folder / f"{name}.json").read_text("utf-8")) if folder else written(name))
        for name in FLEETS
    }


if __name__ == "__main__":
    print(json.dumps(recorded(Path(sys.argv[1]) if len(sys.argv) > 1 else None), indent=1))
