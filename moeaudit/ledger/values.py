"""What a denominator can be: an exact count, a range with its reason, or absent with its reason. Never a silent 0."""

from __future__ import annotations

from dataclasses import field

from moeaudit.later import dataclass
from moeaudit.vocabulary import Basis


@dataclass(frozen=True)
class Count:
    """A number of parameters (or elements). `basis`: the weakest of what it sums. `open`: parameters that the evidence
    leaves unsettled, in it or beside it; 0 where it is settled."""

    value: int
    basis: Basis = field(default=Basis.READ, compare=False)
    open: int = field(default=0, compare=False)

    @property
    def bounds(self) -> tuple[int, int]:
        return self.value, self.value

    @property
    def typical(self) -> int:
        return self.value


@dataclass(frozen=True)
class Range:
    """A number that the public files leave open, or that depends on the token. `basis` and `open` as of a count."""

    low: int
    typical: int
    high: int
    reason: str
    basis: Basis = field(default=Basis.READ, compare=False)
    open: int = field(default=0, compare=False)

    @property
    def bounds(self) -> tuple[int, int]:
        return self.low, self.high


@dataclass(frozen=True)
class Absent:
    """The denominator does not apply to this model, or the evidence at hand cannot give it."""

    reason: str


Value = Count | Range | Absent


def between(low: int, typical: int, high: int, reason: str, basis: Basis = Basis.READ, open: int = 0) -> Count | Range:
    """A range in order, or the one number where there is no range.

    Summed shares can come in any order: a token of one modality leaves the other's experts aside, whichever are larger.
    """
    low, high = min(low, typical, high), max(low, typical, high)
    return Count(low, basis, open) if low == high else Range(low, typical, high, reason, basis, open)


def is_settled(value: Value) -> bool:
    """Whether a figure may be held against a claim as proof: nothing of it is open."""
    return not isinstance(value, Absent) and value.open == 0
