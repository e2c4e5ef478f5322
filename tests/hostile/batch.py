"""Many command lines in one process: each is a fork of it that has everything loaded, measured and bounded by itself.

    python -m tests.hostile.batch JOBS RESULTS

JOBS is a JSON list of [folder, words]; RESULTS gets, for each, its exit code (None where a signal ended it), seconds of
CPU, peak of memory in bytes, and what it wrote. A line that grows without end is ended by the kernel, not by patience.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path
from typing import IO, NamedTuple

CPU, ADDRESSES, WRITTEN = 30, 4_000_000_000, 100_000_000
"""Where a line is ended: seconds, bytes of address space and of a file. Far above what the tests allow, so that a
failure says how much was taken."""

PATIENCE = 300
"""Seconds after which a line that waits, as for a pipe that nobody writes, is ended."""

KEPT = 100_000
"""Characters of stdout and stderr that are reported, each."""


class Ran(NamedTuple):
    """What one command line came to."""

    code: int | None
    cpu: float
    peak: int
    out: str
    err: str


def load() -> None:
    """Everything that commands load when they need it, so that it is loaded once."""
    from moeaudit.cli.app import app  # noqa: F401

    for words in (["inspect", "nowhere"], ["check", "nowhere.md"], ["explain", "nothing"]):
        with contextlib.redirect_stderr(None), contextlib.suppress(SystemExit):
            call(words)
    for name in (
        "moeaudit.claims.models",
        "moeaudit.costs.fleet_models",
        "moeaudit.audits.check",
        "moeaudit.costs.estimate",
        "moeaudit.reports.sections.answer",
        "moeaudit.reports.writers.terminal_table",
        "moeaudit.reports.inspection_json",
    ):
        __import__(name)


def call(words: list[str]) -> None:
    from moeaudit.cli import main

    sys.argv = ["moeaudit", *words]
    main()


def run(folder: str, words: list[str]) -> Ran:
    with tempfile.TemporaryFile("w+b") as out, tempfile.TemporaryFile("w+b") as err:
        child = os.fork()
        if child == 0:
            _one(folder, words, out, err)
        _, status, used = os.wait4(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return Ran(
            code if code >= 0 else None, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, *map(_read, (out, err))
        )


def _one(folder: str, words: list[str], out: IO[bytes], err: IO[bytes]) -> None:
    """In the child, which never comes back."""
    code = 99
    try:
        for what, most in (
            (resource.RLIMIT_CPU, CPU),
            (resource.RLIMIT_AS, ADDRESSES),
            (resource.RLIMIT_FSIZE, WRITTEN),
        ):
            resource.setrlimit(what, (most, most))
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        os.chdir(folder)
        signal.alarm(PATIENCE)
        call(words)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 98
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(KEPT).decode("utf-8", "replace")


def main() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    jobs, results = map(Path, sys.argv[1:])
    load()
    gc.freeze()
    results.write_text(json.dumps([run(*job) for job in json.loads(jobs.read_text())]))


if __name__ == "__main__":
    main()
