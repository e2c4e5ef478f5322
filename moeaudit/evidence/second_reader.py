"""A second process that makes the table of a model's headers, while this one reads answers, the index, and loads code.

Worth it only where the processor decides how long it takes: the Hub answers at once, a core is free, and the headers
are many. Started by its path, not forked: this process has threads by then. It is given copies of the texts, so nothing
depends on it. Where it refuses one, dies, hangs or cannot be started, the texts are read here, and what is wrong is
said here, as if it had never been.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from weakref import finalize

from moeaudit.errors import AuditError
from moeaudit.evidence.headers import SHARED
from moeaudit.evidence.second_inside import HEAD, UNKNOWN
from moeaudit.evidence.tables import TensorTable, table_of

CORES = 2
"""Cores, at least, that this process may run on."""

PATIENCE = 5.0
"""Seconds in which it must take or say more: after that it is as good as dead."""

START = "import sys; sys.path.append({path!r}); from moeaudit.evidence.second_inside import answer; answer()"

Text = tuple[str, bytes]
"""A file and its header."""

Given = tuple[str, bytes, int | None]
"""The same, and the file's size in bytes."""


def second_reader() -> SecondReader | None:
    """One that runs; None where the system lets none be, or it would take the core of this one."""
    if os.name != "posix" or not sys.executable or getattr(sys, "frozen", False) or _cores() < CORES:
        return None
    try:
        return SecondReader()
    except (OSError, RuntimeError):  # no process, no file or no thread is to be had
        return None


class SecondReader:
    """The process, as this one speaks to it. `lost`: whether it answers no more."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = _started(theirs.fileno())
            except OSError:
                ours.close()
                raise
        ours.settimeout(PATIENCE)
        self.end = finalize(self, _ended, process)
        self.files: set[str] = set()
        self.lost = False
        self.said = b""
        self.queue: SimpleQueue[Given | None] = SimpleQueue()
        self.talk = Thread(target=self._talk, args=(ours,), name="moeaudit-second", daemon=True)
        try:
            self.talk.start()
        except RuntimeError:
            ours.close()
            self.end()
            raise

    def give(self, file: str, text: bytes, size: int | None) -> None:
        """Have a header read. Waits for nothing; called from several threads."""
        self.files.add(file)
        if not self.lost:
            self.queue.put((file, text, size))

    def read(
        self, texts: Iterator[Text], noted: Callable[[str, bytes], None]
    ) -> tuple[TensorTable | None, Iterator[Text]]:
        """What it made of these texts, which were given to it as they came. Where that is nothing, they are to be read
        here: what ends them early, too, comes after those that came, so that a broken one among them is told first.
        """
        held: deque[Text] = deque()
        room = SHARED
        try:
            for file, text in texts:
                held.append((file, text))
                noted(file, text)
                room -= len(text)
                if self.lost or room < 0:
                    self.drop()
                    return None, chain(_taken_from(held), texts)
        except AuditError as error:
            return None, chain(_taken_from(held), _failing(error))
        table = self.table() if self.files == {file for file, _ in held} else None
        return table, _taken_from(held)

    def table(self) -> TensorTable | None:
        """The table of all that was given; None where it has none. The process is gone then."""
        self.queue.put(None)
        self.talk.join()
        self.end()
        with suppress(ValueError, TypeError, KeyError):
            return None if self.lost else table_of(json.loads(self.said))
        return None

    def drop(self) -> None:
        """Make an end of the process, whatever it does."""
        self.lost = True
        self.queue.put(None)
        self.end()

    def _talk(self, line: socket.socket) -> None:
        try:
            with line:
                while (given := self.queue.get()) is not None:
                    file, text, size = given
                    name = file.encode()
                    line.sendall(HEAD.pack(len(name), len(text), UNKNOWN if size is None else size) + name)
                    line.sendall(text)
                line.shutdown(socket.SHUT_WR)
                while piece := line.recv(1 << 16):
                    self.said += piece
        except (OSError, ValueError):  # it is gone, stands still, or cannot be told such a name
            self.lost = True
            while not self.queue.empty():
                self.queue.get()


def _taken_from(held: deque[Text]) -> Iterator[Text]:
    """Each, and not kept any longer."""
    while held:
        yield held.popleft()


def _failing(error: AuditError) -> Iterator[Text]:
    raise error
    yield


def _started(line: int) -> int:
    """The process, with that end of the line as its standard input, nothing of our environment, and no other file."""
    path = str(Path(__file__).resolve().parents[2])
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-I", "-S", "-c", START.format(path=path)],
        {},
        file_actions=[(os.POSIX_SPAWN_DUP2, line, 0), *quiet],
    )


def _ended(process: int) -> None:
    """No process is left behind, and none that nobody has waited for."""
    with suppress(OSError):  # of which one is that somebody else has waited for it: its number may be another's by now
        if os.waitpid(process, os.WNOHANG) == (0, 0):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
