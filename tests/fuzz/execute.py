"""One execution and many: what comes out, how long it takes, what is kept."""

from __future__ import annotations

import hashlib
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType

from tests.fuzz.mutate import Mutator
from tests.fuzz.targets import Target

SECONDS = 5.0
"""Processor seconds of one case at most."""

MEMORY = 300_000_000
"""Bytes that a run may take beyond what it has when it starts."""

REGRESSIONS = Path(__file__).parent / "regressions"


class TooSlowError(BaseException):
    """A case took longer than SECONDS. No Exception, so that nothing in between takes it for its own."""


@contextmanager
def bounded(seconds: float = SECONDS) -> Iterator[None]:
    """TooSlowError once the block has taken so many processor seconds."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise TooSlowError(f"over {seconds:g} s of processor time")

    kept = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, kept)


def confine_memory() -> None:
    """No more address space than there is now and MEMORY. What takes more ends in a MemoryError. Linux alone."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


@dataclass
class Tally:
    """What a run came to. `refused`: seeds that are not taken, and so lead nowhere; `found`: by kind, the input and the
    trace."""

    executions: int = 0
    taken: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    refused: list[bytes] = field(default_factory=list)
    found: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def line(self, name: str) -> str:
        return (
            f"{name}: {self.executions:,} executions, {self.taken:,} taken, {self.seconds:,.0f} s, "
            f"slowest {self.slowest:.2f} s, {len(self.found)} found"
        )


def execute(target: Target, data: bytes, tally: Tally) -> bool:
    """One execution; whether it was taken. What must not come out is kept in the tally, once for each place."""
    start = time.process_time()
    taken = False
    try:
        with bounded():
            taken = target.accepts(data)
    except (Exception, TooSlowError) as error:  # noqa: BLE001 - whatever comes out is what is looked for
        tally.found.setdefault(kind(error), (data, "".join(traceback.format_exception(error, limit=-12))))
    spent = time.process_time() - start
    tally.executions += 1
    tally.taken += taken
    tally.seconds += spent
    tally.slowest = max(tally.slowest, spent)
    return taken


def kind(error: BaseException) -> str:
    """Faults of one kind: the error's type, and the last of our own places."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "moeaudit/" in frame.filename and ".venv" not in frame.filename]
    last = (ours or list(frames))[-1]
    if isinstance(error, TooSlowError | MemoryError | RecursionError) and ours:
        return f"{type(error).__name__} under {ours[min(4, len(ours) - 1)].name}"
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.name}:{last.lineno}"


def kept(target: str, data: bytes) -> Path:
    """A fault's input among the regressions of its target: the test suite tries it from now on."""
    folder = REGRESSIONS / target
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()[:12]
    path.write_bytes(data)
    return path


def plainly(target: Target, rng: Random, *, executions: int = sys.maxsize, seconds: float = 1e9) -> Tally:
    """Inputs of the mutator, until there were so many or the time is over."""
    tally = Tally()
    inputs = Mutator(target.form, target.seeds(), rng, target.repair)
    tally.refused = [seed for seed in inputs.seeds if not execute(target, seed, tally)]
    end = time.monotonic() + seconds
    while tally.executions < executions and time.monotonic() < end:
        data = inputs.next()
        if execute(target, data, tally):
            inputs.keep(data)
    return tally
