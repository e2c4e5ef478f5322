"""A safetensors header as the format's own writers write it, read in one pass over its text.

Whatever is not of that form, or not in order, is left to the strict reader, which says what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate, chain, pairwise
from operator import eq, sub
from typing import Any, NamedTuple

from moeaudit.errors import UsageError
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.rows import numbering

Kind = tuple[str, tuple[int, ...], int]
"""Type, shape and size in bytes of one tensor."""

METADATA = "__metadata__"

PIECE = 1 << 19
"""Bytes made into texts at a time."""

LONGEST_SHAPE = 2_000
"""Characters of a shape, at most; a longer one is counted by the strict reader before it is made."""

CONTROLS = bytes(range(32))

AROUND = ("dtype", "shape", "data_offsets"), (":{", ":", ",")
"""What stands in every entry, in quotes and outside of them."""


class Entries(NamedTuple):
    """Tensors in the order of their data, as columns: the place of each one's kind in `kinds`. `data`: bytes in all."""

    names: list[str]
    which: list[int]
    kinds: list[Kind]
    data: int


@cache
def shape() -> re.Pattern[str]:
    """A shape with the signs around it."""
    return re.compile(r" *: *(\[.*\]) *, *")


def plain_entries(header: bytes, kind_of: Callable[[str, list[int]], Kind]) -> Entries | None:
    """The tensors of a header. `kind_of` checks a type and a shape. None where the header is not plain or contradicts
    itself."""
    name_ends = header.rfind(b'"', 0, max(0, header.find(b'"dtype"')))
    start = header.rfind(b'"', 0, max(0, name_ends))
    if start < 0 or b"\\" in header:
        return None
    try:
        if not _opens(header[:start].decode()):
            return None
        names: list[str] = []
        which: list[int] = []
        offsets: list[str] = []  # of each piece, still as text
        known: dict[tuple[str, str], int] = numbering()
        for texts in _pieces(header, start):
            names += texts[1::10]
            which += map(known.__getitem__, zip(texts[5::10], texts[8::10], strict=True))
            offsets.append('"'.join(texts[10::10]))
        kinds = [kind_of(dtype, _shape(text)) for dtype, text in known]
        data = _one_after_the_other(offsets, which, [size for _, _, size in kinds])
        begins, ends = _numbers(offsets) if data is None else ([], [])
    except (ValueError, RecursionError, UsageError):
        return None
    letters = "".join(names).encode()
    if len(letters.translate(None, CONTROLS)) < len(letters):
        return None
    if METADATA in names or len(set(names)) < len(names):
        return None
    if data is not None:
        return Entries(names, which, kinds, data)
    return _in_order(begins, ends, Entries(names, which, kinds, max(ends)))


def _pieces(header: bytes, start: int) -> Iterator[list[str]]:
    """The entries from `start` on, cut at their quotes: ten texts to each, and one before the first. ValueError where
    they are not plain."""
    end = len(header.rstrip(b" "))
    while start < end:
        cut = end if end - start <= PIECE else header.rfind(b"]},", start, start + PIECE) + 3
        texts = header[start:cut].decode().split('"')
        if cut == end:
            if not texts[-1].endswith("}"):
                raise ValueError
            texts[-1] = f"{texts[-1][:-1]},"  # as behind every other
        if len(texts) % 10 != 1 or len(texts) == 1 or texts[0].strip(" "):
            raise ValueError
        quoted, signs = AROUND
        entries = len(texts) // 10
        for place, word in zip((3, 7, 9), quoted, strict=True):
            if texts[place::10].count(word) < entries:
                raise ValueError
        for place, sign in zip((2, 4, 6), signs, strict=True):
            found = texts[place::10]
            if found.count(sign) < entries and {text.replace(" ", "") for text in set(found)} != {sign}:
                raise ValueError
        yield texts
        start = cut


def _one_after_the_other(offsets: list[str], which: list[int], sizes: list[int]) -> int | None:
    """Bytes of data where each tensor begins at the end of the one before, in so many words; None where not, or one
    has no data. To write the numbers that must be there costs half of what reading them does."""
    if 0 in sizes:
        return None
    end, place = 0, 0
    for text in offsets:
        count = text.count("[")
        ends = list(accumulate(map(sizes.__getitem__, which[place : place + count]), initial=end))
        if text != f":[{PAIRS.join(map(','.join, pairwise(map(repr, ends))))}]}},":
            return None
        end, place = ends[-1], place + count
    return end


def _numbers(offsets: list[str]) -> tuple[list[int], list[int]]:
    """Where each tensor's data begins and ends. ValueError where a text says something else."""
    begins: list[int] = []
    ends: list[int] = []
    for text in offsets:
        found = _offsets(text)
        begins += found[::3]
        ends += found[1::3]
    if set(map(type, chain(begins, ends))) != {int}:
        raise ValueError
    return begins, ends


def _offsets(joined: str) -> list[Any]:
    """Begin, end and None for each `:[begin,end]},`, without the last None. ValueError where one is not of that form.

    Joined by a sign that no number holds, they are one list of numbers with a null between the pairs: what another
    number of them, or a null of the text's own, would move.
    """
    pairs = joined.count('"') + 1
    if " " in joined:
        joined = joined.replace(": ", ":").replace(", ", ",").replace("} ", "}")
    if not (joined.startswith(":[") and joined.endswith("]},")):
        raise ValueError
    found: list[Any] = json.loads(f"[{joined[2:-3].replace(PAIRS, ',null,')}]")
    if len(found) != 3 * pairs - 1 or found[2::3].count(None) < pairs - 1:
        raise ValueError
    return found


PAIRS = ']},":['
"""What stands between two pairs of offsets that are joined."""


def _shape(text: str) -> list[int]:
    """The shape as JSON has it, of whatever values."""
    match = shape().fullmatch(text)
    if match is None or len(text) > LONGEST_SHAPE:
        raise ValueError
    found: list[int] = json.loads(match[1])
    return found


def _in_order(begins: list[int], ends: list[int], entries: Entries) -> Entries | None:
    """The entries in the order of their data; None where they leave a hole, overlap, or are not as long as they say."""
    names, which, kinds, data = entries
    sizes = [size for _, _, size in kinds]
    if begins[1:] != ends[:-1] or 0 in sizes:  # of those without data, the names decide
        order = [place for *_, place in sorted(zip(begins, ends, names, range(len(names)), strict=True))]
        begins, ends, which = ([numbers[place] for place in order] for numbers in (begins, ends, which))
        names = [names[place] for place in order]
    whole = (
        begins[0] == 0
        and begins[1:] == ends[:-1]
        and all(map(eq, map(sub, ends, begins), map(sizes.__getitem__, which)))
    )
    return Entries(names, which, kinds, data) if whole else None


def _opens(text: str) -> bool:
    """Whether a header begins so: its brace, then at most the metadata and a comma."""
    text = text.strip(" ")
    if not text.endswith(","):
        return text == "{"
    shell = read_object(f"{text[:-1]}}}".encode(), "")
    metadata = shell.get(METADATA)
    return len(shell) == 1 and isinstance(metadata, dict) and all(isinstance(text, str) for text in metadata.values())
