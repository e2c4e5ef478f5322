"""One command line in a process of its own, counted: `python -m tests.guard.probe OUT CACHE WORDS…`.

OUT becomes a JSON object: modules of moeaudit and packages of others that were imported, regular expressions that
moeaudit's code compiled, dataclasses of its own that were processed, and the steps of its code.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import Any

from tests.scaling.steps import TAKEN, count_steps

BETWEEN = ("re", "functools", "tests")
"""Packages through which a call to compile an expression passes."""


def ours(depth: int = 2) -> bool:
    """Whether moeaudit's code asked for it: the first caller outside `BETWEEN`."""
    frame = sys._getframe(depth)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in BETWEEN:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__")).partition(".")[0] == "moeaudit"


def watch(counts: dict[str, int]) -> None:
    """Count different expressions compiled and dataclasses processed from here on."""
    compiler: Any = re._compiler  # type: ignore[attr-defined]
    whole: Any = dataclasses
    known: set[tuple[Any, ...]] = set()
    compile_one, process = compiler.compile, whole._process_class

    def compiled(*given: Any, **named: Any) -> Any:
        if ours():  # threads that want the same one at once may each compile it
            known.add(given[:2])
            counts["regexes"] = len(known)
        return compile_one(*given, **named)

    def processed(kind: type, *given: Any, **named: Any) -> Any:
        counts["dataclasses"] += kind.__module__.partition(".")[0] == "moeaudit"
        return process(kind, *given, **named)

    compiler.compile, whole._process_class = compiled, processed


def packages(before: set[str]) -> list[str]:
    """Top-level packages imported that are neither the standard library's nor moeaudit's."""
    found = {name.partition(".")[0] for name in set(sys.modules) - before}
    return sorted(name for name in found - sys.stdlib_module_names - {"moeaudit", "tests"} if not name.startswith("_"))


def main() -> None:
    _, out, cache, *words = sys.argv
    counts = {"regexes": 0, "dataclasses": 0}
    count_steps(Path(cache))
    watch(counts)
    before = set(sys.modules)
    from moeaudit.__main__ import main as command

    sys.argv = ["moeaudit", *words]
    try:
        code = command()
    except SystemExit as end:
        code = end.code
    modules = sorted(name for name in sys.modules if name.partition(".")[0] == "moeaudit")
    found = {"code": code, "modules": modules, "packages": packages(before), **counts, "steps": TAKEN[0]}
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
