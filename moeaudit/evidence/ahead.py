"""Work begun before its result is asked for, so that requests travel together; each piece is done once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import Event, Lock, Thread
from time import sleep
from typing import Any, TypeVar

THREAD = "moeaudit-ahead"

STILL = 0.02
"""Seconds. Where nothing ends for so long, more at a time are worth their threads, which else take turns at one core:
with 32 of them DeepSeek-V3's headers came from this machine itself in 100 ms of CPU, with 4 in 50."""

T = TypeVar("T")


class _Task:
    """A piece of work and what came of it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work, self.done = work, Event()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where the result is waited for
            self.error = error
        self.done.set()


class Ahead:
    """So many pieces at a time, in the order in which they were begun; with 0, each when its result is taken.

    `few`: so many while one after the other ends, all `most` as soon as they keep waiting. A thread ends when nothing
    is left to do, and keeps no program from ending: what it still waits for is of no use then.
    """

    def __init__(self, most: int, few: int | None = None) -> None:
        self.most, self.threads, self.ended = most, 0, 0
        self.room = most if few is None else min(few, most)  # threads at a time, for now
        self.watched = False
        self.tasks: dict[Hashable, _Task] = {}
        self.waiting: deque[_Task] = deque()
        self.lock = Lock()

    def begin(self, key: Hashable, work: Callable[[], object]) -> None:
        """Begin a piece of work, unless it was begun before."""
        if not self.most or key in self.tasks:
            return
        self.tasks[key] = task = _Task(work)
        with self.lock:
            self.waiting.append(task)
            hire = self.threads < self.room
            self.threads += hire
            watch = not hire and self.room < self.most and not self.watched
            self.watched |= watch
        if hire:
            _start(self._work)
        if watch:
            with suppress(RuntimeError):  # where no thread is left, those that are there do it all
                _start(self._watch)

    def begun(self, key: Hashable) -> bool:
        """Whether a piece of work was begun and its result not taken yet."""
        return key in self.tasks

    def take(self, key: Hashable, work: Callable[[], T]) -> T:
        """What the work gives, whether it was begun or not. What failed may be tried again."""
        if not self.most:
            return work()
        self.begin(key, work)
        task = self.tasks[key]
        task.done.wait()
        del self.tasks[key]
        if task.error is not None:
            raise task.error
        result: T = task.result
        return result

    def drop(self) -> None:
        """Forget what was not started: something failed, and the rest is of no use."""
        with self.lock:
            dropped = set(self.waiting)
            self.waiting.clear()
        self.tasks = {key: task for key, task in self.tasks.items() if task not in dropped}

    def _work(self) -> None:
        while True:
            with self.lock:
                if not self.waiting:
                    self.threads -= 1
                    return
                task = self.waiting.popleft()
            task.run()
            self.ended += 1

    def _watch(self) -> None:
        """Make room for all where what waits waits for answers, not for its turn."""
        ended = -1
        while ended < self.ended:
            ended = self.ended
            sleep(STILL)
            with self.lock:
                if not self.waiting:
                    self.watched = False
                    return
        with self.lock:
            self.room = self.most
            hired = min(self.most - self.threads, len(self.waiting))
            self.threads += hired
        try:
            while hired:
                _start(self._work)
                hired -= 1
        except RuntimeError:  # no more threads are to be had
            with self.lock:
                self.threads -= hired


def _start(work: Callable[[], None]) -> None:
    Thread(target=work, name=THREAD, daemon=True).start()
