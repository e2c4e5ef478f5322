"""One hostile input: the files to write, the command line to run in their folder, and how it must end."""

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

OK, FINDINGS, USAGE, NOTHING, NO_EVIDENCE = range(5)
READ = (OK, FINDINGS)
"""The input is odd and still read; what is found about it is held elsewhere."""

CARD = "# Small\n\nIt has 8 experts.\n"
QWEN = "Qwen/Qwen3-30B-A3B"
"""A model whose evidence ships."""


@dataclass(frozen=True)
class Case:
    """`said`: what the line on stderr must hold; empty where any line will do."""

    name: str
    files: Callable[[], Files]
    words: tuple[str, ...]
    codes: tuple[int, ...]
    said: str = ""

    def write(self, folder: Path) -> None:
        for name, content in self.files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            put(path, content)


def put(path: Path, content: Content) -> None:
    if isinstance(content, HubFile):
        with path.open("wb") as out:
            out.write(content.head)
            out.truncate(content.size)
    elif isinstance(content, str | bytes):
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    else:
        content(path)


def config(name: str, text: str | bytes, codes: Iterable[int], said: str = "", *words: str) -> Case:
    """A lone config.json."""
    return Case(
        f"config {name}",
        lambda: {"config.json": text},
        ("inspect", "config.json", "--format", "json", *words),
        tuple(codes),
        said,
    )


def folder(name: str, files: Callable[[], Files], codes: Iterable[int], said: str = "", depth: str = "headers") -> Case:
    """A model's folder; the small config where the files bring none."""
    return Case(
        name,
        lambda: {"config.json": configured(), **files()},
        ("inspect", ".", "--format", "json", "--depth", depth),
        tuple(codes),
        said,
    )


def checked(name: str, files: Callable[[], Files], codes: Iterable[int], *words: str, said: str = "") -> Case:
    return Case(name, lambda: {"m/config.json": configured(), **files()}, ("check", *words), tuple(codes), said)


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
