"""Numbers of the command line: plain ASCII digits, as in fleet, spec and claim files. The parser alone would take
`1_000`, full-width and Arabic digits, a plus, blanks, and `8.0` for a count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from moeaudit.errors import UsageError
from moeaudit.text import visible

COUNTS = frozenset({"--context", "--concurrency"})
AMOUNTS = frozenset({"--timeout"})
"""The options that take numbers; a test holds both to what the commands declare."""

WHOLE = "[0-9]+"
DECIMAL = r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"


def refuse_odd(argv: Sequence[str]) -> None:
    """UsageError where an option's number is written in a way that only Python takes for one. Whatever else is no
    number, or out of range, the parser names."""
    for word, following in pairwise([*argv, ""]):
        if word == "--":
            return
        name, joined, value = word.partition("=")
        value = value if joined else following
        if name in COUNTS | AMOUNTS and odd(value, WHOLE if name in COUNTS else DECIMAL):
            raise UsageError(
                f"{name} {visible(value, limit=40)!r} is not written as a number", hint="Give plain digits: 8192."
            )


def odd(value: str, plain: str) -> bool:
    """Whether there are digits, of any script, that Python reads as a number and that are not written plainly."""
    if re.fullmatch(f"-?{plain}", value) or not any(map(str.isdigit, value)):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


def whole(value: str) -> int | None:
    """A whole number in plain digits, which may have a minus; None for anything else."""
    return int(value) if re.fullmatch("-?[0-9]{1,18}", value) else None
