"""`python -m tests.fuzz NAME --seconds N`: one target for a long time.

With atheris inputs are kept by what they cover; with `--plain`, or without atheris, changes of structure alone. What is
found stands in tests/fuzz/regressions/NAME, once for each kind, and is printed with its trace; the exit code is then 1.
Without a NAME the targets are listed.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

REPORT_SECONDS = 60.0
LONGEST_INPUT = 200_000


def main() -> int:
    asked = arguments()
    os.environ["HF_HUB_OFFLINE"] = "1"
    logging.disable()
    atheris = None if asked.plain or asked.name is None else found_atheris()
    if atheris is not None:  # for as long as it runs: much is imported when it is first used
        atheris.instrument_imports(include=["moeaudit"]).__enter__()
    targets = importlib.import_module("tests.fuzz.targets")
    if asked.name is None:
        print("\n".join(targets.REGISTRY))
        return 0
    run = Run(targets.REGISTRY[asked.name], asked.seconds)
    run.tried_seeds()
    if asked.bounded:
        importlib.import_module("tests.fuzz.execute").confine_memory()
    if atheris is not None:
        return guided(run, atheris, asked.seed)
    while not run.is_over():
        run.one(run.inputs(asked.seed).next())
    return run.ended()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="without atheris")
    parser.add_argument("--unbounded", dest="bounded", action="store_false", help="without a bound on memory")
    return parser.parse_args()


def found_atheris() -> Any:
    try:
        return importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed (pip install -e '.[fuzz]'); going on with --plain", file=sys.stderr)
        return None


class Run:
    """One target, what it came to, and what was already said of it."""

    def __init__(self, target: Any, seconds: float):
        from tests.fuzz.execute import Tally

        self.target, self.tally = target, Tally()
        self.end = time.monotonic() + seconds
        self.next_report = time.monotonic() + REPORT_SECONDS
        self.said: set[str] = set()
        self._inputs: Any = None

    def inputs(self, seed: int) -> Any:
        from tests.fuzz.mutate import Mutator

        if self._inputs is None:
            self._inputs = Mutator(self.target.form, self.target.seeds(), Random(seed), self.target.repair)
        return self._inputs

    def tried_seeds(self) -> None:
        for seed in self.target.seeds():
            self.one(seed)

    def one(self, data: bytes) -> None:
        from tests.fuzz.execute import execute, kept

        if execute(self.target, data, self.tally) and self._inputs is not None:
            self._inputs.keep(data)
        for kind in self.tally.found.keys() - self.said:
            self.said.add(kind)
            fault, trace = self.tally.found[kind]
            print(f"{self.target.name}: {kind}\n  kept as {kept(self.target.name, fault)}\n{trace}", flush=True)
        if time.monotonic() > self.next_report:
            self.next_report = time.monotonic() + REPORT_SECONDS
            print(self.tally.line(self.target.name), flush=True)

    def is_over(self) -> bool:
        return time.monotonic() > self.end

    def ended(self) -> int:
        print(f"end: {self.tally.line(self.target.name)}", flush=True)
        return 1 if self.tally.found else 0


def guided(run: Run, atheris: Any, seed: int) -> int:
    """atheris chooses what to change by what it covers; the changes are ours, mostly. It never comes back."""
    inputs = run.inputs(seed)

    def one(data: bytes) -> None:
        run.one(data)
        if run.is_over():
            code = run.ended()
            sys.stdout.flush()
            os._exit(code)

    def changed(data: bytes, most: int, number: int) -> bytes:
        inputs.rng.seed(number)
        if inputs.rng.random() < 0.1:
            return bytes(atheris.Mutate(data, most))
        try:
            return bytes(inputs.next() if len(data) < 2 else inputs.changed(data))[:most]
        except (UnicodeError, RecursionError, MemoryError):
            return bytes(inputs.next())[:most]

    with TemporaryDirectory(prefix="moeaudit-fuzz-corpus-") as folder:
        for number, data in enumerate(inputs.seeds):
            Path(folder, f"{number:03d}").write_bytes(data)
        flags = [f"-max_len={LONGEST_INPUT}", f"-seed={seed}", "-timeout=600", "-rss_limit_mb=0", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *flags, folder], one, custom_mutator=changed)
        atheris.Fuzz()
    return run.ended()


if __name__ == "__main__":
    sys.exit(main())
