"""What reading a large model from a Hub costs, against those who read the same: `python benchmarks/network.py`.

The Hub is the tests' loopback one, in a process of its own, with DeepSeek-V3's recorded tensors in 139 shards.
Requests, connections, their most at a time and bytes are counted there and exact; CPU seconds are those of the client's
process; CPU and wall seconds are medians of rounds in which all readers take turns. `--hf-mem PYTHON` names the
interpreter of an environment that has hf-mem, which knows one Hub only: its addresses are turned to ours on the way.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

MODEL = "deepseek-ai/DeepSeek-V3"
SHARDS = 139
MOEAUDIT = (sys.executable, "-m", "moeaudit", "inspect", MODEL, "--format", "json")
HEADERS = f"from huggingface_hub import get_safetensors_metadata as read; print(len(read({MODEL!r}).weight_map))"
HF_MEM = f"""
import os, sys, httpx2
from hf_mem.cli import main
build = httpx2.AsyncClient.build_request
httpx2.AsyncClient.build_request = lambda self, method, url, **rest: build(
    self, method, str(url).replace("https://huggingface.co", os.environ["HF_ENDPOINT"]), **rest)
sys.argv = ["hf-mem", "--model-id", {MODEL!r}]
main()
"""


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


@dataclass(frozen=True)
class Reader:
    """A command line. `repeat`: it is measured with what its first run left in the cache."""

    name: str
    command: Sequence[str]
    repeat: bool = False


@dataclass(frozen=True)
class Run:
    """One run: counted by the Hub, and what the process took."""

    requests: int
    redirects: int
    connections: int
    in_flight: int
    megabytes: float
    cpu: float
    wall: float


def readers(hf_mem: str | None) -> list[Reader]:
    found = [
        Reader("floor reader", (sys.executable, str(ROOT / "benchmarks/floor.py"), MODEL)),
        Reader("moeaudit, headers", (*MOEAUDIT, "--depth", "headers")),
        Reader("moeaudit, headers, repeat", (*MOEAUDIT, "--depth", "headers"), repeat=True),
        Reader("moeaudit, index", (*MOEAUDIT, "--depth", "index")),
        Reader("moeaudit, index, repeat", (*MOEAUDIT, "--depth", "index"), repeat=True),
        Reader("moeaudit, config", (*MOEAUDIT, "--depth", "config")),
        Reader("huggingface_hub, get_safetensors_metadata", (sys.executable, "-c", HEADERS)),
    ]
    return [*found, Reader("hf-mem", (hf_mem, "-c", HF_MEM))] if hf_mem else found


SPAWN = """
import os, sys, time
start = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status))
"""


class Hub:
    """The Hub's process, told by lines and answering in lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.url = self._said()["url"]

    def reset(self, setting: Setting) -> None:
        self._tell({"delay": setting.delay, "redirect": setting.redirect, "dial": setting.dial})

    def counted(self) -> dict[str, Any]:
        return self._tell({})

    def _tell(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return self._said()

    def _said(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def hub() -> Iterator[Hub]:
    command = (sys.executable, __file__, "--serve")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Hub(process)
        finally:
            process.terminate()


def serve() -> None:
    """Be the Hub: print the address, then for each line of orders what was counted since the last."""
    from moeaudit.evidence.evidence_file_reader import read_evidence
    from moeaudit.evidence.tables import TensorTable
    from tests.hub.repos import model_repo
    from tests.hub.server import LoopbackHub

    path = ROOT / "fixtures/deepseek-ai--DeepSeek-V3.evidence.json"
    evidence = read_evidence(path.read_bytes(), path.name)
    assert evidence.headers is not None and evidence.config is not None
    tensors = evidence.headers.expand()
    table = TensorTable.collapse(
        tensor._replace(shard=f"model-{place * SHARDS // len(tensors) + 1:05d}-of-{SHARDS:06d}.safetensors")
        for place, tensor in enumerate(tensors)
    )
    with LoopbackHub() as server:
        server.add(model_repo(MODEL, evidence.config.data, table, card="# DeepSeek-V3\n"))
        print(json.dumps({"url": server.url}), flush=True)
        for line in sys.stdin:
            asked = [request for request in server.requests if request.status]
            print(json.dumps({
                "requests": len(asked), "redirects": sum(request.status == 302 for request in asked),
                "connections": server.connections, "in_flight": server.most_in_flight, "bytes": server.sent,
            }), flush=True)
            server.requests.clear()
            server.connections = server.most_in_flight = 0
            for name, value in json.loads(line).items():
                setattr(server, name, value)


def run(reader: Reader, server: Hub, setting: Setting, home: str) -> Run:
    environment = {**os.environ, "HF_ENDPOINT": server.url, "HF_HOME": home, "HF_HUB_DISABLE_PROGRESS_BARS": "1",
                   "PYTHONPATH": str(ROOT)}
    for _ in range(2 if reader.repeat else 1):
        server.reset(setting)
        spawn = [sys.executable, "-S", "-c", SPAWN, *reader.command]
        printed = subprocess.run(spawn, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    wall, cpu, code = printed.split()
    if int(code) not in (0, 1):
        raise SystemExit(f"{reader.name}: exit code {code}")
    counted = server.counted()
    return Run(counted["requests"], counted["redirects"], counted["connections"], counted["in_flight"],
               counted["bytes"] / 1e6, float(cpu), float(wall))


def row(reader: Reader, runs: Sequence[Run]) -> str:
    last = runs[-1]
    cpu, wall = (statistics.median(getattr(one, name) for one in runs) for name in ("cpu", "wall"))
    return (f"| {reader.name} | {last.requests} ({last.redirects}) | {last.megabytes:.2f} | {last.connections} | "
            f"{last.in_flight} | {cpu:.2f} | {wall:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only", default="", help="settings whose name holds this")
    parser.add_argument("--hf-mem", metavar="PYTHON")
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    with hub() as server:
        for setting in (setting for setting in SETTINGS if options.only in setting.name):
            found: dict[Reader, list[Run]] = {reader: [] for reader in readers(options.hf_mem)}
            for _ in range(options.rounds):
                for reader, runs in found.items():
                    with tempfile.TemporaryDirectory() as home:
                        runs.append(run(reader, server, setting, home))
            print(f"\n{setting.name}: Python {platform.python_version()}, {os.cpu_count()} cores, load "
                  f"{os.getloadavg()[0]:.1f}, {options.rounds} rounds\n")
            print("| reader | requests (redirects) | MB | connections | in flight | CPU s | wall s |")
            print("|---|---:|---:|---:|---:|---:|---:|")
            print("\n".join(row(reader, runs) for reader, runs in found.items()), flush=True)


if __name__ == "__main__":
    main()
