"""One hostile input: the files to write, the command line to run below their folder, and how it must end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hub.repos import HubFile
from tests.scaling.axes import SMALL

Content = str | bytes | HubFile | Callable[[Path], None]
"""Text or bytes; a file with holes; or what makes the path itself, as a link or a pipe."""

Files = Mapping[str, Content]

USAGE, NO_EVIDENCE = {2}, {4}
READ = {0, 1}
"""The input is odd and still read: what is found about it is not held here."""


@dataclass(frozen=True)
class Case:
    """`said`: what the one line on stderr must hold; empty where any line will do."""

    name: str
    files: Callable[[], Files]
    words: tuple[str, ...]
    codes: frozenset[int]
    said: str = ""

    def write(self, folder: Path) -> None:
        for name, content in self.files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            put(path, content)


def put(path: Path, content: Content) -> None:
    if callable(content):
        content(path)
        return
    if isinstance(content, HubFile):
        with path.open("wb") as out:
            out.write(content.head)
            out.truncate(content.size)
        return
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def inspecting(name: str, files: Callable[[], Files], codes: Iterable[int], *words: str, said: str = "",
               what: str = ".") -> Case:
    return Case(name, files, ("inspect", what, "--format", "json", *words), frozenset(codes), said)


def checking(name: str, files: Callable[[], Files], codes: Iterable[int], *words: str, said: str = "") -> Case:
    return Case(name, lambda: {"m/config.json": configured(), **files()}, ("check", *words), frozenset(codes), said)


def configured(**fields: Any) -> str:
    return json.dumps({**SMALL, **fields})


def amended(text: str) -> str:
    """The small config with more keys, written as they stand."""
    return f"{configured()[:-1]}, {text}}}"


def sparse(size: int, head: bytes = b"") -> HubFile:
    return HubFile(head, size)


def link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def pipe(path: Path) -> None:
    os.mkfifo(path)
