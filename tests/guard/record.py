"""Record what the guard holds: `python -m tests.guard.record` shows old and new, and writes tests/guard/record.json.

On an idle machine: only here the Hub tells dependent round trips apart by time.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.guard.cases import CASES, RECORD, Case, counted, inputs, instructions, python

DELAY = 1.0
"""Seconds before each answer of the Hub: longer than it takes to ask for everything that depends on the last."""


def measured(case: Case, here: Path, cache: Path) -> dict[str, Any]:
    """Counted again wave by wave, as the test does, so that the same is counted."""
    if not case.hub:
        return counted(case, here, cache)
    waves = counted(case, here, cache, delay=DELAY)["waves"]
    return counted(case, here, cache, waves)


def shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(len(value)) if isinstance(value, list) else "–"


def lines(name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    for key, now in new.items():
        before = old.get(key)
        mark = "" if before == now else " *"
        print(f"{name:28} {key:14} {shown(before):>14} → {shown(now):>14}{mark}")
        if isinstance(now, list) and isinstance(before, list) and all(isinstance(one, str) for one in (*now, *before)):
            for sign, these, those in (("+", now, before), ("-", before, now)):
                print("".join(f"{'':30}{sign}{one}\n" for one in these if one not in those), end="")


def written(record: dict[str, Any]) -> str:
    """JSON with one line for each number and list of names."""
    cases = ",\n".join(
        f"  {json.dumps(name)}: {{\n" + ",\n".join(f"   {json.dumps(key)}: {json.dumps(one[key])}" for key in one) + "}"
        for name, one in record["cases"].items()
    )
    return f'{{"cases": {{\n{cases}}},\n "instructions": {json.dumps(record["instructions"], sort_keys=True)}}}\n'


def main() -> None:
    old = json.loads(RECORD.read_text()) if RECORD.exists() else {"cases": {}, "instructions": {}}
    new: dict[str, Any] = {"cases": {}, "instructions": dict(old["instructions"])}
    with tempfile.TemporaryDirectory() as folder:
        here, cache = inputs(Path(folder) / "models"), Path(folder) / "cache"
        for case in CASES:
            new["cases"][case.name] = measured(case, here, cache)
            lines(case.name, old["cases"].get(case.name, {}), new["cases"][case.name])
        if shutil.which("valgrind"):
            mine = new["instructions"][python()] = {
                case.name: instructions(case, here) for case in CASES if case.instructions
            }
            lines(f"Python {python()}", old["instructions"].get(python(), {}), mine)
        else:
            print("valgrind is not installed: instructions stay as recorded")
    RECORD.write_text(written(new))


if __name__ == "__main__":
    main()
