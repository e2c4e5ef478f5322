"""A line that is too long, cut around what is marked of it."""

from __future__ import annotations

from moeaudit.reports.writers.wrapping import Line, cells, fitting, width_of

LEAST = 12
"""Cells beside which the number of the line still has its place."""


def around(line: Line, width: int, marked: str, margin: str) -> Line:
    """The line in at most `width` cells: cut on the left where what is marked would stand too far right, then on the
    right. `marked` and `margin`: the styles of what is marked, and of the number at its beginning, which stays where
    there is room."""
    if width_of(line) <= width:
        return line
    first = 1 if margin in line[0][1].split() else 0
    number, rest = line[:first], line[first:]
    if width - width_of(number) < LEAST:
        number = []
    places = [place for place, (_, style) in enumerate(rest) if marked in style.split()]
    first, last = (places[0], places[-1] + 1) if places else (0, 0)
    room = width - width_of(number)
    words = beginning(rest[first:last], room)
    spare = min(width_of(rest[last:]), room // 4)
    before = end(rest[:first], max(room - width_of(words) - spare, 0))
    return [*number, *before, *words, *beginning(rest[last:], room - width_of(before) - width_of(words))]


def beginning(line: Line, width: int) -> Line:
    """As much of it as has room, with an ellipsis where something is left out."""
    if width_of(line) <= width:
        return line
    found: Line = []
    left = width - 1
    for text, style in line:
        kept = fitting(text, left)
        found.append((kept, style))
        left -= cells(kept)
        if kept != text:
            break
    return [*found[:-1], (f"{found[-1][0]}…", found[-1][1])] if width > 0 and found else []


def end(line: Line, width: int) -> Line:
    """The same of its end."""
    turned = beginning([(text[::-1], style) for text, style in reversed(line)], width)
    return [(text[::-1], style) for text, style in reversed(turned)]
