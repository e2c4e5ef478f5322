"""The command line: one file per command, options in, one call, one view out."""

from __future__ import annotations

import atexit
import errno
import gc
import io
import sys
from typing import NoReturn

from moeaudit.errors import AuditError, Exit

HANDOVER = 0.0005
"""Seconds that a thread with an answer to receive waits for one that computes. Python's own 0.005 would let requests
wait for the reading of what they have brought."""

NAMES = (errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES)
"""What is wrong with a path, wherever it is first looked at."""

UNWRITABLE = (errno.ENOSPC, errno.EBADF, errno.EIO, errno.EFBIG, errno.EAGAIN, errno.EDQUOT, errno.EINVAL)
"""What stdout answers where it is full, opened for reading alone, or gone."""

COLLECTED = 50_000
"""Objects made and kept after which the garbage collector looks for cycles. At Python's own 700 it did so 67 times
while DeepSeek-V3's headers were read, walked all that loading modules had made, and freed 666 objects: 48 of 640 ms."""


def main() -> NoReturn:
    """Run the command line and leave with the exit code of the design.

    Every failure is one line; `--debug` shows the traceback.
    """
    gc.set_threshold(COLLECTED)
    atexit.register(gc.freeze)  # the process ends: to look through all that it made for cycles took 30 of 430 ms
    prepare_streams()
    sys.setswitchinterval(HANDOVER)
    debug = "--debug" in sys.argv[1:]
    argv = [word for word in sys.argv[1:] if word != "--debug"]
    if argv in (["--version"], ["-V"]):  # over before anybody could interrupt it
        sys.exit(answered(argv, debug=debug))
    from moeaudit.cli.interrupt import Interrupted, heeded, leave

    try:
        with heeded():
            code = answered(argv, debug=debug)
    except Interrupted as stopped:
        leave(stopped)
    sys.exit(int(code))


def answered(argv: list[str], *, debug: bool) -> int:
    """The exit code of a command line, with one line on stderr where it fails."""
    from moeaudit.cli.quick import quick

    before = len(written())
    try:
        code = quick(argv)
        if code is None:
            from moeaudit.cli.app import run

            code = run(argv)
        sys.stdout.flush()
    except AuditError as error:
        if debug:
            raise
        error.message += already(before)
        return complain(f"moeaudit: {error}", error.exit_code)
    except KeyboardInterrupt:
        return complain("moeaudit: interrupted; nothing was written", 130)
    except BrokenPipeError:  # the reader of our output closed it, as `| head` does
        silence()
        return Exit.OK
    except Exception as error:
        if debug:
            raise
        if isinstance(error, MemoryError):
            return complain(
                "moeaudit: not enough memory here for this input. Raise the limit, or ask for less.", Exit.USAGE
            )
        if isinstance(error, OSError) and error.errno in UNWRITABLE and error.filename is None:
            silence()
            said = f"stdout takes no more: {error.strerror}{already(before)}"
            return complain(f"moeaudit: {said}. Send it somewhere else.", Exit.USAGE)
        if isinstance(error, FileNotFoundError) and error.filename is None:  # what `getcwd` answers
            return complain("moeaudit: the folder worked in is gone. Go to one that exists.", Exit.USAGE)
        if isinstance(error, OSError) and error.errno in NAMES and error.filename is not None:
            return complain(f"moeaudit: {shown(error.filename)}: {error.strerror}. Check the path.", Exit.USAGE)
        return complain(
            f"moeaudit: a bug in moeaudit: {type(error).__name__}: {str(error)[:160]}. "
            "Run again with --debug and report the traceback.",
            Exit.BUG,
        )
    return code


def prepare_streams() -> None:
    """Streams that take any text: closed ones go nowhere, and what an encoding lacks is written in plain characters."""
    import codecs

    from moeaudit.text import plainer

    sys.stdout = sys.stdout or io.TextIOWrapper(io.BytesIO())
    sys.stderr = sys.stderr or io.TextIOWrapper(io.BytesIO())
    codecs.register_error("moeaudit.plainer", plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="moeaudit.plainer")


def shown(path: object) -> str:
    """A path's beginning, as an error names it."""
    from moeaudit.text import visible

    return visible(str(path), limit=120)


def written() -> list[str]:
    """The outputs that this process has put in place."""
    files = sys.modules.get("moeaudit.evidence.files")
    return list(files.JOURNAL.written) if files is not None else []


def already(before: int) -> str:
    """What a failing command has written all the same, behind the first so many."""
    done = [shown(path) for path in written()[before:]]
    return f" ({', '.join(done)} {'was' if len(done) == 1 else 'were'} written before)" if done else ""


def complain(line: str, code: int) -> int:
    from moeaudit.cli.output import say

    say(line)
    return int(code)


def silence() -> None:
    from moeaudit.cli.output import muted

    muted(sys.stdout)
