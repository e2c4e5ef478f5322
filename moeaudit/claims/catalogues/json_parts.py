"""JSON of catalogues, read record by record with positions: what is wrong with one record leaves the others alone.

A catalogue is one file of thousands of entries. It is cut at the entries first, by brackets and strings alone, and
every entry is then read strictly. Each step goes over the text once.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from moeaudit.errors import Place, UsageError
from moeaudit.evidence.yaml_text import Node, resolve_scalar
from moeaudit.later import dataclass, expression
from moeaudit.text import quoted

MAX_DEPTH = 32
MAX_BYTES = 32_000_000
"""Bytes of a catalogue in one file. The largest published ones have 4 MB."""

TOKEN = expression(
    r'[ \t\r\n]*(?:(?P<string>"[^"\\]*(?:\\.[^"\\]*)*(?P<closed>"?))|(?P<sign>[{}\[\],:])'
    r"|(?P<word>[^\s{}\[\],:\"]+))",
    re.DOTALL,
)
NUMBER = expression(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
CLOSING = {"{": "}", "[": "]"}


@dataclass(frozen=True)
class Part:
    """One entry of an object or list: its key (empty in a list), where that stands, and the span of its value."""

    key: str
    at: int
    start: int
    end: int


class JsonText:
    """The text of one file. Offsets are in characters; places count lines and columns from 1."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def place(self, offset: int) -> Place:
        line = bisect_right(self._lines, offset)
        return Place(self.file, line, offset - self._lines[line - 1] + 1)

    @cached_property
    def top(self) -> dict[str, Part]:
        """The entries of the object that the file is; of a key that stands twice the first."""
        found: dict[str, Part] = {}
        for part in self.parts(0):
            found.setdefault(part.key, part)
        return found

    def opens(self, offset: int, sign: str) -> bool:
        found = TOKEN.match(self.text, offset)
        return found is not None and found["sign"] == sign

    def parts(self, offset: int) -> Iterator[Part]:
        """The entries of the object or list that starts at `offset`, broken ones too; nothing where none starts."""
        first = TOKEN.match(self.text, offset)
        if first is None or first["sign"] not in CLOSING:
            return
        listed = first["sign"] == "["
        depth, key, at, start, end = 1, "", first.end(), first.end() if listed else -1, first.end()
        for found in TOKEN.finditer(self.text, first.end()):
            sign = found["sign"]
            if depth == 1 and sign in (",", "}", "]"):
                if start >= 0 and end > start:
                    yield Part(key, at, _after_space(self.text, start), end)
                key, at, start, end = "", found.end(), found.end() if listed else -1, found.end()
            elif depth == 1 and not listed and start < 0:
                if found["string"]:
                    key, at = _plain(found["string"]), found.start("string")
                elif sign == ":":
                    start = found.end()
            else:
                end = found.end()
            depth += (sign in ("{", "[")) - (sign in ("}", "]"))
            if depth == 0:
                return
        if start >= 0 and end > start:  # the file ends before the object does
            yield Part(key, at, _after_space(self.text, start), end)

    def node(self, part: Part) -> Node:
        """The value of an entry, read strictly: UsageError with the place of what is no JSON, a key twice, or nested
        deeper than is read."""
        return _Nodes(self, part).value()


class _Nodes:
    """Builds the nodes of one entry, without recursion."""

    def __init__(self, source: JsonText, part: Part) -> None:
        self.source = source
        self.tokens = TOKEN.finditer(source.text, part.start, part.end)
        self.last = part.start

    def error(self, message: str) -> UsageError:
        return UsageError(message, place=self.source.place(self.last))

    def token(self) -> re.Match[str]:
        found = next(self.tokens, None)
        if found is None:
            raise self.error("the value breaks off")
        self.last = found.start(found.lastgroup if found.lastgroup != "closed" else "string")
        return found

    def value(self) -> Node:
        root = self.one(self.token())
        open: list[Node] = [root] if isinstance(root.content, dict | list) else []
        while open:
            inner = self.entry(open[-1])
            if inner is None:
                open.pop()
            elif isinstance(inner.content, dict | list):
                open.append(inner)
                if len(open) > MAX_DEPTH:
                    raise self.error(f"nested deeper than {MAX_DEPTH} levels")
        if (rest := next(self.tokens, None)) is not None:
            self.last = rest.start()
            raise self.error("more than one value")
        return root

    def entry(self, outer: Node) -> Node | None:
        """The next value of a container, put into it; None where it ends."""
        content = outer.content
        found = self.token()
        if found["sign"] == ("]" if isinstance(content, list) else "}"):
            return None
        if content:
            if found["sign"] != ",":
                raise self.error(f"expected a comma, found {quoted(found.group().strip(), 40)}")
            found = self.token()
        if isinstance(content, list):
            node = self.one(found)
            content.append(node)
            return node
        assert isinstance(content, dict)
        if not found["string"]:
            raise self.error(f"expected a key, found {quoted(found.group().strip(), 40)}")
        key = self.string(found)
        if key in content:
            raise self.error(f"the key {quoted(key)} stands twice in one object")
        if self.token()["sign"] != ":":
            raise self.error("expected a colon after the key")
        content[key] = node = self.one(self.token())
        return node

    def one(self, found: re.Match[str]) -> Node:
        place = self.source.place(self.last)
        if found["string"]:
            text = self.string(found)
            return Node(text, place, text)
        if found["sign"] == "{":
            return Node({}, place)
        if found["sign"] == "[":
            return Node([], place)
        word = found["word"] or ""
        if word in ("true", "false", "null") or (len(word) <= 60 and NUMBER.fullmatch(word)):
            return Node(resolve_scalar(word), place, word)
        raise self.error(f"{quoted(found.group().strip(), 40)} is no JSON value")

    def string(self, found: re.Match[str]) -> str:
        if not found["closed"]:
            raise self.error("a string without an end")
        try:
            text: Any = json.loads(found["string"])
            text.encode()
        except UnicodeEncodeError:
            raise self.error("a string holds half of a surrogate pair, which is no character") from None
        except ValueError as error:
            raise self.error(f"no JSON string: {getattr(error, 'msg', 'it cannot be read')}") from None
        return str(text)


def _plain(string: str) -> str:
    """A key for looking entries up; one that is no JSON string is told apart when its value is read."""
    try:
        return str(json.loads(string))
    except ValueError:
        return string


def _after_space(text: str, offset: int) -> int:
    found = TOKEN.match(text, offset)
    return found.start(found.lastgroup if found.lastgroup != "closed" else "string") if found else offset
