"""What sections ask of a result: the packet has all of it, other results a part.

`NEEDS` of a section names those attributes; a report of a result that has one of them not leaves the section out, and
says so. What a result has and what is empty, the section tells itself.
"""

from __future__ import annotations

from typing import Protocol

from moeaudit.reports.packet.model import Agreement, Architecture, Claim, Denominator, Finding, Subject, Summary


class Counted(Protocol):
    """A result with counts."""

    @property
    def denominators(self) -> tuple[Denominator, ...]: ...


class Described(Counted, Protocol):
    """A result with what the model is made of."""

    @property
    def architecture(self) -> Architecture: ...


class Claimed(Counted, Protocol):
    """A result with claims held against the evidence."""

    @property
    def claims(self) -> tuple[Claim, ...]: ...


class Found(Protocol):
    """A result with findings."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...


__all__ = ["Agreement", "Claimed", "Counted", "Described", "Found", "Subject", "Summary"]
