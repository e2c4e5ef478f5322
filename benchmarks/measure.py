"""Wall seconds and peak memory of the main paths: `python benchmarks/measure.py`, `--write` into benchmarks/README.md.

Each case is a fresh process, so imports count. The headers of DeepSeek-V3's 163 shards are read from the tests'
loopback Hub, by moeaudit and by huggingface_hub's own reader, which also guesses that a header fits into its first
100 kB and so may fetch weights; moeaudit never does and asks twice.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from moeaudit.evidence.evidence_file_reader import read_evidence  # noqa: E402
from moeaudit.evidence.tables import TensorTable  # noqa: E402
from tests.hub.repos import model_repo  # noqa: E402
from tests.hub.server import LoopbackHub  # noqa: E402

MODEL = "deepseek-ai/DeepSeek-V3"
FIXTURE = "deepseek-ai--DeepSeek-V3.evidence.json"
SHARDS = 163
MOEAUDIT = (sys.executable, "-m", "moeaudit")
READ = f"""
from huggingface_hub import get_safetensors_metadata
files = get_safetensors_metadata({MODEL!r}).files_metadata.values()
print(sum(len(file.tensors) for file in files))
"""
OTHER = (sys.executable, "-c", READ)

HEAD = """# Benchmarks

`python benchmarks/measure.py --write` measured these: each case in fresh processes, imports included. Wall seconds are
the median and the fastest of the runs, memory is the peak resident set of the slowest process of them.

`python benchmarks/against.py CHECKOUT` holds `inspect` of DeepSeek-V3 as a folder (91,991 tensors, 163 shards, nothing
in doubt) against another version. Against 0.1.0, before one account settled both sides: 1.07 × the instructions at
default depth (8.12e9), 1.03 × with `--depth headers` (17.76e9).

"""


@dataclass(frozen=True)
class Case:
    """One command line. `target`: seconds and MB that it must stay below."""

    name: str
    command: Sequence[str]
    target: tuple[float, float] | None = None


CASES = (
    Case("python alone", (sys.executable, "-c", "pass")),
    Case("`--version`", (*MOEAUDIT, "--version")),
    Case("`--help`", (*MOEAUDIT, "--help")),
    Case(f"`inspect {MODEL} --offline`", (*MOEAUDIT, "inspect", MODEL, "--offline"), (0.5, 150)),
    Case(
        "`inspect moonshotai/Kimi-K2-Instruct --offline`",
        (*MOEAUDIT, "inspect", "moonshotai/Kimi-K2-Instruct", "--offline"),
    ),
    Case(
        "`check fixtures/claims/deepseek-v3.claims.yaml --offline`",
        (*MOEAUDIT, "check", "fixtures/claims/deepseek-v3.claims.yaml", "--offline"),
    ),
    Case(
        "`check` on a card and its evidence file, offline",
        (*MOEAUDIT, "check", "benchmarks/card/README.md", "--model", f"fixtures/{FIXTURE}", "--offline"),
        (0.6, 150),
    ),
    Case(
        "`packet … --format html --offline`",
        (*MOEAUDIT, "packet", MODEL, "--format", "html", "--offline"),
    ),
    Case(
        f"`estimate {MODEL} --gpus 8xH200 --offline`", (*MOEAUDIT, "estimate", MODEL, "--gpus", "8xH200", "--offline")
    ),
    Case(
        f"`estimate {MODEL} --gpus 64x8xH200 --offline`: a search over 512 devices",
        (*MOEAUDIT, "estimate", MODEL, "--gpus", "64x8xH200", "--offline"),
    ),
    Case(f"`inspect {MODEL}`, index from a Hub", (*MOEAUDIT, "inspect", MODEL)),
    Case(f"`inspect {MODEL} --depth headers` from a Hub", (*MOEAUDIT, "inspect", MODEL, "--depth", "headers")),
    Case("huggingface_hub `get_safetensors_metadata`, the same headers", OTHER),
)


@dataclass(frozen=True)
class Measured:
    """What the runs of a case took: seconds each, and the peak memory in MB."""

    seconds: tuple[float, ...]
    memory: float


SPAWN = """
import os, sys, time
start = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""
"""A small process in between: the peak that Linux reports for a child includes its parent's size at the start."""


def run_once(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Wall seconds and peak MB of one process. SystemExit where it fails."""
    spawn = [sys.executable, "-S", "-c", SPAWN, *command]
    printed = subprocess.run(spawn, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    seconds, peak, code = printed.split()
    if int(code) not in (0, 1):  # 1: findings
        raise SystemExit(f"{' '.join(command)}: exit code {code}")
    unit = 1 if platform.system() == "Darwin" else 1024  # ru_maxrss is in bytes there, in KiB on Linux
    return float(seconds), int(peak) * unit / 1e6


def measure(case: Case, runs: int, environment: Mapping[str, str]) -> Measured:
    """The case so many times; what is read from a Hub is read anew each time."""
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as home:
            found.append(run_once(case.command, {**environment, "HF_HOME": home}))
    return Measured(tuple(seconds for seconds, _ in found), max(memory for _, memory in found))


@contextmanager
def hub() -> Iterator[str]:
    """A Hub that serves DeepSeek-V3's recorded table in as many shards as the release has."""
    path = ROOT / "fixtures/deepseek-ai--DeepSeek-V3.evidence.json"
    evidence = read_evidence(path.read_bytes(), path.name)
    assert evidence.headers is not None and evidence.config is not None
    tensors = evidence.headers.expand()
    table = TensorTable.collapse(
        tensor._replace(shard=f"model-{place * SHARDS // len(tensors) + 1:05d}-of-{SHARDS:05d}.safetensors")
        for place, tensor in enumerate(tensors)
    )
    with LoopbackHub() as server:
        server.add(model_repo(MODEL, evidence.config.data, table))
        yield server.url


def row(case: Case, measured: Measured) -> str:
    target = f"< {case.target[0]} s, < {case.target[1]:.0f} MB" if case.target else ""
    middle, least = statistics.median(measured.seconds), min(measured.seconds)
    return f"| {case.name} | {middle:.2f} | {least:.2f} | {measured.memory:.0f} | {target} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    os.chdir(ROOT)
    with hub() as url:
        environment = {**os.environ, "HF_ENDPOINT": url, "COLUMNS": "80", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        rows = [row(case, measure(case, options.runs, environment)) for case in CASES]
    machine = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores"
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}, load {os.getloadavg()[0]:.1f}, {options.runs} runs each.",
        "",
        "| case | median s | fastest s | peak MB | target |",
        "|---|---:|---:|---:|---|",
        *rows,
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.write:
        (ROOT / "benchmarks/README.md").write_text(HEAD + text)


if __name__ == "__main__":
    main()
