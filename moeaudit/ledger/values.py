"""What a denominator can be: an exact count, a range with its reason, or absent with its reason. Never a silent 0."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """An exact number of parameters (or elements)."""

    value: int

    @property
    def bounds(self) -> tuple[int, int]:
        return self.value, self.value

    @property
    def typical(self) -> int:
        return self.value


@dataclass(frozen=True, slots=True)
class Range:
    """A number that the public files leave open, or that depends on the token."""

    low: int
    typical: int
    high: int
    reason: str

    @property
    def bounds(self) -> tuple[int, int]:
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Absent:
    """The denominator does not apply to this model, or the evidence at hand cannot give it."""

    reason: str


Value = Count | Range | Absent


def between(low: int, typical: int, high: int, reason: str) -> Count | Range:
    """A range in order, or the one number where there is no range.

    Summed shares can come in any order: a token of one modality leaves the other's experts aside, whichever are larger.
    """
    low, high = min(low, typical, high), max(low, typical, high)
    return Count(low) if low == high else Range(low, typical, high, reason)
