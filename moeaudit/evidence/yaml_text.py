"""YAML with positions, read by the YAML 1.2 core rules: every node knows its line and column, nothing is guessed.

`no`, `on` and `12:30` are text, `1e23` and `671e9` are numbers, dates stay text. Duplicate keys, tags, several
documents, alias bombs and deep nesting are refused with their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.hidden import hidden_characters
from moeaudit.later import dataclass, expression
from moeaudit.limits import DIGITS, EXPONENT, KEY_LETTERS, NESTED_YAML, YAML_BYTES, YAML_VALUES, Limit
from moeaudit.text import quoted, visible

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = expression(rf"[-+]?[0-9]{{1,{DIGITS:d}}}")
_HEX_OR_OCTAL = expression(r"0x[0-9a-fA-F]{1,16}|0o[0-7]{1,20}")
_FLOAT = expression(
    rf"[-+]?(?:\.[0-9]{{1,{DIGITS:d}}}|[0-9]{{1,{DIGITS:d}}}(?:\.[0-9]{{0,{DIGITS:d}}})?)"
    r"(?:[eE](?P<exponent>[-+]?[0-9]{1,4}))?"
)
_CONSTANTS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TEXT_TAGS = {None, "!", "tag:yaml.org,2002:str"}


class WrittenInt(int):
    """A whole number that remembers how it was written: `671e9` is 671000000000, and still `671e9` as text."""

    text: str


class WrittenFloat(float):
    """A number with a fraction that remembers how it was written."""

    text: str


Scalar = str | bool | None | WrittenInt | WrittenFloat


@dataclass(frozen=True)
class Node:
    """One value of the file. `content` is a scalar, a list of nodes, or a dict of nodes by key (`keys` holds the
    keys' places)."""

    content: Scalar | list[Node] | dict[str, Node]
    place: Place
    text: str = ""
    keys: dict[str, Place] | None = None
    size: int = 1

    def plain(self) -> Any:
        """The value without positions: dicts, lists, text, numbers, booleans, None."""
        if isinstance(self.content, dict):
            return {key: node.plain() for key, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        return self.content

    def at(self, path: tuple[str | int, ...]) -> Node:
        """The node at a path of keys and indexes; the deepest one that exists where the path goes further."""
        node = self
        for step in path:
            found: Node | None = None
            if isinstance(node.content, dict) and isinstance(step, str):
                found = node.content.get(step)
            elif isinstance(node.content, list) and isinstance(step, int) and step < len(node.content):
                found = node.content[step]
            node = found or node
        return node


def as_written(value: Any) -> Any:
    """Numbers as the text they were written as; for fields that are text, such as a commit made of digits."""
    return value.text if isinstance(value, WrittenInt | WrittenFloat) else value


def plain_number(value: Any) -> Any:
    """The number alone, where a value remembers how it was written."""
    if isinstance(value, WrittenInt):
        return int(value)
    return float(value) if isinstance(value, WrittenFloat) else value


def read_yaml(source: str | bytes, file: str, *, line_offset: int = 0, max_bytes: Limit = YAML_BYTES) -> Node:
    """Read one YAML document. `line_offset` shifts lines, for a document inside another file.

    Raises UsageError with file, line and column for anything that is not one plain, unambiguous document.
    """
    if len(source) > max_bytes:
        raise UsageError(f"the file has {len(source):,} {max_bytes.words()}", place=Place(file))
    text = _decode(source, file)
    for hidden in hidden_characters(text, limit=1):
        place = Place(file, hidden.line + line_offset, hidden.column)
        raise UsageError(
            f"the text holds a {hidden.name}", place=place, hint="Remove it or write the value without it."
        )
    try:
        return _Composer(yaml.parse(text, Loader=_LOADER), file, line_offset).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1 + line_offset, mark.column + 1) if mark else Place(file)
        raise UsageError(f"not valid YAML: {error.problem or error.context}", place=place) from None
    except yaml.YAMLError as error:
        raise UsageError(f"not valid YAML: {str(error).splitlines()[0]}", place=Place(file)) from None


def resolve_scalar(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar by the YAML 1.2 core rules; what is not clearly a number stays text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return _number(int(text), text)
    if _HEX_OR_OCTAL.fullmatch(text):
        return _number(int(text, 0), text)
    found = _FLOAT.fullmatch(text)
    if found is None or abs(int(found["exponent"] or 0)) > EXPONENT:
        return text
    return _number(float(text), text)


def _number(value: float, text: str) -> WrittenInt | WrittenFloat:
    whole = isinstance(value, int) or ("e" in text.lower() and value.is_integer())
    number = WrittenInt(_exact(text) if isinstance(value, float) else value) if whole else WrittenFloat(value)
    number.text = text
    return number


def _exact(text: str) -> int:
    """`1e23` as the integer that is written, not as the nearest float."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    shift = int(exponent) - len(fraction)
    digits = int(whole + fraction)
    power: int = 10 ** abs(shift)
    return digits * power if shift >= 0 else digits // power


def _decode(source: str | bytes, file: str) -> str:
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        column = error.start - source.rfind(b"\n", 0, error.start)
        raise UsageError("the file is not UTF-8 text", place=Place(file, line, column)) from None


def _below(path: str, step: str) -> str:
    """The path of a value. One that is too long to be read ends early: every value has its own."""
    return path + step if len(path) < LONGEST_PATH else path


LONGEST_PATH = 300


class _Composer:
    """Builds nodes from the parser's events, following aliases to nodes that are already complete."""

    def __init__(self, events: Iterator[Any], file: str, line_offset: int) -> None:
        self._events = events
        self._file = file
        self._line_offset = line_offset
        self._anchors: dict[str, Node] = {}
        self._nodes = 0

    def document(self) -> Node:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self._error("a second document starts here", event, hint="Keep one document in a file.")
                root = self._node(next(self._events), depth=0, path="")
        return root or Node(None, Place(self._file, 1 + self._line_offset, 1))

    def _place(self, event: Any, path: str = "") -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1 + self._line_offset, mark.column + 1, path or None)

    def _error(self, message: str, event: Any, hint: str = "") -> UsageError:
        return UsageError(message, place=self._place(event), hint=hint)

    def _node(self, event: Any, depth: int, path: str) -> Node:
        if depth > NESTED_YAML:
            raise self._error(f"nested {NESTED_YAML.words()}", event)
        if isinstance(event, yaml.AliasEvent):
            node = self._alias(event)
        else:
            if event.tag is not None and (event.tag not in _TEXT_TAGS or not isinstance(event, yaml.ScalarEvent)):
                raise self._error(
                    f"the tag {visible(event.tag, limit=60)} is not supported",
                    event,
                    hint="Write the value without a tag.",
                )
            node = self._content(event, depth, path)
            if event.anchor:
                self._anchors[event.anchor] = node
        if node.size > YAML_VALUES or self._nodes > YAML_VALUES:
            raise self._error(f"{YAML_VALUES.words()} once aliases are followed", event)
        return node

    def _content(self, event: Any, depth: int, path: str) -> Node:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth, path)
        return self._scalar(event, path)

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            raise self._error(f"the alias *{visible(event.anchor, limit=60)} has no anchor before it", event)
        self._nodes += self._anchors[event.anchor].size
        return self._anchors[event.anchor]

    def _scalar(self, event: Any, path: str) -> Node:
        self._nodes += 1
        plain = event.tag is None and event.style in (None, "")
        content = resolve_scalar(event.value) if plain else event.value
        return Node(content, self._place(event, path), event.value)

    def _sequence(self, start: Any, depth: int, path: str) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1, _below(path, f"[{len(items)}]")))
        return Node(items, self._place(start, path), size=1 + sum(node.size for node in items))

    def _mapping(self, start: Any, depth: int, path: str) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._error("a key must be plain text", event)
            key, place = event.value, self._place(event)
            if len(key) > KEY_LETTERS:
                raise self._error(f"a key has {KEY_LETTERS.words()}", event)
            if key in entries:
                raise self._error(f"the key {quoted(key)} stands twice, first in line {keys[key].line}", event)
            entries[key] = self._node(next(self._events), depth + 1, _below(path, f".{key}" if path else key))
            keys[key] = place
        return Node(entries, self._place(start, path), keys=keys, size=1 + sum(node.size for node in entries.values()))
