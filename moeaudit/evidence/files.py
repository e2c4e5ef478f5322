"""Files on this machine: reading those of others within limits, and replacing one whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from moeaudit.errors import NoEvidence, Place, UsageError
from moeaudit.limits import POINTER_BYTES

POINTER = b"version https://git-lfs.github.com/spec/"
"""How a git-lfs pointer begins. Source: docs/spec.md of github.com/git-lfs/git-lfs."""

WEIGHTS = frozenset({".safetensors", ".bin", ".pt", ".pth", ".gguf", ".h5", ".msgpack", ".onnx"})
"""Endings of files that nothing here ever writes."""


class Journal:
    """What this process has read, and what it has put in place: an output must not replace the one, and whoever is
    interrupted says the other. A file is known by its place on the disk and its time of change, so by any name."""

    def __init__(self) -> None:
        self.read: set[tuple[int, int, int]] = set()
        self.written: list[str] = []

    def note(self, found: os.stat_result) -> None:
        self.read.add((found.st_dev, found.st_ino, found.st_ctime_ns))

    def was_read(self, found: os.stat_result) -> bool:
        return (found.st_dev, found.st_ino, found.st_ctime_ns) in self.read


JOURNAL = Journal()


def read_whole(path: Path, limit: int, *, name: str | None = None) -> bytes:
    """A regular file of at most `limit` bytes. `name` is what errors call it.

    UsageError: a device, pipe, socket or folder, too large, or not readable. NoEvidence: no such file, or only a
    note that git-lfs has it.
    """
    name = name or str(path)
    with _open(path, name) as file:
        check_size(os.fstat(file.fileno()).st_size, limit, name)
        with _readable(name):
            data = file.read(limit + 1)
    check_size(len(data), limit, name)
    if is_pointer(data):
        raise NoEvidence(
            "the file is a git-lfs pointer, its data was not fetched",
            place=Place(name),
            hint="Run `git lfs pull` in its folder.",
        )
    return data


def is_pointer(data: bytes) -> bool:
    """Whether a file's bytes are a note of git-lfs in its place."""
    return len(data) < POINTER_BYTES and data.startswith(POINTER)


def read_span(path: Path, start: int, length: int, *, name: str | None = None) -> bytes:
    """Bytes `start` to `start + length` of a regular file; fewer where it ends before."""
    with _open(path, name or str(path)) as file, _readable(name or str(path)):
        file.seek(start)
        return file.read(length)


def own_file(path: Path) -> Path:
    """The path of a file that lies beside what is audited. UsageError where it is a link that leads out of its folder.

    Folders on the way to it are the caller's choice; the last step is the author's.
    """
    return behind(path, boundary_of(path.parent)) if path.is_symlink() else path


def named_file(by: Path, name: str, here: Path | None = None) -> Path:
    """The file or folder that a file names, relative to itself. UsageError where it is not below the folder worked in
    (`here`), nor below that of the file, or is hidden there."""
    path = by.parent / name
    try:
        real, beside, here = path.resolve(), by.resolve().parent, (here or Path.cwd()).resolve()
    except (OSError, RuntimeError):
        raise UsageError("the link cannot be followed", place=Place(str(path))) from None
    boundary = here if beside.is_relative_to(here) else beside
    if not real.is_relative_to(boundary) or any(part.startswith(".") for part in real.relative_to(boundary).parts):
        raise UsageError(
            f"{by.name} names evidence outside of {boundary.name or boundary}",
            place=Place(str(path)),
            hint="It is not opened; name it with --model where it is meant.",
        )
    return path


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
    if path.is_symlink() and real.exists() and (not named_alike or any(part.startswith(".") for part in inner)):
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


@contextmanager
def staged(path: Path, data: bytes, *, durable: bool = True, mode: int | None = None) -> Iterator[Path]:
    """A new file beside a path, whole, that is gone at the end unless it has taken its place."""
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
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def replace_whole(path: Path, data: bytes, *, durable: bool = True, mode: int | None = None) -> None:
    """Write a file that is no link so that readers see the old one or the new one, with the OSError where it fails.

    Not `durable`: a power cut may cost it. `mode`: the permissions of the file; by default those of a new one.
    """
    with staged(path, data, durable=durable, mode=mode) as temporary:
        temporary.replace(path)


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
    found = os.fstat(handle)
    JOURNAL.note(found)
    if not stat.S_ISREG(found.st_mode):
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
