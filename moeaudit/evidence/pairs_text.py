"""A long object of texts, as an index's weight_map, read piece by piece: JSON as programs write it, without escapes.

A million names are never held at once. Whatever is not of that plain form is left to the strict reader, which also says
what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeaudit.errors import UsageError
from moeaudit.evidence.json_text import read_object
from moeaudit.limits import METADATA_BYTES

PIECE = 1 << 17
"""Bytes made into texts at a time: so many texts stay in a processor's cache."""

SPACE = b" \t\r\n"
WHITE = SPACE.decode()

CONTROLS = bytes(range(32))


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
    """Keys and values of an object of texts, in pieces. NotPlainError where it is anything else.

    Cut at its quotes, a piece is four texts to each pair, and one before the first. Signs that JSON wants to be written
    as escapes are let through: of the names that differ in a number alone, the caller looks at one (`holds_control`).
    """
    if data.find(b'"', start, end) < 0 and not data[start:end].strip(SPACE):
        return
    while start < end:
        cut = end if end - start <= PIECE else data.rfind(b'",', start, start + PIECE) + 1
        try:
            texts = data[start:cut].decode().split('"')
        except ValueError:
            raise NotPlainError from None
        keys, values = texts[1::4], texts[3::4]
        if (
            len(texts) % 4 != 1
            or len(texts) == 1  # nothing between two commas, or a text longer than a piece
            or not _are("", [texts[0]])
            or not _are("", [texts[-1]])
            or not _are(":", texts[2::4])
            or not _are(",", texts[4:-1:4])
        ):
            raise NotPlainError
        yield keys, values
        start = cut + 1


def _are(sign: str, texts: list[str]) -> bool:
    """Whether each of the texts is that sign with space around it. One writer writes them all alike."""
    alike = texts.count(texts[0]) == len(texts) if texts else True
    return all(text.strip(WHITE) == sign for text in (texts[:1] if alike else set(texts)))


def holds_control(text: str) -> bool:
    """Whether there is a sign that JSON wants to be written as an escape."""
    letters = text.encode()
    return len(letters.translate(None, CONTROLS)) < len(letters)
