"""One change, tried: a copy of the project with it, the chosen tests, the first failure."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tools.mutation.covering import chosen
from tools.mutation.sample import ROOT, Mutant

SPARE = 90
"""Seconds beyond twice the budget, for imports and collection, before a change counts as one that never ends."""


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

    def tried(self, mutant: Mutant, budget: float) -> Result:
        tests = chosen(mutant, budget)
        path, began = self.folder / mutant.path, time.monotonic()
        try:
            self._write(path, mutant.applied())
            verdict, by = self._run(tests, budget)
        finally:
            self._write(path, (ROOT / mutant.path).read_bytes())
        return Result(verdict, by, len(tests), round(time.monotonic() - began, 1))

    def _write(self, path: Path, content: bytes) -> None:
        """With a time of its own: byte code is kept by second and size, and both may be the same."""
        self._clock += 2
        path.write_bytes(content)
        os.utime(path, (self._clock, self._clock))

    def _run(self, tests: list[str], budget: float) -> tuple[Verdict, str]:
        if not tests:
            return Verdict.UNTRIED, "no test runs near it"
        listed = self.folder / "mutation-tests.json"
        listed.write_text(json.dumps(tests))
        command = [
            sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "--no-header", "-p", "tools.mutation.chosen",
            "-p", "no:cacheprovider", "--hypothesis-seed=0", *dict.fromkeys(test.split("::")[0] for test in tests),
        ]  # fmt: skip
        told = os.environ | {"PYTHONPATH": str(self.folder), "MUTATION_TESTS": str(listed)}
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=told,
                capture_output=True,
                text=True,
                timeout=2 * budget + SPARE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Verdict.TIMEOUT, ""
        shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)
        return _read(done)


def _read(done: subprocess.CompletedProcess[str]) -> tuple[Verdict, str]:
    failed = re.search(r"^(?:FAILED|ERROR) (\S.*?)(?: - |$)", done.stdout, re.M)
    if done.returncode == 0:
        return Verdict.SURVIVED, ""
    if done.returncode in {1, 2, 3, 4}:  # 2 to 4: it cannot even be collected
        return Verdict.KILLED, failed[1] if failed else f"pytest ends with {done.returncode}"
    return Verdict.UNTRIED, f"pytest ends with {done.returncode}: {(done.stdout + done.stderr)[-200:]!r}"
