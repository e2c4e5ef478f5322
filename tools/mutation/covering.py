"""Which tests run a line, and how long each takes: the suite once, with coverage contexts, or with marks in the files
of a sample."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from coverage import CoverageData

from tools.mutation.kinds import Edit
from tools.mutation.sample import ROOT, Mutant

FOLDER = ROOT / "out" / "mutation"
LEFT_OUT = ("tests/guard", "tests/scaling", "tests/cli_check/test_action.py", "tests/cli_check/test_pre_commit.py")
"""Tests that count steps, or install packages: they would notice nearly any change, or take minutes over each."""

QUICK = 1.0
"""Seconds that all cases of a test function take at most where they are not parted."""

RUN = "[run]\nsource = moeaudit\nbranch = false\n"
ROOMS_TESTS = {
    "reports": ("tests/cli", "tests/cli_check", "tests/packet", "tests/packet_bom", "tests/packet_pictures"),
    "audits": ("tests/cli", "tests/cli_check", "tests/packet"),
    "cli": ("tests/cli", "tests/cli_check", "tests/packet", "tests/outputs"),
    "costs/data": ("tests/costs",),
}
"""Where what no test is seen to run may be noticed; other rooms have a folder of their own name."""


def measure(jobs: int, paths: tuple[str, ...], files: Iterable[str] = ()) -> int:
    """Run tests with contexts and durations; gives pytest's exit code. With `paths` only these are measured anew; with
    `files` only what runs in them is marked, at the tests' own speed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = sorted(set(files))
    name = "map" if not paths else f"map-{Random(' '.join(paths)).randrange(10**6)}"
    command = [sys.executable, "-m", "pytest", "-n", str(jobs), "-p", "tools.mutation.chosen", "-p", "no:cacheprovider"]
    told = {"MUTATION_TIMES": str(FOLDER / f"{name}.json")}
    if not paths:
        for old in FOLDER.glob("map*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    if files:
        (FOLDER / "probed.json").write_text(json.dumps(files))
        told |= {"MUTATION_PROBED": str(FOLDER / "probed.json"), "MUTATION_SEEN": str(FOLDER / f"{name}.seen")}
        command += ["-p", "tools.mutation.probes"]
    else:
        (FOLDER / "coveragerc").write_text(RUN)
        told["COVERAGE_FILE"] = str(FOLDER / f"{name}.coverage")
        command += ["--cov=moeaudit", f"--cov-config={FOLDER / 'coveragerc'}", "--cov-context=test", "--cov-report="]
    command += [*paths, *(part for one in LEFT_OUT for part in ("--ignore", one))]
    return subprocess.run(command, cwd=ROOT, env=os.environ | told, check=False).returncode


@dataclass
class Map:
    """Tests by file and line, with their seconds and how many lines each runs in all."""

    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    breadth: Counter[str] = field(default_factory=Counter)

    def of(self, path: str, edit: Edit) -> set[str]:
        """Tests that run the lines of a change in a function; none for what runs on import."""
        if not edit.inside:
            return set()
        first, last = edit.lines
        known = self.lines.get(path, {})
        return set().union(*(known.get(line, ()) for line in range(first, last + 1)))

    def of_file(self, path: str) -> set[str]:
        return set().union(*self.lines.get(path, {}).values())


@cache
def read() -> Map:
    """The map as measured, kept as it was put together last. Tests that failed are no part of it."""
    sources = [(path.name, path.stat().st_mtime_ns) for path in sorted(FOLDER.glob("map*.*"))]
    kept = FOLDER / "together.pickle"
    if kept.is_file():
        of, made = pickle.loads(kept.read_bytes())
        if of == sources:
            return made  # type: ignore[no-any-return]
    made = _together()
    kept.write_bytes(pickle.dumps((sources, made)))
    return made


def _together() -> Map:
    made = Map()
    for times in sorted(FOLDER.glob("map*.json"), key=lambda path: path.stat().st_mtime):
        made.seconds |= json.loads(times.read_text())
    for stored in sorted(FOLDER.glob("map*.coverage")):
        data = CoverageData(str(stored))
        data.read()
        for path in data.measured_files():
            _take(made, data, path)
    for told in sorted(FOLDER.glob("map*.seen/*.json")):
        _take_marks(made, json.loads(told.read_text()))
    return made


def _take_marks(made: Map, told: dict[str, Any]) -> None:
    """What one process of the tests says: every place with its lines, and the places that each test ran."""
    for test, ran in told["seen"].items():
        if test in made.seconds:
            for path, first, last in map(told["places"].__getitem__, ran):
                of_file = made.lines.setdefault(path, {})
                for line in range(first, last + 1):
                    of_file.setdefault(line, set()).add(sys.intern(test))
            made.breadth[test] += len(ran)


def _take(made: Map, data: CoverageData, path: str) -> None:
    of_file = made.lines.setdefault(Path(path).relative_to(ROOT).as_posix(), {})
    for line, contexts in data.contexts_by_lineno(path).items():
        found = {sys.intern(context.rpartition("|")[0]) for context in contexts} & made.seconds.keys()
        of_file.setdefault(line, set()).update(found)
        made.breadth.update(found)


def chosen(mutant: Mutant, budget: float, seed: int = 0) -> list[str]:
    """Tests in the order in which they are tried, `budget` seconds of them: those that run the line, then those that
    run another line of its file, then the room's. Of each group one case of every test function comes first (all of
    them where they are quick), the narrowest functions before the broad."""
    known, left = read(), budget
    folders = ROOMS_TESTS.get(mutant.room, (f"tests/{mutant.room}",))
    room = {test for test in known.seconds if test.startswith(tuple(f"{folder}/" for folder in folders))}
    groups = [known.of(mutant.path, mutant.edit), known.of_file(mutant.path) if mutant.path.endswith(".py") else set()]
    result: dict[str, None] = {}
    for group in (*groups, room):
        for test in _ordered(group, known, Random(seed)):
            if test not in result and left > 0:
                result[test] = None
                left -= known.seconds[test] + 0.01
    return list(result)


def _ordered(tests: set[str], known: Map, draw: Random) -> list[str]:
    by_function: dict[str, list[str]] = defaultdict(list)
    for test in sorted(tests):
        by_function[test.split("[")[0]].append(test)
    for cases in by_function.values():
        draw.shuffle(cases)
    narrow = sorted(by_function.values(), key=lambda cases: sum(known.breadth[test] for test in cases) / len(cases))
    parted = [_parted(cases, known) for cases in narrow]
    rounds = [[turns[at] for turns in parted if at < len(turns)] for at in range(max(map(len, parted), default=0))]
    return [test for one in rounds for turn in one for test in turn]


def _parted(cases: list[str], known: Map) -> list[list[str]]:
    """The cases of a function one by one; together where they are quick, as those of a table of data."""
    return [cases] if sum(known.seconds[test] for test in cases) <= QUICK else [[test] for test in cases]
