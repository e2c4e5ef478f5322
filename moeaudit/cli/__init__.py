"""The command line: one file per command, options in, one call, one view out."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import NoReturn

from moeaudit.errors import AuditError, Exit

HANDOVER = 0.0005
"""Seconds that a thread with an answer to receive waits for one that computes. Python's own 0.005 would let requests
wait for the reading of what they have brought."""


def main() -> NoReturn:
    """Run the command line and leave with the exit code of the design.

    Every failure is one line; `--debug` shows the traceback.
    """
    prepare_streams()
    sys.setswitchinterval(HANDOVER)
    debug = "--debug" in sys.argv[1:]
    argv = [word for word in sys.argv[1:] if word != "--debug"]
    from moeaudit.cli.quick import quick

    try:
        code = quick(argv)
        if code is None:
            from moeaudit.cli.app import run

            code = run(argv)
    except AuditError as error:
        if debug:
            raise
        code = complain(f"moeaudit: {one_line(str(error))}", error.exit_code)
    except KeyboardInterrupt:
        code = complain("moeaudit: interrupted; nothing was written", 130)
    except BrokenPipeError:  # the reader of our output closed it, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.OK
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            code = complain(f"moeaudit: stdout takes no more: {error.strerror}. Send it somewhere else.", Exit.USAGE)
        else:
            code = complain(
                f"moeaudit: a bug in moeaudit: {type(error).__name__}: {one_line(str(error))}. "
                "Run again with --debug and report the traceback.",
                Exit.BUG,
            )
    sys.exit(int(code))


def prepare_streams() -> None:
    """Streams that take any text: closed ones go nowhere, and what an encoding lacks is written in plain characters."""
    import codecs

    from moeaudit.text import plainer

    sys.stdout = sys.stdout or io.TextIOWrapper(io.BytesIO())
    sys.stderr = sys.stderr or io.TextIOWrapper(io.BytesIO())
    codecs.register_error("moeaudit.plainer", plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="moeaudit.plainer")


def complain(line: str, code: int) -> int:
    print(line, file=sys.stderr)
    return int(code)


def one_line(text: str) -> str:
    """Text on one line, safe for a terminal."""
    from moeaudit.text import visible

    return visible(text)
