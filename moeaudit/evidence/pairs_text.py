"""A long object of texts, as an index's weight_map, read piece by piece: JSON as programs write it, without escapes.

A million names are never held at once. Whatever is not of that plain form is left to the strict reader, which also says
what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.errors import UsageError
from moeaudit.evidence.json_text import read_object

PIECE = 1 << 19
"""Bytes cut into texts at a time."""

SPACE = b" \t\r\n"
CONTROLS = bytes(range(32))


class NotPlainError(ValueError):
    """What the pieces cannot be read from."""


def around(data: bytes, key: str) -> tuple[dict[str, object], int, int] | None:
    """The object in `data` without what the object at its own `key` holds, and where that begins and ends. None where
    it is not plain: the key is elsewhere too, there are escapes or deeper objects, or it is no JSON."""
    word = f'"{key}"'.encode()
    at = data.find(word)
    if at < 0 or b"\\" in data or data.find(word, at + 1) >= 0:
        return None
    colon = data.find(b"{", at)
    end = data.find(b"}", colon)
    if data[at + len(word) : colon].strip(SPACE) != b":" or end < 0:
        return None
    try:
        shell = read_object(data[: colon + 1] + data[end:], "")
    except UsageError:
        return None
    return (shell, colon + 1, end) if shell.get(key) == {} else None


def text_pairs(data: bytes, start: int, end: int) -> Iterator[tuple[list[str], list[str]]]:
    """Keys and values of an object of texts, in pieces. NotPlainError where it is anything else."""
    if data.find(b'"', start, end) < 0 and not data[start:end].strip(SPACE):
        return
    while start < end:
        cut = end if end - start <= PIECE else data.rfind(b'",', start, start + PIECE) + 2
        piece = data[start:cut]
        try:
            texts = piece.decode().split('"')
        except UnicodeDecodeError:
            raise NotPlainError from None
        before, keys, between, values, after = texts[0], texts[1::4], texts[2::4], texts[3::4], texts[4::4]
        last = after.pop() if after else "none"
        outside = "".join((before, *between, *after, last))
        plain = (len(texts) % 4 == 1 and _all(":", between) and _all(",", after) and _all("", [before])
                 and _all("," if cut < end else "", [last])
                 and controls(piece) == len(outside) - sum(map(outside.count, " :,")))  # none inside a text
        if not plain:
            raise NotPlainError
        yield keys, values
        start = cut


def controls(data: bytes) -> int:
    """How many control characters there are. A text of JSON holds none."""
    return len(data) - len(data.translate(None, CONTROLS))


def _all(sign: str, texts: list[str]) -> bool:
    """Whether each of these is that sign with spaces around it. Mostly they are all alike."""
    if texts and "".join(texts) == texts[0] * len(texts):
        texts = texts[:1]
    return {text.strip(" \t\r\n") for text in set(texts)} <= {sign}
