"""Command lines as pages and examples print them, run from the top folder."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^#\s+(moeaudit .*)$", re.MULTILINE)


def said(path: Path) -> list[str]:
    """The command that an example names in its comments."""
    return LINE.findall(path.read_text("utf-8"))


def run(line: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", *shlex.split(line)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
