"""Tables for a terminal: columns as wide as what they hold, bars in the room that is left.

Where a line is too short for all columns, those that narrow media do without are left out; then columns of words are
broken within themselves; where even their longest words have no room beside each other, each row is a few lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeaudit.later import dataclass
from moeaudit.reports.document.blocks import Column, Table
from moeaudit.reports.document.runs import Bar, Runs
from moeaudit.reports.writers.inline import BAR_TONES, Inline
from moeaudit.reports.writers.wrapping import Line, longest, padded, trimmed, width_of, wrapped

GAP = 2
"""Cells between two columns."""

LEAST, SPARED = 24, 48
"""Cells below which a column of words is not made narrower for one that narrow media do without, and those that such a
one takes at least, or as many as it holds."""

BARS = (4, 40)
"""A bar has at least and at most so many cells."""

TITLE = "dim"


@dataclass(frozen=True)
class Laid:
    """One column: its cells as lines, the room it would take and that of its longest word. `bars`: instead of words."""

    column: Column
    title: list[Line]
    cells: tuple[list[Line], ...]
    bars: tuple[Bar, ...] = ()

    @property
    def natural(self) -> int:
        """Titles of figures are broken, so that they take no more room than these."""
        titles = longest if self.column.right else width_of
        cells = max((width_of(line) for cell in self.cells for line in cell), default=0)
        return max(cells, *map(titles, self.title), 0)

    @property
    def least(self) -> int:
        return max((longest(line) for cell in (self.title, *self.cells) for line in cell), default=0)

    @property
    def need(self) -> int:
        """The room without which something is left out."""
        if not self.words:
            return self.natural
        return min(self.natural, max(self.least, LEAST if self.column.brief else SPARED))

    @property
    def words(self) -> bool:
        """Whether it may be broken: figures never are."""
        return not self.column.right


def table_lines(table: Table, inline: Inline, width: int) -> Iterator[Line]:
    """The rows of a table in at most `width` cells, below the titles of its columns."""
    columns = [_column(table, place, inline) for place in range(len(table.columns))]
    columns = [one for one in columns if one.bars or any(one.cells)]
    bars = [one for one in columns if one.bars]
    columns = _kept([one for one in columns if not one.bars], width)
    rooms = _rooms(columns, width)
    if rooms is None:
        yield from _stacked(columns, width)
        return
    left = width - sum(rooms) - GAP * len(rooms)
    drawn = bars[0] if bars and left >= BARS[0] else None
    if any(one.title for one in columns):
        yield from _row([one.title for one in columns], columns, rooms, None)
    for number in range(len(table.rows)):
        bar = _bar(drawn.bars[number], inline, min(left, BARS[1])) if drawn is not None else None
        yield from _row([one.cells[number] for one in columns], columns, rooms, bar)


def _column(table: Table, place: int, inline: Inline) -> Laid:
    column, runs = table.columns[place], [row[place] for row in table.rows]
    bars = _bars(runs)
    cells = () if bars else tuple(inline.lines(cell) for cell in runs)
    return Laid(column, inline.lines(column.title, TITLE), cells, bars)


def _bars(cells: Sequence[Runs]) -> tuple[Bar, ...]:
    """The bars of a column that holds nothing else; an empty cell has none to show."""
    found = [run for cell in cells for run in cell]
    if not found or not all(isinstance(run, Bar) for run in found):
        return ()
    return tuple(next((run for run in cell if isinstance(run, Bar)), Bar(0, 0)) for cell in cells)


def _bar(bar: Bar, inline: Inline, room: int) -> Line:
    return [(inline.bar(bar, room), BAR_TONES.get(bar.tone, BAR_TONES[""]))]


def _kept(columns: list[Laid], width: int) -> list[Laid]:
    """The columns that have room, the last of those that can be spared going first."""
    columns = list(columns)
    while True:
        need = sum(one.need for one in columns)
        spare = next((one for one in reversed(columns) if not one.column.brief), None)
        if spare is None or need + GAP * (len(columns) - 1) <= width:
            return columns
        columns.remove(spare)


def _rooms(columns: Sequence[Laid], width: int) -> list[int] | None:
    """A width for each column: the widest of words give way first; None where even their longest words do not fit."""
    rooms = [one.natural for one in columns]
    over = sum(rooms) + GAP * (len(rooms) - 1) - width
    while over > 0:
        able = [place for place, one in enumerate(columns) if one.words and rooms[place] > one.least]
        if not able:
            return None
        widest = max(rooms[place] for place in able)
        those = [place for place in able if rooms[place] == widest]
        next_one = max((rooms[place] for place in able if rooms[place] < widest), default=0)
        for place in those:
            step = min(widest - max(next_one, columns[place].least), -(-over // len(those)), over)
            rooms[place] -= step
            over -= step
    return rooms


def _row(
    cells: Sequence[list[Line]], columns: Sequence[Laid], rooms: Sequence[int], bar: Line | None
) -> Iterator[Line]:
    """A row, as many lines high as its highest cell; the bar stands on the first."""
    broken = [[part for line in cell for part in wrapped(line, room)] for cell, room in zip(cells, rooms, strict=True)]
    for number in range(max(1, *map(len, broken))):
        line: Line = []
        for place, (one, room) in enumerate(zip(columns, rooms, strict=True)):
            if place:
                line.append((" " * GAP, ""))
            line += padded(broken[place][number] if number < len(broken[place]) else [], room, right=one.column.right)
        if bar and number == 0:
            line += [(" " * GAP, ""), *bar]
        yield trimmed(line)


def _stacked(columns: Sequence[Laid], width: int) -> Iterator[Line]:
    """Each row as lines below each other: the first cell, then the others under their titles, indented."""
    for number in range(len(columns[0].cells)):
        for line in columns[0].cells[number]:
            yield from wrapped(line, width)
        for one in columns[1:]:
            if not one.cells[number]:
                continue
            title = [piece for line in one.title for piece in (*line, (": ", TITLE))]
            for place, line in enumerate(one.cells[number]):
                for part in wrapped([*(title if place == 0 else []), *line], width - GAP):
                    yield [(" " * GAP, ""), *part]
