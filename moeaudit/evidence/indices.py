"""The numbers that one `{}` of a tensor template runs over, and their short text form: `0-60`, `3-47/4`, `0,2-5`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, pairwise

from moeaudit.later import expression
from moeaudit.text import quoted

Indices = range | tuple[int, ...]
"""The numbers that one `{}` of a template runs over, ascending."""

SPAN = expression(r"(\d{1,9})(?:-(\d{1,9})(?:/(\d{1,9}))?)?", re.ASCII)


def indices(numbers: Sequence[int]) -> Indices:
    """The same numbers as a range where they form one, so that equal sets compare equal."""
    if not numbers:
        return ()
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    candidate = range(numbers[0], numbers[-1] + 1, step) if step > 0 else range(0)
    return candidate if len(candidate) == len(numbers) and tuple(candidate) == tuple(numbers) else tuple(numbers)


def write_indices(numbers: Indices) -> str:
    """The numbers as text: spans `first-last`, with `/step` where the step is not 1, joined by commas."""
    return ",".join(_write_span(span) for span in ([numbers] if isinstance(numbers, range) else _spans(numbers)))


def read_indices(text: str) -> Indices:
    """What `write_indices` wrote. ValueError where the text is not of that form or the numbers do not ascend."""
    spans = [_read_span(piece) for piece in text.split(",")]
    if any(before[-1] >= after[0] for before, after in pairwise(spans)):
        raise ValueError(f"the numbers of {quoted(text)} do not ascend")
    return indices(spans[0]) if len(spans) == 1 else indices(tuple(chain.from_iterable(spans)))


def count_indices(text: str) -> int:
    """How many numbers the text stands for, without listing them."""
    return sum(len(_read_span(piece)) for piece in text.split(","))


def _spans(numbers: tuple[int, ...]) -> list[range]:
    """The numbers as spans, greedily: consecutive numbers first, other steps only from three numbers on."""
    spans: list[range] = []
    start = 0
    while start < len(numbers):
        step = numbers[start + 1] - numbers[start] if start + 1 < len(numbers) else 1
        end = start + 1
        while end < len(numbers) and numbers[end] - numbers[end - 1] == step:
            end += 1
        if step != 1 and end - start < 3:
            step, end = 1, start + 1
        spans.append(range(numbers[start], numbers[end - 1] + 1, step))
        start = end
    return spans


def _write_span(span: range) -> str:
    if len(span) == 1:
        return str(span[0])
    return f"{span[0]}-{span[-1]}" + (f"/{span.step}" if span.step != 1 else "")


def _read_span(piece: str) -> range:
    match = SPAN.fullmatch(piece)
    if match is None:
        raise ValueError(f"{quoted(piece)} is not a number, first-last or first-last/step")
    first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
    if last < first or step == 0 or (last - first) % step:
        raise ValueError(f"{quoted(piece)} is not a span of ascending numbers")
    return range(first, last + 1, step)
