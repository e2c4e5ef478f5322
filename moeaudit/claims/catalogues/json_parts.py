"""JSON of catalogues, read record by record with positions: what is wrong with one record leaves the others alone.

A catalogue is one file of thousands of entries. It is cut at the entries first, by brackets and strings alone, and
every entry is then read strictly. Each step goes over the text once.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any

from moeaudit.claims.catalogues.record import Record, Unread, plain_text
from moeaudit.errors import Place, UsageError
from moeaudit.evidence.yaml_text import Node, resolve_scalar
from moeaudit.later import dataclass, expression
from moeaudit.limits import NESTED_YAML
from moeaudit.text import quoted

TOKEN = expression(
    r'[ \t\r\n]*(?:(?P<string>"[^"\\]*(?:\\.[^"\\]*)*(?P<closed>"?))|(?P<sign>[{}\[\],:])'
    r"|(?P<word>[^\s{}\[\],:\"]+))",
    re.DOTALL,
)
NUMBER = expression(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
CLOSING = {"{": "}", "[": "]"}


@dataclass(frozen=True)
class Part:
    """One entry of an object or list: its key (empty in a list), where that stands, the span of its value, and the
    value itself as plain data, None where it cannot be read."""

    key: str
    at: int
    start: int
    end: int
    plain: Any = None


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
        for part in self.entries:
            found.setdefault(part.key, part)
        return found

    @cached_property
    def entries(self) -> tuple[Part, ...]:
        """All entries of the object that the file is."""
        return tuple(self.parts(0))

    def opens(self, offset: int, sign: str) -> bool:
        found = TOKEN.match(self.text, offset)
        return found is not None and found["sign"] == sign

    def parts(self, offset: int) -> Iterator[Part]:
        """The entries of the object or list that starts at `offset`, broken ones too; nothing where none starts."""
        text = self.text
        last = TOKEN.match(text, offset)
        if last is None or last["sign"] not in CLOSING:
            return
        listed = last["sign"] == "["
        while last is not None and (last := TOKEN.match(text, last.end())) is not None:
            if last["sign"] in ("]", "}"):
                return
            if last["sign"] in (",", ":"):
                continue
            key, at = "", _start(last)
            if not listed and last["string"] is not None:
                colon = TOKEN.match(text, last.end())
                following = TOKEN.match(text, colon.end()) if colon is not None and colon["sign"] == ":" else None
                if following is None or following["sign"] in (",", "}", "]"):
                    continue  # a key without a value
                key, last = _plain(last["string"]), following
            part, last = self._value(key, at, last)
            yield part

    def _value(self, key: str, at: int, first: re.Match[str]) -> tuple[Part, re.Match[str]]:
        """The value whose first token this is, and its last token; one that is not sound ends where its brackets do."""
        start = _start(first)
        if first["sign"] in CLOSING:
            try:
                plain, end = SOUND.raw_decode(self.text, start)
                last = TOKEN.match(self.text, end - 1)
                if last is not None:
                    return Part(key, at, start, end, plain), last
            except (ValueError, RecursionError):
                pass
        depth, last = 0, first
        for found in TOKEN.finditer(self.text, start):
            sign = found["sign"]
            if depth == 0 and found.start() > start and sign in (",", "}", "]"):
                break
            last = found
            depth += (sign in CLOSING) - (sign in ("}", "]"))
            if depth == 0 and sign in ("}", "]"):
                break
        return Part(key, at, start, last.end()), last

    def node(self, part: Part) -> Node:
        """The value of an entry, read strictly: UsageError with the place of what is no JSON, a key twice, or nested
        deeper than is read."""
        return _Nodes(self, part).value()


def list_at(source: JsonText, key: str, needed: Collection[str]) -> int | None:
    """Where the list under a key of the file starts, if its first entry has the keys that tell such a catalogue."""
    listed = source.top.get(key)
    if listed is None or not source.opens(listed.start, "["):
        return None
    first = next(source.parts(listed.start), None)
    if first is None or not set(needed) <= {part.key for part in source.parts(first.start)}:
        return None
    return listed.start


def records(
    source: JsonText, start: int, key: str, without: str, read: Callable[[Part], Record]
) -> Iterator[Record | Unread]:
    """Every entry of a list as `read` gives it; one that is broken, or has no text under `key`, says so."""
    for part in source.parts(start):
        if part.plain is None:
            yield unread(source, part)
        elif not plain_text(part.plain, key):
            yield Unread(source.place(part.start), without)
        else:
            yield read(part)


def unread(source: JsonText, part: Part) -> Unread:
    """What is wrong with an entry that has no plain value."""
    try:
        source.node(part)
    except UsageError as error:
        return Unread(error.place or source.place(part.start), error.message)
    return Unread(source.place(part.start), "not an object")


class _Nodes:
    """Builds the nodes of one entry, without recursion."""

    def __init__(self, source: JsonText, part: Part) -> None:
        self.source = source
        self.tokens = TOKEN.finditer(source.text[part.start : part.end])
        self.start = part.start
        self.last = part.start

    def error(self, message: str) -> UsageError:
        return UsageError(message, place=self.source.place(self.last))

    def token(self) -> re.Match[str]:
        found = next(self.tokens, None)
        if found is None:
            raise self.error("the value breaks off")
        self.last = self.start + _start(found)
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
                if len(open) > NESTED_YAML:
                    raise self.error(f"nested {NESTED_YAML.words()}")
        if (rest := next(self.tokens, None)) is not None:
            self.last = self.start + rest.start()
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


def _start(found: re.Match[str]) -> int:
    """Where a token begins, after the space before it."""
    return found.start("string" if found["string"] is not None else "sign" if found["sign"] else "word")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(plain := dict(pairs)) < len(pairs):
        raise ValueError("a key twice")
    return plain


def _no_number(word: str) -> Any:
    raise ValueError(word)


SOUND = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
"""Reads sound values fast; whatever it refuses is read again token by token, to say what is wrong and where."""
