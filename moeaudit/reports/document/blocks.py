"""Blocks: what a section consists of. A closed list; every writer has one function for each, and a test says so."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from moeaudit.later import dataclass
from moeaudit.reports.document.runs import Runs


class Tone(StrEnum):
    """How loud a paragraph is."""

    PLAIN = "plain"
    LEAD = "lead"
    SMALL = "small"
    MUTED = "muted"
    WARN = "warn"


@dataclass(frozen=True)
class Heading:
    """A title within a section. `level`: 2 below the section's own, 3 below that."""

    text: Runs
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Sentences. One that `leads` stays with what follows it."""

    runs: Runs
    tone: Tone = Tone.PLAIN
    leads: bool = False


@dataclass(frozen=True)
class Facts:
    """Labels with what stands behind each."""

    rows: tuple[tuple[Runs, Runs], ...]
    title: Runs = ()


@dataclass(frozen=True)
class Column:
    """A column of a table. `width`: its share on a page; `right`: of figures; `brief`: narrow media keep it."""

    title: Runs
    width: float = 1
    right: bool = False
    brief: bool = True


@dataclass(frozen=True)
class Table:
    """Rows of cells. Where a cell holds a figure, the column sorts by it. `name`: what styles know it by; `title`:
    what it is called, `shown` unless it says what stands above already."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Runs, ...], ...]
    title: Runs = ()
    shown: bool = True
    name: str = ""


@dataclass(frozen=True)
class Tiles:
    """The few figures that everyone reads: each with a name in a typewriter face, a word for it, and what is exact."""

    items: tuple[tuple[Runs, Runs, Runs], ...]  # figure, name, exact


@dataclass(frozen=True)
class Tallies:
    """Counts side by side: a title, how many of each word, what to say where there are none."""

    columns: tuple[tuple[Runs, tuple[tuple[int, Runs], ...], Runs], ...]


@dataclass(frozen=True)
class Items:
    """A list, numbered from `start` where it is `ordered`."""

    items: tuple[Runs, ...]
    ordered: bool = False
    start: int = 1
    name: str = ""


@dataclass(frozen=True)
class Pane:
    """One side of two: a heading, and lines of (text, first sign, last sign) of which a part is marked."""

    title: Runs
    lines: tuple[Runs, ...]
    tone: str = ""


@dataclass(frozen=True)
class Note:
    """Something found: how grave, what, the sides beside each other, and what is to do."""

    tone: str
    title: Runs
    lines: tuple[Runs, ...]
    panes: tuple[Pane, ...] = ()
    foot: Runs = ()


@dataclass(frozen=True)
class Picture:
    """A drawing of facts that stand in the report anyway. `kind`: which of `reports/pictures`; `of`: the values that it
    draws, by name, and its `words`; `otherwise`: what says the same where nothing can be drawn."""

    kind: str
    of: tuple[tuple[str, Any], ...]
    caption: Runs
    otherwise: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Code:
    """Lines to be copied as they are, or signs that stand below each other."""

    text: str


@dataclass(frozen=True)
class Fields:
    """Lines to be filled in by hand: purpose, reviewer, signature."""

    labels: tuple[Runs, ...]


Block = Heading | Paragraph | Facts | Table | Tiles | Tallies | Items | Note | Picture | Code | Fields

__all__ = [
    "Block", "Code", "Column", "Facts", "Fields", "Heading", "Items", "Note", "Pane", "Paragraph", "Picture", "Table",
    "Tallies", "Tiles", "Tone",
]  # fmt: skip
