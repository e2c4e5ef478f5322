"""One change, tried: a copy of the project with it, the chosen tests, the first failure."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tools.mutation import covering
from tools.mutation.sample import ROOT, Mutant

SPARE = 120
"""Seconds of the processor beyond three times the tests' own, for imports and collection, before a change counts as
one that never ends."""

FIRST = 5.0, 8
"""Seconds and files of tests that are tried first: most changes are noticed by those, and few files are collected."""


class Verdict(StrEnum):
    KILLED = "killed"
    TIMEOUT = "killed: never ends"
    SURVIVED = "survived"
    UNTRIED = "untried"


@dataclass(frozen=True)
class Result:
    """What became of a change: by which test, of how many, in how many seconds."""

    verdict: Verdict
    by: str
    tests: int
    seconds: float


class Copy:
    """A copy of the project's files, one for each job, in which one file at a time is changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._clock = int(time.time())
        shutil.rmtree(folder, ignore_errors=True)
        told = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.check_output(told, cwd=ROOT, text=True).split("\0"):
            if name and (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tools.mutation.server"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        if self._server.stdin:
            self._server.stdin.close()
        self._server.wait()

    def tried(self, mutant: Mutant, budget: float) -> Result:
        tests = covering.chosen(mutant, budget)
        path, began = self.folder / mutant.path, time.monotonic()
        try:
            self._write(path, mutant.applied())
            verdict, by = self._rounds(tests)
        finally:
            self._write(path, (ROOT / mutant.path).read_bytes())
        return Result(verdict, by, len(tests), round(time.monotonic() - began, 1))

    def _write(self, path: Path, content: bytes) -> None:
        """With a time of its own: byte code is kept by second and size, and both may be the same."""
        self._clock += 2
        path.write_bytes(content)
        os.utime(path, (self._clock, self._clock))

    def _rounds(self, tests: list[str]) -> tuple[Verdict, str]:
        end: tuple[Verdict, str] = Verdict.UNTRIED, "no test runs near it"
        for some in rounds(tests):
            end = self._run(some)
            if end[0] is not Verdict.SURVIVED:
                break
        return end

    def _run(self, tests: list[str]) -> tuple[Verdict, str]:
        listed = self.folder / "mutation-tests.json"
        listed.write_text(json.dumps(tests))
        args = ["-x", "-q", "--tb=no", "--no-header", "-p", "tools.mutation.chosen", "-p", "no:cacheprovider"]
        args += ["-p", "no:xdist", "--hypothesis-seed=0", *dict.fromkeys(test.split("::")[0] for test in tests)]
        seconds = 3 * sum(covering.read().seconds[test] for test in tests) + SPARE
        assert self._server.stdin and self._server.stdout
        asked = {"args": args, "env": {"MUTATION_TESTS": str(listed)}, "seconds": seconds}
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)
        return _read(answer)


def rounds(tests: list[str]) -> Iterator[list[str]]:
    """The first few seconds of tests from a few files, then the rest."""
    seconds, most = FIRST
    first, files = [], set[str]()
    for test in tests:
        seconds -= covering.read().seconds[test]
        files.add(test.split("::")[0])
        if first and (seconds < 0 or len(files) > most):
            break
        first.append(test)
    yield from (some for some in (first, tests[len(first) :]) if some)


def _read(answer: dict[str, Any]) -> tuple[Verdict, str]:
    code, out = answer["code"], answer["out"]
    if code is None:
        return Verdict.TIMEOUT, ""
    if code == 0:
        return Verdict.SURVIVED, ""
    failed = re.search(r"^(?:FAILED|ERROR) (\S.*?)(?: - |$)", out, re.M)
    if code in {1, 2, 4}:  # 2 and 4: it cannot even be collected; 3 is a fault of pytest's own, and proves nothing
        return Verdict.KILLED, failed[1] if failed else f"pytest ends with {code}"
    return Verdict.UNTRIED, f"pytest ends with {code}: {out[-200:]!r}"
