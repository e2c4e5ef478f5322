"""The Hub that all read from, in a process of its own, as its users see it: how it answers, and what it counted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.models import ROOT, Model


@dataclass(frozen=True)
class Setting:
    """How the Hub answers: seconds before each answer and before the first of a connection; files from elsewhere."""

    name: str
    delay: float = 0.0
    redirect: bool = False
    dial: float = 0.0


SETTINGS = (
    Setting("0 ms"),
    Setting("50 ms", 0.05),
    Setting("50 ms, redirects", 0.05, redirect=True),
    Setting("50 ms, redirects, 100 ms per new connection", 0.05, redirect=True, dial=0.1),
)


class Hub:
    """The Hub's process, as its users see it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.url: str = self._said()["url"]

    def tell(self, model: Model | None, setting: Setting) -> dict[str, Any]:
        """What was counted since the last order."""
        assert self.process.stdin is not None
        order = {"model": model.id if model else None, "setting": asdict(setting)}
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return self._said()

    def _said(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def hub() -> Iterator[Hub]:
    command = (sys.executable, "-m", "benchmarks.serving")
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Hub(process)
        finally:
            process.terminate()
