"""Records what transformers makes of heads that do not divide a width: `python tools/record/heads.py`.

For every recorded type, and every section with heads in it, the small reference is built with seven of them. Writes
tests/architecture/heads.json: elements where it builds, the error's name where it refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from build import Built
from families import REFUSALS, TARGET
from perturb import applied

WRITTEN = Path(__file__).resolve().parents[2] / "tests/architecture/heads.json"
NAMES = ("num_attention_heads", "num_heads", "n_heads", "encoder_attention_heads", "decoder_attention_heads")
HEADS = 7
"""Divides no width of the references."""


def fields(section: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Every field that says how many heads there are, with its path."""
    for name, value in section.items():
        if isinstance(value, Mapping):
            yield from fields(value, f"{path}{name}.")
        elif name in NAMES and isinstance(value, int):
            yield f"{path}{name}"


def made(config: dict[str, Any], path: str) -> int | str:
    try:
        return Built(applied(config, {path: HEADS})).total
    except REFUSALS as error:
        return type(error).__name__


def main() -> None:
    found = {}
    for file in sorted(TARGET.glob("*.json")):
        recording = json.loads(file.read_text())
        config = applied(recording["config"], recording["small"]["change"])
        found.update({f"{file.stem} {path}": made(config, path) for path in fields(config)})
    WRITTEN.write_text(json.dumps(found, indent=0) + "\n")


if __name__ == "__main__":
    main()
