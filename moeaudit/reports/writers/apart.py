"""What may take any time and any memory: a process of its own that has nothing to give away and bounds to hold.

A user's own template is a program: it can loop, multiply and recurse as it likes, and a sandbox may have a hole that
nobody knows yet. A PDF of others is little better: it is a graph that its reader follows. So the process that does
either gets its job and nothing else: no environment, and where the system can say so (all but Windows), no further file
and no socket, so much memory and so many seconds. It answers with bytes; nothing of its answer is ever unpickled or
run.
"""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any

from moeaudit.errors import Place, UsageError
from moeaudit.later import dataclass
from moeaudit.limits import RENDERED_BYTES, TEMPLATE_MEMORY, TEMPLATE_SECONDS
from moeaudit.text import visible

PATIENCE = 15 * TEMPLATE_SECONDS
"""Seconds by the clock after which it is ended, whatever it does: a machine may be busy with other things."""

ANSWER = 1 + RENDERED_BYTES
"""Bytes of what the process says: a sign, and what was made."""

START = "import sys; sys.path[:] = {path!r}; from moeaudit.reports.writers.apart_inside import answer; answer()"
ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "1", "RAYON_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1", "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
}  # fmt: skip
"""All of it. The proxies lead nowhere, for systems where sockets cannot be forbidden."""

SPENT = f"takes more than {TEMPLATE_SECONDS.words()}"
FULL = f"takes more memory than {TEMPLATE_MEMORY.words()}"
LONG = f"makes more than {RENDERED_BYTES.words()}"


@dataclass(frozen=True)
class Jinja:
    """What a page is rendered from: templates by name, the medium (html or markdown), the first template, its names."""

    sources: Mapping[str, str]
    medium: str
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Typst:
    """What a PDF is set from: the template, its inputs, and a folder of ours as the root of its paths."""

    source: str
    inputs: Mapping[str, str]
    standards: tuple[str, ...]
    root: str
    name: str = "page.typ"


@dataclass(frozen=True)
class Inside:
    """A PDF of others, and the name of the file that is wanted out of it."""

    pdf: bytes
    name: str


class Failed(Exception):
    """What went wrong apart: in words, empty where it was memory, in which template, on which line."""

    def __init__(self, what: str, name: str = "", line: int | None = None) -> None:
        super().__init__(what)
        self.what, self.name, self.line = what, name, line


def rendered_apart(job: Jinja | Typst, folder: Path) -> bytes:
    """What the templates make of it. UsageError, with file and line, where they are broken or take too much."""
    try:
        return done_apart(job)
    except Failed as failure:
        name = failure.name or job.name
        own = folder / name  # a shipped one may be where it fails, for what one of these lacks
        place = Place(str(own) if own.is_file() else f"{name} (shipped)", failure.line)
        what = f"the template {failure.what}"
        raise UsageError(what, place=place, hint="Compare it with the shipped one.") from None


def taken_apart(job: Inside, file: str) -> bytes:
    """The file out of the PDF, empty where there is none of that name. UsageError where it cannot be had."""
    try:
        return done_apart(job)
    except Failed as failure:
        raise UsageError(f"the PDF {failure.what}", place=Place(file), hint="Give the JSON of this packet.") from None


def done_apart(job: Jinja | Typst | Inside) -> bytes:
    """What the process made of the job. Failed where it made nothing."""
    data, code = _run(pickle.dumps(job))
    if data[:1] == b"+":
        if len(data) > ANSWER:
            raise Failed(LONG)
        return data[1:]
    if data[:1] == b"-":
        said = json.loads(data[1:])
        what = f"cannot be used: {visible(str(said['message']), limit=160)}" if said["message"] else FULL
        raise Failed(what, str(said["name"]), said["line"])
    raise Failed(SPENT if code in OUT_OF_TIME else FULL)


def _run(job: bytes) -> tuple[bytes, int]:
    """What the process writes, and how it ended. It is gone when this is left, whatever ends it."""
    start = START.format(path=[str(Path(one).resolve()) for one in sys.path])
    begun: list[subprocess.Popen[bytes]] = []
    try:
        with uninterrupted():  # one that nobody knows yet could not be ended
            begun.append(
                subprocess.Popen(
                    [sys.executable, "-I", "-c", start],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT,
                )
            )  # fmt: skip
        return _answer(begun[0], job)
    finally:
        for process in begun:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was not written yet has no reader any more
                    pipe.close()  # type: ignore[union-attr]


def _answer(process: subprocess.Popen[bytes], job: bytes) -> tuple[bytes, int]:
    late = Timer(PATIENCE, process.kill)
    late.daemon = True
    late.start()
    assert process.stdin is not None and process.stdout is not None
    try:
        try:
            process.stdin.write(job)
            process.stdin.close()
        except OSError:
            pass  # it ended before it read everything: what it says next tells why
        data = process.stdout.read(ANSWER + 1)
        return data, process.wait() if len(data) <= ANSWER else 0
    finally:
        late.cancel()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C and SIGTERM that come meanwhile are heeded at its end."""
    came: list[int] = []
    before = {one: known for one in (signal.SIGINT, signal.SIGTERM) if (known := signal.getsignal(one)) is not None}
    with suppress(ValueError):  # another thread than the main one, which no signal reaches
        for one in before:
            signal.signal(one, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        with suppress(ValueError):
            for one, handler in before.items():
                signal.signal(one, handler)
        for number in came[:1]:
            signal.raise_signal(number)


OUT_OF_TIME = frozenset({-24, -9})
"""SIGXCPU and SIGKILL: the limits of the system, and our own."""
