"""Files on this machine: reading those of others within limits, and writing our own whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from moeaudit.errors import NoEvidence, Place, UsageError


def read_whole(path: Path, limit: int, *, name: str | None = None) -> bytes:
    """A regular file of at most `limit` bytes. `name` is what errors call it.

    UsageError: a device, pipe, socket or folder, too large, or not readable. NoEvidence: no such file.
    """
    name = name or str(path)
    with _open(path, name) as file:
        check_size(os.fstat(file.fileno()).st_size, limit, name)
        with _readable(name):
            data = file.read(limit + 1)
    check_size(len(data), limit, name)
    return data


def read_span(path: Path, start: int, length: int, *, name: str | None = None) -> bytes:
    """Bytes `start` to `start + length` of a regular file; fewer where it ends before."""
    with _open(path, name or str(path)) as file, _readable(name or str(path)):
        file.seek(start)
        return file.read(length)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old one or the new one, never a part: a temporary file, then a rename.

    A link stays a link. What is no file, such as /dev/stdout or a pipe, is written to, never replaced.
    UsageError where the place cannot be written.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            replace_whole(path.resolve(), data)
    except OSError as error:
        raise UsageError(
            f"cannot write here: {error.strerror}",
            place=Place(str(path)),
            hint="Give a file in a folder that exists and can be written.",
        ) from None


def replace_whole(path: Path, data: bytes, *, durable: bool = True, mode: int | None = None) -> None:
    """The same of a path that is no link, with the OSError where it fails. Not `durable`: a power cut may cost it.

    `mode`: the permissions of the file; by default those of a new one.
    """
    import secrets

    temporary = path.with_name(f".moeaudit-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """UsageError where an open file cannot be read after all, as some below /proc."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", place=Place(name)) from None


def _open(path: Path, name: str) -> BinaryIO:
    """Opened without following a pipe into waiting; only regular files pass."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise NoEvidence("no such file", place=Place(name)) from None
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", place=Place(name)) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UsageError("not a regular file", place=Place(name), hint="Give a file, a folder or a Hub id.")
    return os.fdopen(handle, "rb")


def check_size(size: int, limit: int, name: str) -> None:
    if size > limit:
        raise UsageError(
            f"the file has {size:,} bytes, more than the limit of {limit:,}",
            place=Place(name),
            hint="No published file of this kind is that large; it is not read.",
        )
