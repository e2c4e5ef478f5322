"""Work begun before its result is asked for, so that requests travel together; each piece is done once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")


class _Task:
    """A piece of work and what came of it. `dropped`: nobody waits for it any more."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work, self.done, self.started, self.dropped = work, Event(), False, False
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - raised again where the result is taken
            self.error = error
        self.done.set()


class Ahead:
    """So many pieces at a time, in the order in which they were begun; with 0, each when its result is taken.

    Its threads keep no program from ending: what they still wait for is of no use then.
    """

    def __init__(self, most: int) -> None:
        self.most, self.threads, self.open = most, 0, 0  # `open`: pieces begun and not done
        self.tasks: dict[Hashable, _Task] = {}
        self.waiting: SimpleQueue[_Task] = SimpleQueue()
        self.lock = Lock()

    def begin(self, key: Hashable, work: Callable[[], object]) -> None:
        """Begin a piece of work, unless it was begun before."""
        if not self.most or key in self.tasks:
            return
        self.tasks[key] = task = _Task(work)
        with self.lock:
            self.open += 1
            hire = self.threads < min(self.open, self.most)
            self.threads += hire
        self.waiting.put(task)
        if hire:
            Thread(target=self._work, daemon=True).start()

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
        self.tasks.pop(key, None)
        if task.error is not None:
            raise task.error
        result: T = task.result
        return result

    def drop(self) -> None:
        """Forget what was not started: something failed, and the rest is of no use."""
        with self.lock:
            dropped = [key for key, task in self.tasks.items() if not task.started]
            for key in dropped:
                self.tasks.pop(key).dropped = True

    def _work(self) -> None:
        while True:
            task = self.waiting.get()
            with self.lock:
                task.started = True
                dropped = task.dropped
            if not dropped:
                task.run()
            with self.lock:
                self.open -= 1
