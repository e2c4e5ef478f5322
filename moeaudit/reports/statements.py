"""An audit as its views look at it: the claim that a finding is about, where to show it, and the lines of the cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from moeaudit.checks.audit import RULES, Audit
from moeaudit.checks.facts import Statement
from moeaudit.checks.finding import Finding
from moeaudit.checks.gate import GATE_CHANGED
from moeaudit.errors import Place
from moeaudit.later import dataclass


@dataclass(frozen=True)
class Seen:
    """An audit with its claims by place and its cards by line, so that a view of many findings stays fast."""

    audit: Audit
    claims: Mapping[Place, Statement]
    lines: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, audit: Audit) -> Seen:
        claims = {statement.claim.location: statement for statement in reversed(audit.facts.statements)}
        return cls(audit, claims, {file: text.split("\n") for file, text in audit.facts.texts.items()})

    def claim(self, finding: Finding) -> Statement | None:
        """The judged claim that stands where the finding does."""
        return self.claims.get(finding.place) if finding.place is not None and finding.place.line else None

    def anchor(self, finding: Finding) -> tuple[Place, Place | None]:
        """Where to show a finding among the checked files, and the place in the evidence that it is really about.

        Evidence (config.json, an index) is no file of the change under review, so its findings are shown at the top of
        the first checked file.
        """
        place = finding.place
        if place is not None and (place.file in self.audit.files or finding.rule == GATE_CHANGED):
            return place, None
        return Place(self.audit.files[0] if self.audit.files else "README.md"), place

    def fix(self, rule: str) -> str:
        """The advice that a rule gives where a finding has none of its own."""
        return RULES[rule].fix if rule in RULES else ""

    def line(self, place: Place) -> str | None:
        """The line of a card that a place names; None where the file is no card, or has no such line."""
        lines = self.lines.get(place.file, ())
        number = place.line or 0
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else None
