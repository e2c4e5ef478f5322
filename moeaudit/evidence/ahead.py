"""Work begun before its result is asked for, so that requests travel together; each piece is done once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from threading import Condition, Thread
from typing import Any, TypeVar

T = TypeVar("T")


class _Task:
    """A piece of work and what came of it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work, self.done, self.started = work, False, False
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - raised again where the result is taken
            self.error = error


class Ahead:
    """So many pieces at a time, in the order in which they were begun; with 0, each when its result is taken.

    Its threads keep no program from ending: what they still wait for is of no use then.
    """

    def __init__(self, most: int) -> None:
        self.most, self.threads, self.resting = most, 0, 0
        self.tasks: dict[Hashable, _Task] = {}
        self.waiting: deque[_Task] = deque()
        self.change = Condition()

    def begin(self, key: Hashable, work: Callable[[], object]) -> None:
        """Begin a piece of work, unless it was begun before."""
        if not self.most:
            return
        with self.change:
            if key in self.tasks:
                return
            self.tasks[key] = task = _Task(work)
            self.waiting.append(task)
            if self.resting < len(self.waiting) and self.threads < self.most:
                self.threads += 1
                Thread(target=self._work, daemon=True).start()
            else:
                self.change.notify_all()

    def begun(self, key: Hashable) -> bool:
        """Whether a piece of work was begun and its result not taken yet."""
        return key in self.tasks

    def take(self, key: Hashable, work: Callable[[], T]) -> T:
        """What the work gives, whether it was begun or not. What failed may be tried again."""
        if not self.most:
            return work()
        self.begin(key, work)
        task = self.tasks[key]
        with self.change:
            self.change.wait_for(lambda: task.done)
            self.tasks.pop(key, None)
        if task.error is not None:
            raise task.error
        result: T = task.result
        return result

    def drop(self) -> None:
        """Forget what was not started: something failed, and the rest is of no use."""
        with self.change:
            dropped = set(self.waiting)
            self.waiting.clear()
            self.tasks = {key: task for key, task in self.tasks.items() if task not in dropped}

    def _work(self) -> None:
        while True:
            with self.change:
                self.resting += 1
                self.change.wait_for(lambda: self.waiting)
                self.resting -= 1
                task = self.waiting.popleft()
            task.run()
            with self.change:
                task.done = True
                self.change.notify_all()
