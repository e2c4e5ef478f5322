"""Files on this machine: reading those of others within limits, and writing our own whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from moeaudit.errors import NoEvidence, Place, UsageError

MEGABYTE = 1_000_000

CONFIG_LIMIT = 20 * MEGABYTE
"""Bytes of a config.json, a quantisation file, a spec file or an evidence file. Published ones stay below 2 MB."""

INDEX_LIMIT = 100 * MEGABYTE
"""Bytes of a weight index: a million tensors at 100 bytes each; the largest published ones have a fifth."""

CARD_LIMIT = 20 * MEGABYTE
"""Bytes of a README.md. Pictures written into the text make some large."""


def read_whole(path: Path, limit: int, *, name: str | None = None) -> bytes:
    """A regular file of at most `limit` bytes. `name` is what errors call it.

    UsageError: a device, pipe, socket or folder, too large, or not readable. NoEvidence: no such file.
    """
    name = name or str(path)
    with _open(path, name) as file:
        check_size(os.fstat(file.fileno()).st_size, limit, name)
        data = file.read(limit + 1)
    check_size(len(data), limit, name)
    return data


def read_span(path: Path, start: int, length: int, *, name: str | None = None) -> bytes:
    """Bytes `start` to `start + length` of a regular file; fewer where it ends before."""
    with _open(path, name or str(path)) as file:
        file.seek(start)
        return file.read(length)


def own_file(path: Path) -> Path:
    """The path of a file that lies beside what is audited. UsageError where it is a link that leads out of its folder.

    Folders on the way to it are the caller's choice; the last step is the author's.
    """
    return behind(path, boundary_of(path.parent)) if path.is_symlink() else path


def behind(path: Path, boundary: Path) -> Path:
    """The file behind a path, after links, where it is one of the same kind inside the boundary (a resolved folder) and
    not hidden there: whoever wrote a link might have it point at keys, or at what a repository remembers."""
    unusable = UsageError("the link cannot be followed", place=Place(str(path)))
    try:
        real = path.resolve()
    except (OSError, RuntimeError):
        raise unusable from None
    if real.is_symlink():  # a circle, on which newer Pythons do not fail
        raise unusable
    if not real.is_relative_to(boundary):
        raise UsageError(
            "the link leads out of the folder",
            place=Place(str(path)),
            hint="It is not followed; give the folder that holds the files themselves.",
        )
    inner = real.relative_to(boundary).parts
    named_alike = real.suffix.lower() == path.suffix.lower() or inner[-2:-1] == ("blobs",)
    if path.is_symlink() and (not named_alike or any(part.startswith(".") for part in inner)):
        raise UsageError(
            "the link leads to a file of another kind",
            place=Place(str(path)),
            hint="It is not followed; put the file itself there.",
        )
    return real


def boundary_of(root: Path) -> Path:
    """The folder itself; a snapshot of the Hub's cache links to blobs elsewhere in that cache."""
    root = root.resolve()
    snapshot = root.parent.name == "snapshots" and root.parent.parent.name.startswith("models--")
    return root.parents[2] if snapshot else root


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
