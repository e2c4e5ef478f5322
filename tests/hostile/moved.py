"""What the edges of limits share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from moeaudit import limits
from moeaudit.errors import AuditError, Exit
from moeaudit.limits import Limit

Edge = Callable[[int, Path], str]
"""Gives so many of what a limit counts to whoever reads them, and says how it ended."""

CUT = "cut"


def said(work: Callable[[], object]) -> str:
    """The line of an error of usage; "" where there is none."""
    try:
        work()
    except AuditError as error:
        assert error.exit_code is Exit.USAGE
        return str(error)
    return ""


@contextmanager
def moved(room: str, name: str, value: int) -> Iterator[Limit]:
    """A limit that no input reaches in seconds, at another number."""
    limit = limits.every()[name]
    small = Limit(value, limit.unit, limit.why, limit.says)
    with mock.patch(f"moeaudit.{room}.{name}", small):
        yield small
