"""Runs: the pieces of a line. A run holds a value, never a formatted or escaped text: writers do both.

Foreign text may stand in `Plain`, `Name`, `Quote` and `Link`, raw. Counts are parameters, sizes bytes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from moeaudit.later import dataclass

if TYPE_CHECKING:
    from moeaudit.reports.amount import Amount


class Form(StrEnum):
    """How much of a figure is shown: `37.55B` · `37,552,297,472` · `active.full 37.55B (37,552,297,472)`."""

    SHORT = "short"
    EXACT = "exact"
    NAMED = "named"


@dataclass(frozen=True)
class Between:
    """The words inside values: `18.6B to 31.3B`, `none`, `under 0.1 %`, `12 parameters open`."""

    to: str = "to"
    none: str = "none"
    under: str = "under"
    open: str = "parameters open"
    one_open: str = "parameter open"


ENGLISH = Between()


@dataclass(frozen=True)
class Plain:
    """Words."""

    text: str


@dataclass(frozen=True)
class Name:
    """An id, a file, a field, a command: what is copied sign by sign."""

    text: str


@dataclass(frozen=True)
class Quote:
    """The words of somebody else."""

    text: str


@dataclass(frozen=True)
class Figure:
    """A count under its denominator, or the range of it."""

    amount: Amount
    form: Form = Form.EXACT
    words: Between = ENGLISH


@dataclass(frozen=True)
class Number:
    """A number of something. `unit`: bytes (shown in GiB, 2^30), FLOP, tokens, s, …; nothing for a bare number."""

    value: float
    unit: str = ""


@dataclass(frozen=True)
class Decimal:
    """Bytes as vendors and shops give them: GB of 10^9."""

    bytes: int


@dataclass(frozen=True)
class Band:
    """From one end to the other; nothing where there is none."""

    low: float | None
    high: float | None
    unit: str = ""
    words: Between = ENGLISH


@dataclass(frozen=True)
class Share:
    """A part of a whole, in percent."""

    part: int
    whole: int
    words: Between = ENGLISH


@dataclass(frozen=True)
class Gap:
    """How far something is from something else, in percent with its sign; `value` is 1 for 100 %."""

    value: float


@dataclass(frozen=True)
class Power:
    """FLOP with two significant figures, as notification forms ask for them: 3.3e24."""

    flop: float


@dataclass(frozen=True)
class Bar:
    """A part of a whole as a length. It says nothing that a figure beside it does not: media without drawings leave it
    out. `tone`: which of the few tones."""

    part: int
    whole: int
    tone: str = ""


@dataclass(frozen=True)
class Tag:
    """A word of a closed list: a verdict, a severity, a status. `word` is its id, `text` how it is said, where other
    words than the id are."""

    word: str
    text: str = ""


@dataclass(frozen=True)
class Link:
    """An address with the words for it. What is no address of the web is shown as words alone."""

    text: str
    url: str


@dataclass(frozen=True)
class Strong:
    """What is read first."""

    runs: Runs


@dataclass(frozen=True)
class Muted:
    """What is read last."""

    runs: Runs


@dataclass(frozen=True)
class Break:
    """A new line in the same cell or item."""


Value = Figure | Number | Decimal | Band | Share | Gap | Power
Run = Plain | Name | Quote | Value | Bar | Tag | Link | Strong | Muted | Break
Runs = tuple[Run, ...]
Words = str | Run | Runs | None
"""What the makers of blocks take: words, one run, several, or nothing."""


def runs(*pieces: Words) -> Runs:
    """The pieces in a row; words are `Plain`, what is empty is left out."""
    found: list[Run] = []
    for piece in pieces:
        if isinstance(piece, tuple):
            found += piece
        elif isinstance(piece, str):
            found += [Plain(piece)] if piece else []
        elif piece is not None:
            found.append(piece)
    return tuple(found)


def strong(*pieces: Words) -> Strong:
    return Strong(runs(*pieces))


def muted(*pieces: Words) -> Muted:
    return Muted(runs(*pieces))


def joined(pieces: list[Runs] | tuple[Runs, ...], between: Words = ", ") -> Runs:
    """Pieces with something between each two; empty ones are left out."""
    found: Runs = ()
    for piece in pieces:
        if piece:
            found = runs(found, between, piece) if found else piece
    return found


def lines(*pieces: Words) -> Runs:
    """Each on a line of its own."""
    return joined([runs(piece) for piece in pieces], Break())


__all__ = [
    "ENGLISH", "Band", "Bar", "Between", "Break", "Decimal", "Figure", "Form", "Gap", "Link", "Muted", "Name", "Number",
    "Plain", "Power", "Quote", "Run", "Runs", "Share", "Strong", "Tag", "Value", "Words", "joined", "lines", "muted",
    "runs", "strong",
]  # fmt: skip
