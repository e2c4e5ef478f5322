"""Styled text in cells of a terminal: measured, broken between words, cut where nothing else helps.

A piece is text with a style; a line is a list of pieces. `GLUE` stands for a space at which no line is broken, so that
a number keeps its unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Piece = tuple[str, str]
Line = list[Piece]
Atom = tuple[Line, int]
"""What stands between two spaces, and how many cells it takes."""

GLUE = "\u00a0"

ONE_CELL = (
    (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2FF), (0x370, 0x482), (0x2013, 0x2014), (0x201C, 0x201D), (0x2026, 0x2026),
    (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2500, 0x25FC),
)  # fmt: skip
"""Signs that take one cell each; of others rich knows. A table, for compiling it as an expression costs more."""


def cells(text: str) -> int:
    """How many columns of a terminal the text takes. What is known to take one each is measured without rich."""
    if text.isascii() or all(map(is_narrow, text)):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def is_narrow(sign: str) -> bool:
    """Whether a sign is known to take one cell."""
    code = ord(sign)
    return any(low <= code <= high for low, high in ONE_CELL)


def width_of(line: Iterable[Piece]) -> int:
    return sum(cells(text) for text, _ in line)


def atoms(pieces: Iterable[Piece]) -> Iterator[Atom]:
    """The words of a line, each with all the styles it has."""
    atom: Line = []
    size = 0
    for text, style in pieces:
        for number, part in enumerate(text.split(" ")):
            if number and atom:
                yield atom, size
                atom, size = [], 0
            if part:
                atom.append((part, style))
                size += cells(part)
    if atom:
        yield atom, size


def longest(pieces: Iterable[Piece]) -> int:
    """The cells of the longest word."""
    return max((size for _, size in atoms(pieces)), default=0)


def wrapped(pieces: Sequence[Piece], width: int) -> list[Line]:
    """The pieces in lines of at most `width` cells, broken before words that do not fit, inside those longer than a
    line. No line ends with a space."""
    lines: list[Line] = []
    line: Line = []
    filled = 0
    for atom, size in atoms(pieces):
        if line and filled + 1 + size > width:
            lines.append(line)
            line, filled = [], 0
        if size > width:
            for part in _cut(atom, width):
                if line:
                    lines.append(line)
                line, filled = part, width_of(part)
            continue
        if line:
            line.append((" ", _between(line, atom)))
            filled += 1
        line += atom
        filled += size
    return [_joined(one) for one in (*lines, line) if one]


def _cut(atom: Line, width: int) -> Iterator[Line]:
    """A word that is longer than a line: at its glued spaces, then wherever a line ends."""
    if any(GLUE in text for text, _ in atom):
        yield from wrapped([(text.replace(GLUE, " "), style) for text, style in atom], width)
        return
    line: Line = []
    room = width
    for text, style in atom:
        left = text
        while left:
            taken = fitting(left, room)
            if not taken and room == width:
                taken = left[:1]  # a sign wider than the line
            if taken:
                line.append((taken, style))
            left = left[len(taken) :]
            room -= cells(taken)
            if left:
                yield line
                line, room = [], width
    if line:
        yield line


def fitting(text: str, room: int) -> str:
    """As much of the text as has room."""
    if cells(text) <= room:
        return text
    taken = text[: max(room, 0)]
    while taken and cells(taken) > room:
        taken = taken[:-1]
    return taken


def shortened(text: str, width: int) -> str:
    """The text in at most `width` cells, with an ellipsis where something is left out."""
    return text if cells(text) <= width else f"{fitting(text, width - 1)}…" if width > 0 else ""


def _between(line: Line, atom: Line) -> str:
    """A space has the style of what it stands within, and none between two styles."""
    return line[-1][1] if line[-1][1] == atom[0][1] else ""


def _joined(line: Line) -> Line:
    """Neighbours of one style as one piece, glue as spaces."""
    found: Line = []
    for text, style in line:
        before = found.pop()[0] if found and found[-1][1] == style else ""
        found.append((before + text.replace(GLUE, " "), style))
    return found


def padded(line: Line, width: int, *, right: bool = False) -> Line:
    """The line in exactly so many cells, or as it is where it takes more."""
    spare = width - width_of(line)
    if spare <= 0:
        return line
    return [(" " * spare, ""), *line] if right else [*line, (" " * spare, "")]


def trimmed(line: Line) -> Line:
    """The line without blanks at its end."""
    line = list(line)
    while line:
        text, style = line[-1]
        kept = text.rstrip(" ")
        if kept and kept == text:
            return line
        line[-1:] = [(kept, style)] if kept else []
    return line
