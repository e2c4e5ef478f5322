"""Runs pytest again and again in children of one process that has the libraries loaded: a third of what a change costs
is imports otherwise.

Lines of JSON in: {"args": [...], "env": {...}, "seconds": n}; out: {"code": n or null, "out": text}.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from typing import Any

LOADED = (
    "pytest", "_pytest.terminal", "hypothesis", "hypothesis.strategies", "_hypothesis_pytestplugin", "yaml",
    "jsonschema", "pydantic", "typer", "rich.console", "rich.table", "huggingface_hub", "jinja2", "markdown_it",
    "syrupy", "safetensors",
)  # fmt: skip
"""Never moeaudit or its tests: every child imports those anew."""


def main() -> None:
    for name in LOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(answered(json.loads(line))), flush=True)


def answered(asked: dict[str, Any]) -> dict[str, Any]:
    """One run in a child; its code is None where it took more of the processor than it may."""
    with tempfile.TemporaryFile("w+") as out:
        child = os.fork()
        if child == 0:
            run(asked, out.fileno())
        code = waited(child, 20 * asked["seconds"])
        out.seek(0)
        return {"code": code, "out": out.read()[-4000:]}


def run(asked: dict[str, Any], out: int) -> None:
    os.setpgid(0, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(asked["env"])
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(asked["seconds"]), int(asked["seconds"]) + 5)
    )  # a busy machine is no loop
    import pytest

    code = 3
    try:
        code = int(pytest.main(asked["args"]))
    finally:
        sys.stdout.flush()
        os._exit(code)


def waited(child: int, seconds: float) -> int | None:
    """The child's exit code; it and its own children are ended when its time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return None if code in {-signal.SIGXCPU, -signal.SIGKILL} else code
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


if __name__ == "__main__":
    main()
