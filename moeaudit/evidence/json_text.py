"""JSON of others, read strictly: UTF-8, an object at the top, no key twice, no deep nesting. Errors name the place."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from moeaudit.errors import Place, UsageError
from moeaudit.limits import CONFIG_VALUES, KEY_LETTERS, NESTED, Limit
from moeaudit.text import quoted


@cache
def token() -> re.Pattern[bytes]:
    """A sign that a value follows, or a text, in which signs are none."""
    return re.compile(rb'[,:\[{]|"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)


class _RepeatedKeyError(ValueError):
    """A key that stands twice in one object."""


def read_object(data: bytes, file: str, *, finite: bool = True, most: Limit = CONFIG_VALUES) -> dict[str, Any]:
    """The JSON object in `data`. `file` names it in errors.

    `finite=False` lets NaN and Infinity pass: Python's writer puts them into config.json (`time_step_limit` of
    published state-space models) although JSON has no such numbers. `most`: values that it may hold, keys included.
    UsageError: not UTF-8, not JSON, not an object, a key twice, nested too deep, a number too long, a lone surrogate.
    """
    check_values(data, most, file)
    text = _decode(data, file)
    if not text.strip():
        raise UsageError("the file is empty, expected a JSON object", place=Place(file))
    value = _parse(text, file, finite)
    if not isinstance(value, dict):
        raise UsageError(f"the file holds {_kind(value)}, expected a JSON object", place=Place(file, 1, 1))
    _check_depth(value, file)
    if "\\u" in text:
        _check_text(value, file)
    return value


def check_values(data: bytes, most: Limit, file: str) -> None:
    """UsageError where a text holds more values than that, before any of them is made: a few bytes each, they come to
    a hundred as objects."""
    if sum(map(data.count, (b",", b":", b"[", b"{"))) <= most:
        return
    left = int(most)
    for found in token().finditer(data):
        left -= found[0][:1] != b'"'
        if left < 0:
            raise UsageError(
                f"the file holds {most.words()}", place=Place(file), hint="No published file of this kind has as many."
            )


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise UsageError(
            f"the file is not UTF-8 (byte {error.start})",
            hint="Save it as UTF-8.",
            place=Place(file, *position(before, len(before))),
        ) from None


def _parse(text: str, file: str, finite: bool) -> Any:
    def constant(word: str) -> float:
        if finite:
            raise ValueError(f"{word} is no JSON number")
        return float(word)

    def number(digits: str) -> float:
        value = float(digits)
        if finite and value in (float("inf"), float("-inf")):
            raise ValueError(f"the number {digits[:40]} is too large")
        return value

    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=constant, parse_float=number)
    except json.JSONDecodeError as error:
        if text.startswith("\ufeff"):
            raise UsageError(
                "the file starts with a byte order mark, which JSON has none of",
                place=Place(file, 1, 1),
                hint="Save it as UTF-8 without one.",
            ) from None
        raise UsageError(
            f"the file is not JSON: {error.msg}",
            place=Place(file, error.lineno, error.colno),
            hint="Check the file at that place; a cut-off download is the usual cause.",
        ) from None
    except _RepeatedKeyError as error:
        place = Place(file, *_second(text, str(error)))
        raise UsageError(
            f"the key {quoted(str(error))} stands twice in one object",
            place=place,
            hint="Readers disagree on which value holds; keep one.",
        ) from None
    except ValueError as error:
        reason = str(error).partition(";")[0]  # Python adds how to raise its limit of digits
        raise UsageError(f"the file is not JSON: {reason}", place=Place(file)) from None
    except RecursionError:
        raise _too_deep(file) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if any(len(key) > KEY_LETTERS for key in result):
        raise ValueError(f"a key has {KEY_LETTERS.words()}")
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RepeatedKeyError(key)
            seen.add(key)
    return result


def _second(text: str, key: str) -> tuple[int | None, int | None]:
    """Where a repeated key stands for the second time, as far as plain search can tell."""
    word = json.dumps(key, ensure_ascii=False)
    first = text.find(word)
    second = text.find(word, first + 1) if first >= 0 else -1
    return position(text, second) if second >= 0 else (None, None)


def _check_depth(value: dict[str, Any], file: str) -> None:
    level: list[Any] = [value]
    for _ in range(NESTED):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise _too_deep(file)


def _check_text(value: dict[str, Any], file: str) -> None:
    """Escapes can spell half a character, which no text file, hash or terminal can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UsageError("a string holds half of a surrogate pair, which is no character", place=Place(file)) from None


def _too_deep(file: str) -> UsageError:
    return UsageError(
        f"the file is nested {NESTED.words()}",
        place=Place(file),
        hint="No model file needs that; it is not read.",
    )


def _kind(value: object) -> str:
    words = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return words.get(type(value), "a number")
