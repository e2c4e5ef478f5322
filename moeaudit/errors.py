"""Every failure a user can meet: what is wrong, where, what to do, and the exit code that says which kind it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from moeaudit.later import dataclass
from moeaudit.text import visible


class Exit(IntEnum):
    """Exit codes, a contract with scripts (design, section 5)."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING_TO_AUDIT = 3
    NO_EVIDENCE = 4
    BUG = 5


@dataclass(frozen=True)
class Place:
    """Where in a file something stands. Lines and columns count from 1; `path` is a dotted key path."""

    file: str
    line: int | None = None
    column: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        file = self.file if len(self.file) <= LONGEST else f"…{self.file[1 - LONGEST :]}"
        spot = ":".join(str(part) for part in (file, self.line, self.column) if part is not None)
        path = self.path if self.path is None or len(self.path) <= LONGEST else f"{self.path[: LONGEST - 1]}…"
        return f"{spot} ({path})" if path else spot


LONGEST = 290
"""Characters of an error's line, which with the program's name before it has at most 300.

What it is about may be a path or a value of any length, and of any characters. It stands here and not among the limits:
a command that reads nothing loads this room alone.
"""

LEAST_PLACE = 100
"""Characters of the place that stay where the line is cut: its end, which tells most."""


def fitted(place: str, message: str, hint: str) -> str:
    """`place: message. hint` on one line, with nothing invisible, at most LONGEST characters: the place gives way
    first, then the message, then the hint."""
    place, message, hint = visible(place), visible(message), visible(hint)

    def whole() -> str:
        return f"{place}: "[: len(place) + 2 if place else 0] + f"{message}." + (f" {hint}" if hint else "")

    if (over := len(whole()) - LONGEST) > 0 and place:
        kept = max(len(place) - over, LEAST_PLACE)
        place = f"…{place[1 - kept :]}" if kept < len(place) else place
    if (over := len(whole()) - LONGEST) > 0:
        kept = max(len(message) - over, LEAST_PLACE)
        message = f"{message[: kept - 1]}…" if kept < len(message) else message
    line = whole()
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


class AuditError(Exception):
    """A failure with one clear line.

    `message` says what is wrong, `place` where, `hint` what to do next. Subclasses fix the exit code.
    """

    exit_code: Exit = Exit.USAGE

    def __init__(self, message: str, *, place: Place | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        return fitted(str(self.place) if self.place else "", self.message, self.hint)


@contextmanager
def placed(file: str) -> Iterator[None]:
    """Run what reads a file; a failure that names no place gets the file's."""
    try:
        yield
    except AuditError as error:
        error.place = error.place or Place(file)
        raise


class UsageError(AuditError):
    """Bad usage, or an input file that cannot be read (exit 2)."""

    exit_code = Exit.USAGE


class NothingToAudit(AuditError):
    """The input was read and holds nothing this tool can count (exit 3)."""

    exit_code = Exit.NOTHING_TO_AUDIT


class NoEvidence(AuditError):
    """Evidence could not be had: network, gated, missing, offline (exit 4)."""

    exit_code = Exit.NO_EVIDENCE


class Transient(NoEvidence):
    """No answer for now, or none to be trusted: another attempt may succeed, so nothing is concluded from it."""
