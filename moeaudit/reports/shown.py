"""How much of a check a person asks to see."""

from __future__ import annotations

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Shown:
    """`all` adds claims and checklist, `quiet` leaves nothing but findings, `readings` adds the figures that were not
    taken."""

    all: bool = False
    quiet: bool = False
    readings: bool = False
