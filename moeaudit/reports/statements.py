"""What views of findings share: which claim a finding is about, and which of its files a place belongs to."""

from __future__ import annotations

from moeaudit.checks.audit import Audit
from moeaudit.checks.facts import Statement
from moeaudit.checks.finding import Finding
from moeaudit.errors import Place


def claim_of(finding: Finding, audit: Audit) -> Statement | None:
    """The judged claim that stands where the finding does."""
    if finding.place is None or finding.place.line is None:
        return None
    return next((statement for statement in audit.facts.statements if statement.claim.location == finding.place), None)


def anchor(finding: Finding, audit: Audit) -> tuple[Place, Place | None]:
    """Where to show a finding among the checked files, and the place in the evidence that it is really about.

    Evidence (config.json, an index) is no file of the change under review, so its findings are shown at the top of the
    first checked file.
    """
    place = finding.place
    if place is not None and place.file in audit.files:
        return place, None
    return Place(audit.files[0] if audit.files else "README.md"), place
