"""The check of a catalogue as its sections see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from moeaudit.checks.audit import count, in_words
from moeaudit.checks.differences import CatalogueAudit, Difference
from moeaudit.checks.finding import Finding, Severity
from moeaudit.errors import Place
from moeaudit.later import dataclass
from moeaudit.text import several

CATALOGUED = ("rows", "found", "everything")
"""What the sections of a catalogue's check need."""


@dataclass(frozen=True)
class CatalogueResult:
    """What was found, and how much of it is told. `everything`: notes, what is set aside, and the records without
    evidence, too; `most`: rows of each list at most, where there is no room for more."""

    found: CatalogueAudit
    everything: bool = False
    most: int | None = None

    @property
    def rows(self) -> Sequence[Difference]:
        """What was found at claims, without notes and what is set aside unless everything is asked for."""
        return [
            one
            for one in self.found.differences
            if self.everything or (one.finding.severity is not Severity.NOTE and one.finding.suppressed is None)
        ]


def gated(found: CatalogueAudit) -> list[Finding]:
    """The findings that a gate looks at."""
    return [*found.gate, *(one.finding for one in found.differences)]


def severities(found: CatalogueAudit) -> Mapping[str, int]:
    """How many of them there are by severity, without what is set aside."""
    counts = count(gated(found))
    return {name: number for name, number in counts.items() if name != "suppressed"}


def summary(found: CatalogueAudit) -> str:
    """One line for stderr: records read, held and not held against evidence, and findings by severity."""
    return (
        f"{several(found.records, 'record')} in {several(found.files, 'file')}: {found.checked:,} with evidence, "
        f"{len(found.without):,} without, {len(found.unread):,} unread; {in_words(severities(found))}"
    )


def spot(place: Place) -> str:
    return f"{place.file}:{place.line}" if place.line else place.file


def model_page(one: Difference) -> str:
    """The page of the model that a record is held against; empty where its id is no repository's."""
    return f"https://huggingface.co/{quote(one.hub.id, safe='/')}" if "/" in one.hub.id else ""
