"""Outputs: written whole or not at all, several all or none, never over an input or what else is held dear."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import sleep

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.files import JOURNAL, WEIGHTS, staged

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
    """Write a file so that readers see the old one or the new one, never a part.

    A link stays a link. What is no file, such as /dev/stdout or a pipe, is written to, never replaced.
    UsageError where the place cannot be written, or where `target` refuses it.
    """
    write_all([(path, data)])


def write_all(outputs: Sequence[tuple[Path, bytes]]) -> None:
    """The same of several, all or none: each file is first written beside its place, then what is no file is written
    to, then the files take their places. The one that cannot be written is named."""
    with ExitStack() as kept:
        moves: list[tuple[Path, Path, Path]] = []
        through: list[tuple[Path, Path, bytes]] = []
        for path, data in outputs:
            real = target(path)
            with _named(path):
                if real.exists() and not real.is_file():
                    through.append((path, real, data))
                else:
                    moves.append((path, real, kept.enter_context(staged(real, data))))
        for path, real, data in through:
            with _named(path):
                _write_through(real, data)
            JOURNAL.written.append(str(path))
        for path, real, temporary in moves:
            with _named(path):
                temporary.replace(real)
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
    with _named(path), real.open("a", encoding="utf-8") as file:
        file.write(text)
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


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """UsageError with the path as it was given, where it cannot be written."""
    try:
        yield
    except OSError as error:
        raise _not_here(path, error.strerror or type(error).__name__) from None


def _not_here(path: Path, why: str) -> UsageError:
    return UsageError(
        f"cannot write here: {why}",
        place=Place(str(path)),
        hint="Give a file in a folder that exists and can be written.",
    )
