"""What `inspect` costs at default depth against another version: `python benchmarks/against.py CHECKOUT`.

The model is DeepSeek-V3's recorded table in a folder of as many sparse shards as the release has: 91,991 tensors, 163
files, an index. Nothing about it is in doubt. Instructions are counted by valgrind's callgrind, with a fixed hash seed:
they do not depend on what else the machine does. CPU seconds are the least of the runs, user and system.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from moeaudit.evidence.evidence_file_reader import read_evidence  # noqa: E402
from moeaudit.evidence.tables import TensorTable  # noqa: E402
from tests.hub.repos import model_repo  # noqa: E402

FIXTURE = ROOT / "fixtures/deepseek-ai--DeepSeek-V3.evidence.json"
SHARDS = 163
DEPTHS = {"default": (), "headers": ("--depth", "headers")}


@dataclass(frozen=True)
class Cost:
    """CPU seconds, and instructions where valgrind is there."""

    seconds: float
    instructions: int | None


def lay_out(folder: Path) -> None:
    """The recorded model as a repo on disk, weights sparse."""
    evidence = read_evidence(FIXTURE.read_bytes(), FIXTURE.name)
    assert evidence.headers is not None and evidence.config is not None
    tensors = evidence.headers.expand()
    table = TensorTable.collapse(
        tensor._replace(shard=f"model-{place * SHARDS // len(tensors) + 1:05d}-of-{SHARDS:05d}.safetensors")
        for place, tensor in enumerate(tensors)
    )
    for name, file in model_repo("org/model", evidence.config.data, table).files.items():
        with (folder / name).open("wb") as out:
            out.write(file.head)
            out.truncate(file.size)


def cost(root: Path, words: Sequence[str], runs: int) -> Cost:
    """Of one command line, run from the checkout at `root`."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONSAFEPATH": "1", "PYTHONHASHSEED": "0", "COLUMNS": "80"}
    command = [sys.executable, "-m", "moeaudit", *words]
    seconds = []
    for _ in range(runs):
        child = os.posix_spawn(
            command[0], command, environment, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        )
        _, status, usage = os.wait4(child, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            raise SystemExit(f"{root}: exit code {os.waitstatus_to_exitcode(status)}")
        seconds.append(usage.ru_utime + usage.ru_stime)
    return Cost(min(seconds), instructions(command, environment))


def instructions(command: Sequence[str], environment: dict[str, str]) -> int | None:
    """Instructions of one run; None where valgrind is not there."""
    if shutil.which("valgrind") is None:
        return None
    counting = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    said = subprocess.run(counting, env=environment, capture_output=True, text=True, check=False).stderr
    found = re.search(r"Collected : (\d+)", said)
    return int(found[1]) if found else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the root of another checkout")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print("| depth | instructions here | there | × | CPU seconds here | there | × |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "DeepSeek-V3"
        folder.mkdir()
        lay_out(folder)
        for depth, more in DEPTHS.items():
            words = ("inspect", str(folder), "--offline", *more)
            here, there = (cost(root, words, options.runs) for root in (ROOT, options.other.resolve()))
            ratio = f"{here.instructions / there.instructions:.2f}" if here.instructions and there.instructions else ""
            counted = [f"{one / 1e9:.2f}e9" if one else "" for one in (here.instructions, there.instructions)]
            print(
                f"| {depth} | {counted[0]} | {counted[1]} | {ratio} "
                f"| {here.seconds:.2f} | {there.seconds:.2f} | {here.seconds / there.seconds:.2f} |"
            )


if __name__ == "__main__":
    main()
