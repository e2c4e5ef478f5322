"""Ctrl-C and SIGTERM: whatever is under way ends at once, and what was kept is said."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

HEEDED = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Raised wherever the main thread is, past everything that handles errors."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number


@contextmanager
def heeded() -> Iterator[None]:
    """Run what may be interrupted. One that is ignored here (nohup) stays ignored; a second ends all."""

    def stop(number: int, frame: object) -> NoReturn:
        for one in HEEDED:
            signal.signal(one, signal.SIG_DFL)
        raise Interrupted(number)

    before: dict[signal.Signals, Any] = {}
    with suppress(ValueError):  # a thread of someone else's program, which has its own say
        for one in HEEDED:
            if signal.getsignal(one) is not signal.SIG_IGN:
                before[one] = signal.signal(one, stop)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def leave(stopped: Interrupted) -> NoReturn:
    """Say what was kept and be gone: nothing is waited for, neither threads nor a server that does not answer."""
    from moeaudit.cli import written
    from moeaudit.cli.output import say

    done = written()
    kept = f"before that, {', '.join(done)} {'was' if len(done) == 1 else 'were'}" if done else "nothing was"
    with suppress(BaseException):
        say(f"moeaudit: interrupted; {kept} written")
    os._exit(stopped.code)
