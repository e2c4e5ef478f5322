"""Readers of one model from the Hub in alternation: counted by the Hub, timed by their processes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.hub import SETTINGS, Hub, Setting
from benchmarks.models import DEEPSEEK, MODELS, Model
from benchmarks.processes import FailedError, environment, run
from benchmarks.readers import Reader
from benchmarks.results import Run


@dataclass(frozen=True)
class Plan:
    """A model under a setting."""

    model: Model
    setting: Setting

    @property
    def title(self) -> str:
        return f"{self.model.name}, {self.setting.name}"


REDIRECTS = SETTINGS[2]
PLANS = (
    *(Plan(DEEPSEEK, setting) for setting in SETTINGS),
    *(Plan(model, REDIRECTS) for model in MODELS if model is not DEEPSEEK),
)
QUICK = tuple(plan for plan in PLANS if plan.model is DEEPSEEK and plan.setting in (SETTINGS[0], REDIRECTS))


def measure(
    plan: Plan, readers: Sequence[Reader], server: Hub, rounds: int
) -> tuple[dict[str, list[Run]], dict[str, str]]:
    """Runs by reader, and why some have none. One round before is not counted: it fills the Hub's answers and the
    machine's file cache. Each round begins with another reader."""
    runs: dict[str, list[Run]] = {name: [] for reader in readers for name in reader.names()}
    failed: dict[str, str] = {}
    for number in range(-1, rounds):
        for place in range(len(readers)):
            reader = readers[(number + place) % len(readers)]
            if reader.name in failed:
                continue
            try:
                found = _run(reader, plan, server)
            except FailedError as failure:
                failed |= dict.fromkeys(reader.names(), str(failure))
                continue
            for name, figures in zip(reader.names(), found, strict=True):
                runs[name] += [figures] * (number >= 0)
    return runs, failed


def _run(reader: Reader, plan: Plan, server: Hub) -> list[Run]:
    """Cold, and with what that kept where it is asked for."""
    found: list[Run] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        for _ in reader.names():
            server.tell(plan.model, plan.setting)
            took = run((*reader.command, plan.model.id), environment(HF_ENDPOINT=server.url, HF_HOME=home))
            counted = server.tell(None, plan.setting)
            found.append({**counted, "cpu": took.cpu, "wall": took.wall, "peak": took.peak})
    return found
