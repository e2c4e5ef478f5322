"""Measure moeaudit beside those who read the same: `python -m benchmarks`. docs/benchmarks.md: how, and the result."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import network, offline
from benchmarks.gains import lines
from benchmarks.hub import hub
from benchmarks.models import DEEPSEEK
from benchmarks.page import page
from benchmarks.peers import CACHE, PEERS, Installed, installed
from benchmarks.readers import readers
from benchmarks.results import OFFLINE, PAGE, PATH, Group, Results, Run, commit, read, text

Measured = tuple[dict[str, list[Run]], dict[str, str]]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, help="of each comparison (5; 1 with --quick)")
    parser.add_argument("--quick", action="store_true", help="the aims' comparisons only, no instructions")
    parser.add_argument("--only", default="", metavar="TEXT", help="comparisons whose title holds this")
    parser.add_argument("--peers", type=Path, default=CACHE, metavar="DIR", help="where the peers' environments are")
    parser.add_argument("--write", action="store_true", help="keep the results, write docs/benchmarks.md")
    parser.add_argument("--against", type=Path, metavar="DIR", help="offline commands of another checkout beside ours")
    return parser.parse_args()


def machine() -> str:
    """Processor, cores, memory, system."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.partition(": ")[2] for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{(names or [platform.machine()])[0]}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def versions(peers: Installed) -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for peer in PEERS:
        if peer.name in peers.pythons:
            found |= dict(pin.split("==") for pin in peer.packages)
    return found


def group(title: str, model: str, setting: str, measure: Callable[[], Measured]) -> Group:
    print(title, file=sys.stderr, flush=True)
    before = os.getloadavg()[0]
    runs, failed = measure()
    loads = (round(before, 1), round(os.getloadavg()[0], 1))
    return Group(title, model, setting, f"{datetime.now(UTC):%Y-%m-%d}", commit(), loads, runs, failed)


def measured(options: argparse.Namespace, peers: Installed) -> dict[str, Group]:
    rounds = options.rounds or (1 if options.quick else 5)
    found: list[Group] = []
    plans = [plan for plan in (network.QUICK if options.quick else network.PLANS) if options.only in plan.title]
    with hub() as server:
        for plan in plans if not options.against else ():
            found.append(
                group(
                    plan.title,
                    plan.model.name,
                    plan.setting.name,
                    partial(network.measure, plan, readers(peers), server, rounds),
                )
            )
    if options.only in OFFLINE:
        with tempfile.TemporaryDirectory() as folder:
            commands = offline.cases(Path(folder), peers, options.against and options.against.resolve())
            found.append(
                group(OFFLINE, DEEPSEEK.name, "", partial(offline.measure, commands, rounds, count=not options.quick))
            )
    return {one.title: one for one in found}


def main() -> int:
    options = arguments()
    peers = installed(PEERS, options.peers)
    results = Results(machine(), versions(peers), peers.missing, {})
    if options.write and options.only:
        kept = read()
        if not kept.same_place(results):
            print("not kept: the other results are of another machine or other versions", file=sys.stderr)
            return 2
        results.groups |= kept.groups
    results.groups |= measured(options, peers)
    results.lines = lines()
    if options.write:
        PATH.write_text(text(results), encoding="utf-8")
        PAGE.write_text(page(read()), encoding="utf-8")  # as kept: figures are rounded there
    else:
        print(page(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
