"""Commands without a network, in alternation with what nobody can undercut: Python itself, typer, reading the JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.models import DEEPSEEK, ROOT, lay_out
from benchmarks.peers import META, Installed
from benchmarks.processes import MOEAUDIT, FailedError, environment, instructions, run
from benchmarks.results import Run

PASS, TYPER, JSON_TYPER = "`python -c pass`", "`import typer`", "`json.load` of the index, and `import typer`"
CONFIG, INDEX = "`inspect config.json`", "`inspect` a folder with index"
HEADERS = "`inspect` a folder, `--depth headers`"
SEARCH = "`estimate --gpus 64x8xH200`"
WORK = "the same, beyond imports"
ON_META, TORCH = "transformers on the meta device, same config", "of which `import torch, transformers`"
OTHER = ", other checkout"

META_CALL = """
import sys, torch
from transformers import AutoConfig, AutoModelForCausalLM
config = AutoConfig.from_pretrained(sys.argv[1])
with torch.device("meta"):
    model = AutoModelForCausalLM.from_config(config)
print(sum(parameter.numel() for parameter in model.parameters()))
"""

LOADED = """
import sys
from moeaudit.__main__ import main
try:
    main()
finally:
    print("LOADED", *(name for name in sys.modules if name != "__main__"), file=sys.stderr)
"""
BEYOND = """
import contextlib, importlib, sys, time
names, sys.argv[1:] = sys.argv[1].split(","), sys.argv[2:]
for name in names:
    with contextlib.suppress(Exception):
        importlib.import_module(name)
from moeaudit.__main__ import main
start = time.process_time()
try:
    main()
finally:
    print("SECONDS", time.process_time() - start, file=sys.stderr)
"""


@dataclass(frozen=True)
class Case:
    """A command line, run at `root`. `counted`: its instructions as well; `timed`: it says its own CPU seconds."""

    name: str
    command: Sequence[str]
    root: Path = ROOT
    counted: bool = True
    timed: bool = False


def cases(folder: Path, peers: Installed, other: Path | None = None) -> list[Case]:
    """All of them; the model is laid out below `folder`. `other`: a checkout whose commands run beside ours."""
    shards, index = lay_out(DEEPSEEK, folder / "shards"), lay_out(DEEPSEEK, folder / "index", weights=False)
    fixture = str(ROOT / "fixtures/deepseek-ai--DeepSeek-V3.evidence.json")
    config, card = str(index / "config.json"), str(ROOT / "benchmarks/card/README.md")
    claims, search = str(ROOT / "fixtures/claims/deepseek-v3.claims.yaml"), ("estimate", DEEPSEEK.id, "--offline")
    words = {
        "`--version`": ("--version",),
        "`--help`": ("--help",),
        CONFIG: ("inspect", config, "--offline"),
        f"{CONFIG[:-1]} --format json`": ("inspect", config, "--offline", "--format", "json"),
        "`inspect` an evidence file": ("inspect", fixture, "--offline"),
        INDEX: ("inspect", str(index), "--offline"),
        HEADERS: ("inspect", str(shards), "--offline", "--depth", "headers"),
        "`check` a card and its evidence file": ("check", card, "--model", fixture, "--offline"),
        "`check` a claim file": ("check", claims, "--offline"),
        "`packet --format html`": ("packet", DEEPSEEK.id, "--format", "html", "--offline"),
        "`estimate --gpus 8xH200`": (*search, "--gpus", "8xH200"),
        SEARCH: (*search, "--gpus", "64x8xH200"),
    }
    read = f"import typer, json; json.load(open({str(index / 'model.safetensors.index.json')!r}))"
    found = [
        Case(name, (sys.executable, "-c", code))
        for name, code in {PASS: "pass", TYPER: "import typer", JSON_TYPER: read}.items()
    ]
    for root in (ROOT, other) if other else (ROOT,):
        found += [Case(name + OTHER * (root is not ROOT), (*MOEAUDIT, *line), root) for name, line in words.items()]
    found.append(Case(WORK, (sys.executable, "-c", BEYOND, *_loaded(words[SEARCH])), counted=False, timed=True))
    if python := peers.pythons.get(META.name):
        found.append(Case(ON_META, (python, "-c", META_CALL, str(index)), counted=False))
        found.append(Case(TORCH, (python, "-c", "import torch, transformers"), counted=False))
    return found


def _loaded(words: Sequence[str]) -> list[str]:
    """The words after the names of all modules that they load."""
    said = run((sys.executable, "-c", LOADED, *words), environment()).said
    return [",".join(next(line for line in said.splitlines() if line.startswith("LOADED")).split()[1:]), *words]


def measure(cases: Sequence[Case], rounds: int, *, count: bool) -> tuple[dict[str, list[Run]], dict[str, str]]:
    """Runs by case, and why some have none. The first run is not kept, but for the instructions it is counted by."""
    runs: dict[str, list[Run]] = {case.name: [] for case in cases}
    failed: dict[str, str] = {}
    offline = environment(HF_HUB_OFFLINE="1")
    for number in range(-1, rounds):
        for case in cases:
            if case.name in failed:
                continue
            try:
                took = run(case.command, offline, case.root)
            except FailedError as failure:
                failed[case.name] = str(failure)
                continue
            figures = {"wall": took.wall, "cpu": took.cpu, "peak": took.peak}
            if case.timed:
                figures["cpu"] = float(took.said.rpartition("SECONDS")[2])
            if number == 0 and count and case.counted:
                counted = instructions(case.command, offline, case.root)
                figures |= {"instructions": counted} if counted else {}
            if number >= 0:
                runs[case.name].append(figures)
    return runs, failed
