"""Files on this machine: reading those of others within limits, and writing our own whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import BinaryIO

from moeaudit.errors import NoEvidence, Place, UsageError
from moeaudit.limits import POINTER_BYTES

POINTER = b"version https://git-lfs.github.com/spec/"
"""How a git-lfs pointer begins. Source: docs/spec.md of github.com/git-lfs/git-lfs."""

WEIGHTS = frozenset({".safetensors", ".bin", ".pt", ".pth", ".gguf", ".h5", ".msgpack", ".onnx"})
"""Endings of files that nothing here ever writes."""

OF_MODELS = frozenset(
    {"config.json", "generation_config.json", "hf_quant_config.json", "params.json", "adapter_config.json",
     "model_index.json", "tokenizer.json", "tokenizer_config.json"}
)  # fmt: skip
"""Names of files of a model's folder, beside its weights and their index."""

DESCRIPTORS = ("/dev/", "/proc/")
"""Links of the system: /dev/stdout leads wherever the caller sends it."""

BEGINNING = 4096
"""Bytes within which a file of ours says what it is."""

READER_COMES = 10
"""Tenths of a second that a pipe's reader may take to come."""


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


def beginning(path: Path) -> bytes:
    """The first bytes of what an output would replace; none where there is no file to read. It is no input by that."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(BEGINNING)
    except OSError:
        return b""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old one or the new one, never a part: a temporary file, then a rename.

    A link stays a link. What is no file, such as /dev/stdout or a pipe, is written to, never replaced.
    UsageError where the place cannot be written, or where `target` refuses it.
    """
    real = target(path)
    try:
        if real.exists() and not real.is_file():
            _write_through(real, data)
        else:
            replace_whole(real, data)
    except OSError as error:
        raise _not_here(path, error.strerror or type(error).__name__) from None
    JOURNAL.written.append(str(path))


def target(path: Path) -> Path:
    """Where writing to a path leads. UsageError where it is a folder, a file that was read in this run, weights, or a
    link in a circle or out of its folder: whoever wrote that link might have it point anywhere."""
    try:
        real = path.resolve()
        if real.is_symlink():  # a circle, on which newer Pythons do not fail
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if real.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except (OSError, RuntimeError) as error:
        raise _not_here(path, getattr(error, "strerror", None) or os.strerror(errno.ELOOP)) from None
    if not real.is_file() and real.exists():
        return real
    if path.is_symlink() and not real.is_relative_to(path.parent.resolve()) and not str(path).startswith(DESCRIPTORS):
        raise UsageError(
            "the link leads out of its folder", place=Place(str(path)), hint="It is not followed; name the file itself."
        )
    what = _held_dear(real) if real.is_file() else ""
    if what:
        raise UsageError(f"this is {what}, which would be replaced", place=Place(str(path)), hint="Name another file.")
    return real


def _held_dear(file: Path) -> str:
    """What no output replaces: weights, and the files that tell of them, whether this run read them or not."""
    if JOURNAL.was_read(file.stat()):
        return "an input of this run"
    if file.suffix.lower() in WEIGHTS:
        return "weights"
    return "a file of a model" if file.name in OF_MODELS or file.name.endswith(".index.json") else ""


def append_text(path: Path, text: str) -> None:
    """Add to a file, made where there is none. UsageError where that cannot be."""
    real = target(path)
    try:
        with real.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise _not_here(path, error.strerror or type(error).__name__) from None
    JOURNAL.written.append(str(path))


def _write_through(path: Path, data: bytes) -> None:
    """To a device or a pipe, which must have a reader by now or soon."""
    for attempt in range(READER_COMES):
        try:
            handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
            break
        except OSError as error:
            if error.errno != errno.ENXIO or attempt == READER_COMES - 1:
                raise
            sleep(0.1)
    if hasattr(os, "set_blocking"):
        os.set_blocking(handle, True)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def _not_here(path: Path, why: str) -> UsageError:
    return UsageError(
        f"cannot write here: {why}",
        place=Place(str(path)),
        hint="Give a file in a folder that exists and can be written.",
    )


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
