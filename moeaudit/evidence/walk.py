"""The folders below a path, whatever somebody has made of them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from moeaudit.errors import Place, UsageError
from moeaudit.limits import FOLDERS_DEEP


def walk(top: Path, without: Collection[str] = ()) -> Iterator[tuple[Path, list[str]]]:
    """Each folder from here down with the names of its files, both in order; hidden ones, linked ones and those named
    in `without` left out. What vanishes meanwhile is passed over; UsageError where a folder cannot be read, or where
    they lie deeper than FOLDERS_DEEP."""
    waiting = [(top, 0)]
    while waiting:
        folder, depth = waiting.pop()
        if depth > FOLDERS_DEEP:
            raise UsageError(
                f"the folder holds {FOLDERS_DEEP.words()}", place=Place(str(top)), hint="Name the files to check."
            )
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UsageError(f"the folder cannot be read: {error.strerror}", place=Place(str(folder))) from None
        folders: list[str] = []
        files: list[str] = []
        for entry in entries:
            (folders if _is_folder(entry) else files).append(entry.name)
        yield folder, files
        inner = (name for name in reversed(folders) if not name.startswith(".") and name not in without)
        waiting += [(folder / name, depth + 1) for name in inner]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
