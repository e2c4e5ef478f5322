"""One command as one process: what it took."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.models import ROOT

SPAWN = """
import os, sys, time
start = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""
"""A small process in between: the peak that Linux reports for a child includes its parent's size at the start."""

KIB = 1 if platform.system() == "Darwin" else 1024
"""Bytes in a unit of ru_maxrss."""

MOEAUDIT = (sys.executable, "-m", "moeaudit")


class FailedError(Exception):
    """The process ended with an error: its code and last line."""


class Took(NamedTuple):
    """Seconds by the clock and of CPU (user and system), most memory in MB, and what it said on standard error."""

    wall: float
    cpu: float
    peak: float
    said: str


def environment(**more: str) -> dict[str, str]:
    """Of every process measured: compiled modules are kept, as they are for users."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith(("HF_", "HUGGING"))
    }
    return {**kept, "COLUMNS": "80", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "127.0.0.1,localhost", **more}


def run(command: Sequence[str], environment: Mapping[str, str], root: Path = ROOT) -> Took:
    """Once, with `root` as the current folder. Exit code 1 says that there are findings."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", SPAWN, *command],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu, peak, code = done.stdout.split()
    if int(code) not in (0, 1) or "Traceback" in done.stderr:
        raise FailedError(f"exit code {code}: {' '.join(done.stderr.splitlines()[-1:])[:200]}")
    return Took(float(wall), float(cpu), int(peak) * KIB / 1e6, done.stderr)


def instructions(command: Sequence[str], environment: Mapping[str, str], root: Path = ROOT) -> int | None:
    """Instructions of one run with a fixed hash seed, by valgrind; None where that is not there. The same command
    comes within a thousandth of it again, whatever else the machine does."""
    if shutil.which("valgrind") is None:
        return None
    counting = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    said = subprocess.run(
        counting, env={**environment, "PYTHONHASHSEED": "0"}, cwd=root, capture_output=True, text=True, check=False
    ).stderr
    found = re.search(r"Collected : (\d+)", said)
    return int(found[1]) if found else None
