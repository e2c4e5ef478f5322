"""What sections ask of a result: the packet has all of it, other results a part."""

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
