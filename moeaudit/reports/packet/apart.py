"""Rendering with a user's own templates: in a process of its own that has nothing to give away and bounds to hold.

A template is a program: it can loop, multiply and recurse as it likes, and a sandbox may have a hole that nobody knows
yet. So the process that runs it gets the packet, the templates' texts, and nothing else: no environment, and where the
system can say so (all but Windows), no further file and no socket, so much memory and so many seconds. It answers with
bytes; nothing of its answer is ever unpickled or run.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from typing import Any

from moeaudit.errors import Place, UsageError
from moeaudit.later import dataclass
from moeaudit.limits import RENDERED_BYTES, TEMPLATE_MEMORY, TEMPLATE_SECONDS
from moeaudit.text import visible

PATIENCE = 15 * TEMPLATE_SECONDS
"""Seconds by the clock after which it is ended, whatever it does: a machine may be busy with other things."""

START = "import sys; sys.path[:] = {path!r}; from moeaudit.reports.packet.apart_inside import answer; answer()"
ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "1", "RAYON_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1", "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
}  # fmt: skip
"""All of it. The proxies lead nowhere, for systems where sockets cannot be forbidden."""

SPENT = f"takes more than the limit of {TEMPLATE_SECONDS} seconds"
FULL = f"takes more memory than the limit of {TEMPLATE_MEMORY:,} bytes"
LONG = f"makes more than the limit of {RENDERED_BYTES:,} bytes"


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
    name: str = "packet.typ"


def rendered_apart(job: Jinja | Typst, folder: Path) -> bytes:
    """What the templates make of it. UsageError, with file and line, where they are broken or take too much."""
    data, code = _run(pickle.dumps(job))
    if data[:1] == b"+":
        if len(data) > RENDERED_BYTES:
            raise _broken(LONG, folder, job.name)
        return data[1:]
    if data[:1] == b"-":
        said = json.loads(data[1:])
        what = f"cannot be used: {visible(str(said['message']), limit=160)}" if said["message"] else FULL
        raise _broken(what, folder, str(said["name"] or job.name), said["line"])
    raise _broken(SPENT if code in OUT_OF_TIME else FULL, folder, job.name)


def _run(job: bytes) -> tuple[bytes, int]:
    """What the process writes, and how it ended."""
    start = START.format(path=[str(Path(one).resolve()) for one in sys.path])
    with subprocess.Popen(
        [sys.executable, "-I", "-c", start],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT,
    ) as process:  # fmt: skip
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
            data = process.stdout.read(RENDERED_BYTES + 1)
            return data, process.wait() if len(data) <= RENDERED_BYTES else 0
        finally:
            late.cancel()
            process.kill()


def _broken(what: str, folder: Path, name: str, line: int | None = None) -> UsageError:
    return UsageError(
        f"the template {what}", place=Place(str(folder / name), line), hint="Compare it with the shipped one."
    )


OUT_OF_TIME = frozenset({-24, -9})
"""SIGXCPU and SIGKILL: the limits of the system, and our own."""
