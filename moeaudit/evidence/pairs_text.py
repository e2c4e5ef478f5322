"""A long object of texts, as an index's weight_map, read piece by piece: JSON as programs write it, without escapes.

A million names are never held at once. Whatever is not of that plain form is left to the strict reader, which also says
what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from moeaudit.errors import UsageError
from moeaudit.evidence.json_text import read_object
from moeaudit.limits import METADATA_BYTES

PIECE = 1 << 19
"""Bytes made into texts at a time."""

SPACE = b" \t\r\n"


class NotPlainError(ValueError):
    """What the pieces cannot be read from."""


def around(data: bytes, key: str) -> tuple[dict[str, object], int, int] | None:
    """The object in `data` without what the object at its own `key` holds, and where that begins and ends. None where
    it is not plain: the key is elsewhere too, there are escapes or deeper objects, much else, or it is no JSON."""
    word = f'"{key}"'.encode()
    at = data.find(word)
    if at < 0 or b"\\" in data or data.find(word, at + 1) >= 0:
        return None
    colon = data.find(b"{", at)
    end = data.find(b"}", colon)
    if data[at + len(word) : colon].strip(SPACE) != b":" or end < 0 or len(data) - (end - colon) > METADATA_BYTES:
        return None
    try:
        shell = read_object(data[: colon + 1] + data[end:], "")
    except UsageError:
        return None
    return (shell, colon + 1, end) if shell.get(key) == {} else None


def text_pairs(data: bytes, start: int, end: int) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Keys and values of an object of texts, in pieces. NotPlainError where it is anything else."""
    if data.find(b'"', start, end) < 0 and not data[start:end].strip(SPACE):
        return
    while start < end:
        cut = end if end - start <= PIECE else data.rfind(b'",', start, start + PIECE) + 1
        try:
            pairs = json.loads(f"{{{data[start:cut].decode()}}}", object_pairs_hook=list)
        except (ValueError, RecursionError):
            raise NotPlainError from None
        if not pairs:  # nothing between two commas, or a text longer than a piece
            raise NotPlainError
        keys, values = zip(*pairs, strict=True)
        if set(map(type, values)) != {str}:
            raise NotPlainError
        yield keys, values
        start = cut + 1
