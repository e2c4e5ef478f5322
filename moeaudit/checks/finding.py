"""A rule's result on evidence and claims: outcome, severity, confidence, location, both sides, what would make it
true."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any

from moeaudit.errors import Place
from moeaudit.later import dataclass


class Severity(StrEnum):
    """How bad it is. `error` only for contradictions that are proved."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Confidence(StrEnum):
    """How sure the rule is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Outcome(StrEnum):
    """What the rule found out. Only `contradicted`, `suspect` and `incomplete` are findings to act on."""

    CONTRADICTED = "contradicted"  # evidence proves it false
    SUSPECT = "suspect"  # evidence speaks against it
    INCOMPLETE = "incomplete"  # something that should be stated is not
    UNVERIFIABLE = "unverifiable"  # public files cannot decide it
    CONFIRMED = "confirmed"  # evidence proves it
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class Fix:
    """What to write: `old`, which stands at `place`, becomes `new`. All around it stays: unit, sign, quotes, bold,
    links. `place.path` is the claim's field."""

    place: Place
    old: str
    new: str

    def as_json(self) -> dict[str, Any]:
        return {"location": _location(self.place), "old": self.old, "new": self.new}


@dataclass(frozen=True)
class Finding:
    """One finding. `claimed` and `derived` are the two sides, as text to put side by side.

    `fix` is there where the finding proves one figure; else `unfixed` says why not. Both are empty where no file was
    checked that could be fixed.
    """

    rule: str
    title: str
    outcome: Outcome
    severity: Severity
    confidence: Confidence
    message: str
    place: Place | None = None
    claimed: str | None = None
    derived: str | None = None
    tip: str = ""
    url: str = ""
    suppressed: str | None = None
    fix: Fix | None = None
    unfixed: str = ""

    @property
    def fingerprint(self) -> str:
        """Stable while the statement stays the same, wherever its line moves to."""
        file, path = (self.place.file, self.place.path) if self.place else ("", "")
        said = "\x1f".join((self.rule, file, path or "", self.claimed or "", self.derived or ""))
        return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """The finding object of the JSON contract, version 1."""
        return {
            "rule": self.rule,
            "title": self.title,
            "outcome": self.outcome.value,
            "severity": self.severity.value,
            "confidence": self.confidence.value,
            "message": self.message,
            "location": _location(self.place) if self.place is not None else None,
            "claimed": self.claimed,
            "derived": self.derived,
            "tip": self.tip,
            "url": self.url,
            "fingerprint": self.fingerprint,
            "suppressed": self.suppressed,
            "fix": self.fix.as_json() if self.fix is not None else None,
            "unfixed": self.unfixed or None,
        }


def _location(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column, "path": place.path}
