"""Shard names in short: `model-{00001-00163}-of-000163.safetensors` stands for 163 of them."""

from __future__ import annotations

from collections.abc import Iterable

from moeaudit.later import expression
from moeaudit.limits import SHARDS
from moeaudit.text import quoted

NUMBERED = expression(r"([^0-9{}]*)([0-9]{1,9})([^{}]*)")
SPAN = expression(r"([^{}]*)\{([0-9]{1,9})-([0-9]{1,9})\}([^{}]*)")


def shorten(names: Iterable[str]) -> list[str]:
    """The names, in order, with neighbours that count up in their first number joined."""
    short: list[str] = []
    run: tuple[str, str, str, int] | None = None  # head, tail, first number as written, last number
    for name in names:
        match = NUMBERED.fullmatch(name)
        head, digits, tail = match.groups() if match else (name, "", "")
        if run and match and run[:2] == (head, tail) and digits == f"{run[3] + 1:0{len(run[2])}d}":
            run = (*run[:3], int(digits))
            short[-1] = f"{head}{{{run[2]}-{digits}}}{tail}"
        else:
            run = (head, tail, digits, int(digits)) if match else None
            short.append(name)
    return short


def lengthen(short: Iterable[str]) -> list[str]:
    """What `shorten` was given. ValueError where a span does not count up, or there are too many names."""
    names: list[str] = []
    for text in short:
        match = SPAN.fullmatch(text)
        if match is None:
            names.append(text)
            continue
        head, first, last, tail = match.groups()
        if len(first) != len(last) or not int(first) < int(last):
            raise ValueError(f"{quoted(text)} is not a span of numbered files")
        if len(names) + int(last) - int(first) >= SHARDS:
            raise ValueError(SHARDS.words())
        names.extend(f"{head}{number:0{len(first)}d}{tail}" for number in range(int(first), int(last) + 1))
    if len(names) > SHARDS:
        raise ValueError(SHARDS.words())
    return names
