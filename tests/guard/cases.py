"""The fixed command lines of the guard, and what one run of each counts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.samples import CONFIG, ID, folder, table
from tests.hub.repos import model_repo
from tests.hub.server import LoopbackHub

ROOT = Path(__file__).resolve().parents[2]
RECORD = Path(__file__).with_name("record.json")

SIZE = {**CONFIG, "num_hidden_layers": 20, "num_experts": 32}
"""Some 2,000 names of tensors."""

SHARDS = 7

CARD = """---
license: apache-2.0
---
# Small MoE

Small MoE has 48B total parameters, of which 3.3B are activated for each token.

| | Small MoE |
|---|---|
| Layers | 20 |
| Routed experts | 32 |
| MMLU | 81.2 |
"""

CONFIG_JSON = ("inspect", "config/config.json", "--offline", "--format", "json")


@dataclass(frozen=True)
class Case:
    """A command line. `hub`: the model comes from the loopback Hub. `repeat`: after a first run, which filled the
    cache. `instructions`: they are counted too, since our own code is the least part of its work.
    `chance`: the share by which its steps differ from run to run, where answers come in any order.
    """

    name: str
    words: Sequence[str]
    hub: bool = False
    repeat: bool = False
    instructions: bool = False
    chance: float = 0.0


OF_A_HUB = ("inspect", ID, "--format", "json", "--depth")

CASES = (
    Case("version", ("--version",), instructions=True),
    Case("config, json", CONFIG_JSON, instructions=True),
    Case("config, text", ("inspect", "config", "--offline")),
    Case("index of a folder", ("inspect", "index", "--depth", "index", "--format", "json")),
    Case("headers of a folder", ("inspect", "headers", "--depth", "headers", "--format", "json")),
    Case("index from a Hub", (*OF_A_HUB, "index"), hub=True, chance=0.1),
    Case("index from a Hub, again", (*OF_A_HUB, "index"), hub=True, repeat=True),
    Case("headers from a Hub", (*OF_A_HUB, "headers"), hub=True, chance=0.1),
    Case("headers from a Hub, again", (*OF_A_HUB, "headers"), hub=True, repeat=True),
    Case("check of a card", ("check", "card/README.md", "--offline", "--format", "json")),
    Case("estimate", ("estimate", "config", "--gpus", "2x8xH200", "--offline", "--format", "json")),
)


def inputs(here: Path) -> Path:
    """A folder with the models of the cases."""
    here.mkdir(exist_ok=True)
    whole = table(SIZE, SHARDS)
    folder(here / "config", SIZE)
    folder(here / "card", SIZE, README__md=CARD)
    folder(here / "headers", SIZE, whole)
    index = folder(here / "index", SIZE, whole)
    for shard in index.glob("*.safetensors"):
        shard.unlink()
    return here


def counted(case: Case, here: Path, cache: Path, waves: Sequence[int] = (), delay: float = 0.0) -> dict[str, Any]:
    """What a run of this case counts, in a new process: see probe.py, and for a Hub what it was asked.

    With `waves` the Hub answers wave by wave; without, after a delay that keeps waves apart on an idle machine.
    """
    home = here / "home"
    shutil.rmtree(home, ignore_errors=True)
    if not case.hub:
        return probed(case.words, here, cache, {"HF_HOME": str(home)})
    with LoopbackHub() as hub:
        hub.add(model_repo(ID, SIZE, table(SIZE, SHARDS), card=CARD))
        environment = {
            "HF_HOME": str(home),
            "HF_ENDPOINT": hub.url,
            "NO_PROXY": "127.0.0.1,localhost",
            "HF_HUB_ETAG_TIMEOUT": "1200",
            "HF_HUB_DOWNLOAD_TIMEOUT": "1200",
        }
        if case.repeat:
            probed(case.words, here, cache, environment)
        before = len(hub.requests), hub.connections, hub.sent
        hub.depths.clear()
        hub.answered, hub.waves, hub.delay = 0, waves, delay
        found = probed(case.words, here, cache, environment)
        came = Counter(hub.depths)
        return {
            **found,
            "requests": len(hub.requests) - before[0],
            "connections": hub.connections - before[1],
            "bytes": hub.sent - before[2],
            "waves": [came[depth] for depth in sorted(came)],
        }


def probed(words: Iterable[str], here: Path, cache: Path, more: Mapping[str, str]) -> dict[str, Any]:
    out = here / "counted.json"
    run([sys.executable, "-m", "tests.guard.probe", str(out), str(cache), *words], here, more)
    found: dict[str, Any] = json.loads(out.read_text())
    assert found.pop("code") in (0, 1), f"moeaudit {' '.join(words)} failed"
    return found


def run(words: Sequence[str], here: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "MOEAUDIT", "PYTHON"))}
    fixed = {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "80"}
    return subprocess.run(words, cwd=here, env={**plain, **fixed, **more}, capture_output=True, text=True, check=True)


def instructions(case: Case, here: Path) -> int:
    """Instructions of the whole command, by valgrind, with everything compiled before."""
    words = [sys.executable, "-m", "moeaudit", *case.words]
    run(words, here, {})
    told = run(["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", *words], here, {})
    found = re.search(r"I\s+refs:\s+([\d,]+)", told.stderr)
    assert found is not None, told.stderr[-2000:]
    return int(found[1].replace(",", ""))


def python() -> str:
    """The minor version, which instructions depend on."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def cannot_count() -> str:
    """Why instructions are not checked here; nothing where they are."""
    if shutil.which("valgrind") is None:
        return "instructions are not checked: valgrind is not installed"
    if python() not in json.loads(RECORD.read_text())["instructions"]:
        return f"instructions are not checked: none are recorded for Python {python()}"
    return ""


MARGINS: Mapping[str, float] = {"steps": 0.05, "bytes": 0.05, "instructions": 0.05}
"""By how much a number may pass what is recorded; the others not at all."""

AGAIN = "If that is meant, record it and show why it is worth it: python -m tests.guard.record"


def risen(case: Case, found: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[str]:
    """Every number of a run that is higher than it may be."""
    return [
        f"{case.name}: {what}"
        for name in recorded
        for what in (
            RISES[name](name, found, recorded) if name in RISES else _number(name, found, recorded, case.chance)
        )
    ]


def _number(name: str, found: Mapping[str, Any], recorded: Mapping[str, Any], chance: float) -> list[str]:
    now, before = found[name], recorded[name]
    margin = MARGINS.get(name, 0.0) + (chance if name == "steps" else 0.0)
    allowed = f", {margin:.0%} more is allowed" if margin else ""
    return [f"{name} rose from {before:,} to {now:,}{allowed}"] if now > before * (1 + margin) else []


def _names(name: str, found: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[str]:
    more = sorted(set(found[name]) - set(recorded[name]))
    count = f"{len(recorded[name])} were recorded, {len(found[name])} are now"
    return [f"{name} imported that were not: {', '.join(more)} ({count})"] if more else []


def _depth(name: str, found: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[str]:
    now, before = len(found[name]), len(recorded[name])
    return [f"dependent round trips rose from {before} to {now}: {found[name]} requests"] if now > before else []


RISES: Mapping[str, Callable[[str, Mapping[str, Any], Mapping[str, Any]], list[str]]] = {
    "modules": _names,
    "packages": _names,
    "waves": _depth,
}
