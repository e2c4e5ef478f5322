"""TOML of catalogues as nodes with positions. tomllib keeps none, so they are looked up in the lines."""

from __future__ import annotations

from typing import Any

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.toml_text import parsed_toml
from moeaudit.evidence.yaml_text import Node, resolve_scalar
from moeaudit.later import expression
from moeaudit.limits import NESTED_TOML, RECORD_BYTES

HEADER = expression(r"(\[\[?)([^\[\]#]{1,200})\]")
QUOTES = str.maketrans("", "", "\"' \t")

Path = tuple[str | int, ...]


def read_toml(text: str, file: str) -> Node:
    """The tables of a file. Raises UsageError with file, line and column for what is no TOML or too large."""
    if len(text) > RECORD_BYTES:
        raise UsageError(f"the file has {RECORD_BYTES.words()}", place=Place(file))
    data = parsed_toml(text, file)
    return _node(data, (), _places(text.split("\n"), file), Place(file))


def _places(lines: list[str], file: str) -> dict[Path, Place]:
    """Where the value of every key stands; the first line that says so wins."""
    found: dict[Path, Place] = {}
    counts: dict[str, int] = {}
    table: Path = ()
    quote = ""
    for number, line in enumerate(lines, 1):
        if quote:
            quote = "" if quote in line else quote
            continue
        start = line.lstrip()
        if start.startswith("[") and (header := HEADER.match(start)):
            name = header[2].translate(QUOTES)
            table = tuple(name.split("."))
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (*table, counts[name])
            found.setdefault(table, Place(file, number, 1))
        elif "=" in line:
            key, _, value = line.partition("=")
            column = len(line) - len(value.lstrip()) + 1
            found.setdefault((*table, *key.translate(QUOTES).split(".")), Place(file, number, column))
        quote = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return found


def _node(value: Any, path: Path, places: dict[Path, Place], outer: Place, depth: int = 0) -> Node:
    """A value with its place, or with that of the table around it where it has no line of its own."""
    place = places.get(path, outer)
    if depth > NESTED_TOML:
        raise UsageError(f"nested {NESTED_TOML.words()}", place=place)
    if isinstance(value, dict):
        return Node({key: _node(one, (*path, key), places, place, depth + 1) for key, one in value.items()}, place)
    if isinstance(value, list):
        return Node([_node(one, (*path, at), places, place, depth + 1) for at, one in enumerate(value)], place)
    if isinstance(value, str | bool):
        return Node(value, place, str(value))
    return Node(resolve_scalar(str(value)), place, str(value))  # dates, `nan` and `inf` stay text
