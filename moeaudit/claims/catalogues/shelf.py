"""What stands beside a catalogue's file and belongs to its record: read once each, by whoever gives the files."""

from __future__ import annotations

from collections.abc import Callable

from moeaudit.claims.catalogues.json_parts import JsonText, Part
from moeaudit.claims.catalogues.toml_parts import read_toml
from moeaudit.errors import AuditError
from moeaudit.evidence.yaml_text import Node


def nothing(_path: str) -> str | None:
    """No files: a text that was handed over alone."""
    return None


class Shelf:
    """The files of a catalogue by their paths. `read` gives the text of one, None where there is none."""

    def __init__(self, read: Callable[[str], str | None] = nothing) -> None:
        self._read = read
        self._kept: dict[str, Node | None] = {}

    def toml(self, path: str) -> Node | None:
        """The tables of a TOML file; None where it is missing or cannot be read."""
        return self._once(path, read_toml)

    def json(self, path: str) -> Node | None:
        """The value of a JSON file; None where it is missing or cannot be read."""
        return self._once(path, lambda text, file: JsonText(text, file).node(Part("", 0, 0, len(text))))

    def _once(self, path: str, parse: Callable[[str, str], Node]) -> Node | None:
        if path not in self._kept:
            try:
                text = self._read(path)
                self._kept[path] = parse(text, path) if text is not None else None
            except AuditError:
                self._kept[path] = None
        return self._kept[path]
