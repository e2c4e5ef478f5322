"""A Hub that fails one request in five, in one way or another: `python -m tests.faults.chance [RUNS]` runs it.

Each run is a process of its own with an empty cache and a seed of its own, and waits as long as it does. What fails is
drawn per request: busy (503, 429), dropped, reset in the middle, cut short, garbled to another status.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import COMMAND, environment
from tests.faults.stage import good_repo, scrubbed
from tests.hub import twists
from tests.hub.server import LoopbackHub
from tests.hub.twists import Asked, Play

SHARE = 0.2
FAULTS: tuple[Play, ...] = (
    twists.refuse(503),
    twists.refuse(429),
    twists.refuse(500),
    twists.drop,
    twists.reset,
    twists.cut(),
)


def unlucky(seed: int, share: float = SHARE) -> Callable[[Asked], None]:
    """One request in so many fails, as the seed has it."""
    chance = random.Random(seed)

    def play(asked: Asked) -> None:
        with asked.hub.lock:
            fault = chance.choice(FAULTS) if chance.random() < share else None
        if fault is None:
            asked.reply()
            return
        asked.hub.pauses.append(0)  # counted as a fault
        fault(asked)

    return play


@dataclass(frozen=True)
class Ran:
    """One run: its exit code and report, how many requests it took and how many of them failed."""

    code: int
    out: str
    err: str
    requests: int
    failed: int
    seconds: float


def run(seed: int | None) -> Ran:
    """A process against a Hub of its own; without a seed the Hub never fails."""
    with LoopbackHub() as hub, tempfile.TemporaryDirectory() as home:
        hub.add(good_repo())
        if seed is not None:
            hub.twist("", unlucky(seed))
        began = time.monotonic()
        done = subprocess.run(COMMAND, env=environment(hub, Path(home)), capture_output=True, text=True, check=False)
        return Ran(
            done.returncode,
            scrubbed(hub, done.stdout),
            scrubbed(hub, done.stderr),
            len(hub.requests),
            len(hub.pauses),
            time.monotonic() - began,
        )


def runs(how_many: int, together: int = 2) -> list[Ran]:
    with ThreadPoolExecutor(together) as pool:
        return list(pool.map(run, range(how_many)))


def main() -> None:
    how_many = int(sys.argv[1]) if sys.argv[1:] else 100
    good = run(None)
    assert good.code == 0 and json.loads(good.out), good.err
    done = runs(how_many, together=8)
    requests, failed = sum(one.requests for one in done), sum(one.failed for one in done)
    same = sum((one.code, one.out, one.err) == (0, good.out, "") for one in done)
    print(f"{how_many} runs: {same} give the report of a good Hub, to the byte")
    print(f"{requests} requests, of which {failed} failed ({failed / requests:.1%}); {good.requests} of a good Hub")
    print(f"{sum(one.seconds for one in done) / how_many:.1f} s on average, {max(o.seconds for o in done):.1f} most")
    for (code, err), times in Counter((o.code, o.err) for o in done if o.out != good.out).items():
        print(f"{times} times: exit {code}, {err.strip()}")
    sys.exit(same != how_many)


if __name__ == "__main__":
    main()
