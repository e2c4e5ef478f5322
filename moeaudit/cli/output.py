"""What commands share: `--format` with files, the exit threshold, progress on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from moeaudit.errors import Exit, UsageError
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.checks.finding import Finding

View = Callable[[], str | bytes]


class FailOn(StrEnum):
    """From which severity on findings fail the run."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


SEVERE = {"error": 2, "warning": 1, "note": 0}


def wanted(formats: Sequence[str], known: Iterable[str], default: str = "text") -> dict[str, Path | None]:
    """`--format` values as format → file (None: stdout). At most one goes to stdout."""
    chosen: dict[str, Path | None] = {}
    known = tuple(known)
    for text in formats or [default]:
        name, _, path = text.partition("=")
        if name not in known:
            raise UsageError(
                f"--format {visible(name, limit=40)!r} is not known", hint=f"There are: {', '.join(known)}."
            )
        if name in chosen:
            raise UsageError(f"--format {name} is given twice")
        chosen[name] = Path(path) if path else None
    files = [path.absolute() for path in chosen.values() if path is not None and not path.is_char_device()]
    if len(set(files)) < len(files):
        raise UsageError("two formats go to one file", hint="Give each a file of its own.")
    if sum(path is None for path in chosen.values()) > 1:
        raise UsageError("two formats go to stdout", hint="Send one to a file: --format json=out.json.")
    return chosen


def deliver(views: Mapping[str, View], chosen: Mapping[str, Path | None]) -> None:
    """Make every view first, then write: files appear whole or not at all, stdout last."""
    made = {name: views[name]() for name in chosen}
    for name, path in chosen.items():
        if path is not None:
            from moeaudit.evidence.files import write_whole

            content = made[name]
            write_whole(path, content.encode() if isinstance(content, str) else content)
    for name, path in chosen.items():
        if path is None:
            show(made[name])


def show(content: str | bytes) -> None:
    """Write to stdout. A reader that closes it early, as `| head` does, changes no exit code."""
    try:
        if isinstance(content, bytes):
            sys.stdout.buffer.write(content)
        else:
            sys.stdout.write(content)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def exit_code(findings: Iterable[Finding], fail_on: FailOn, *, exit_zero: bool = False) -> Exit:
    """1 where an unsuppressed finding is at or above the threshold."""
    if exit_zero or fail_on is FailOn.NEVER:
        return Exit.OK
    worst = max((SEVERE[finding.severity.value] for finding in findings if finding.suppressed is None), default=-1)
    return Exit.FINDINGS if worst >= SEVERE[fail_on.value] else Exit.OK
