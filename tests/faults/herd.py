"""Many processes on one cold cache, half of them killed at a moment of chance: `python -m tests.faults.herd [ROUNDS]`.

The rounds share nothing but the Hub. After each, what is in the cache is held against what one undisturbed run keeps.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import COMMAND, environment
from tests.faults.stage import good_repo, kept
from tests.hub.server import LoopbackHub

TOGETHER = 16


@dataclass(frozen=True)
class Round:
    """`survived`: processes that came to an end by themselves; `same`: those of them with the report of one alone.

    `wrong`: files of the cache that are not as one run alone keeps them. `after`: whether a run afterwards, and one
    offline, give that report again; `left`: temporary files of those that were killed.
    """

    survived: int
    killed: int
    same: int
    wrong: tuple[str, ...]
    after: bool
    offline: bool
    left: int
    requests: int


def alone(hub: LoopbackHub, home: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *words], env=environment(hub, home), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def _anywhere(said: tuple[int, str]) -> tuple[int, str]:
    """The same without where it was had: offline that is a folder."""
    return said[0], re.sub(r'"origin": ".*"', "", said[1])


def a_round(hub: LoopbackHub, report: str, good: Mapping[str, bytes], seed: int, together: int = TOGETHER) -> Round:
    """So many processes at once; every other one is killed when all together have asked so many requests."""
    chance = random.Random(seed)
    before = len(hub.requests)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "hf-home"
        running = [
            subprocess.Popen(
                COMMAND, env=environment(hub, home), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            for _ in range(together)
        ]
        moments = sorted(chance.uniform(0, 10 * together) for _ in running[1::2])
        for run, requests in zip(running[1::2], moments, strict=True):
            while len(hub.requests) - before < requests and any(one.poll() is None for one in running[::2]):
                time.sleep(0.002)
            run.kill()
        said = [(run.communicate()[0], run.returncode) for run in running]
        ended = [out for out, code in said if code >= 0]
        found = kept(home)
        parts = [name for name in found if name.endswith(".tmp")]
        wrong = tuple(name for name, data in found.items() if name not in parts and good.get(name) != data)
        after = alone(hub, home) == (0, report)
        offline = _anywhere(alone(hub, home, "--offline")) == _anywhere((0, report))
        return Round(
            len(ended),
            together - len(ended),
            sum(out == report for out in ended),
            wrong,
            after,
            offline,
            len(parts),
            len(hub.requests) - before,
        )


def rounds(how_many: int, together: int = TOGETHER) -> list[Round]:
    with LoopbackHub() as hub, tempfile.TemporaryDirectory() as folder:
        hub.add(good_repo())
        code, report = alone(hub, Path(folder))
        assert code == 0
        good = kept(Path(folder))
        return [a_round(hub, report, good, seed, together) for seed in range(how_many)]


def main() -> None:
    how_many = int(sys.argv[1]) if sys.argv[1:] else 10
    done = rounds(how_many)
    for number, one in enumerate(done, 1):
        print(f"round {number}: {one}")
    print(
        f"{how_many} rounds of {TOGETHER}: {sum(one.killed for one in done)} killed, "
        f"{sum(one.survived for one in done)} survived, {sum(one.same for one in done)} with the same report; "
        f"{sum(len(one.wrong) for one in done)} files of the cache wrong, {sum(one.left for one in done)} temporary"
    )
    sys.exit(not all(one.same == one.survived and not one.wrong and one.after and one.offline for one in done))


if __name__ == "__main__":
    main()
