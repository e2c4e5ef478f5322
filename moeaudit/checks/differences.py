"""A catalogue's records held against the evidence: what differs, each difference once, wherever it is taken over.

A record is no model card: nobody expects it to state a checklist, and the oddities of the weights are not its fault.
So only the rules on claims run, and only what they find at a record's own claims is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from moeaudit.checks.audit import Audit, Settings
from moeaudit.checks.causes import CAUSES
from moeaudit.checks.facts import Facts, Statement, statements
from moeaudit.checks.finding import Finding, Severity
from moeaudit.checks.gate import GATE, Change
from moeaudit.checks.integrity import INTEGRITY
from moeaudit.checks.notices import NOTICED
from moeaudit.checks.registry import FIRST, run
from moeaudit.checks.rule import Persona
from moeaudit.checks.status import checklist_status
from moeaudit.checks.suppression import suppress
from moeaudit.checks.weight_files import WEIGHT_FILES
from moeaudit.checks.wording import WORDING
from moeaudit.claims.catalogues import HubId, Record, Unread
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.later import dataclass
from moeaudit.ledger.inspection import Inspection

NOT_OF_CLAIMS = frozenset(rule.id for rule in (*NOTICED, *CAUSES, *INTEGRITY, *WEIGHT_FILES, *WORDING))
GATE_NAME = "the gate itself"
NAME_TAKEN = "The record names no weights; its own name was taken for the repository's."


@dataclass(frozen=True)
class Difference:
    """Something found at a claim. `records`: how many records say the same at the same place."""

    record: Record
    hub: HubId
    statement: Statement
    finding: Finding
    records: int = 1


@dataclass(frozen=True)
class CatalogueAudit:
    """A whole catalogue. `checked`: records whose evidence was there; `without`: those whose was not; `unread`: what
    could not be read; `gate`: what a pull request changes of the gate, which is no record's. `audits` hold the same
    findings by model, the gate's first, for views that know no catalogues."""

    files: int
    checked: int
    differences: tuple[Difference, ...]
    without: tuple[Record, ...]
    unread: tuple[Unread, ...]
    audits: tuple[Audit, ...] = field(default=())
    gate: tuple[Finding, ...] = ()

    @property
    def records(self) -> int:
        return self.checked + len(self.without)


def findings_at(
    claims: tuple[Claim, ...], inspection: Inspection, persona: Persona, off: Mapping[str, str]
) -> tuple[tuple[Statement, ...], tuple[tuple[int, Finding], ...]]:
    """The claims with their verdicts, and every finding with the number of the claim at which it stands."""
    judged = statements(claims, inspection, Distribution.DOWNLOADABLE)
    facts = Facts(inspection, judged)
    rules = [rule for rule in FIRST if rule.id not in NOT_OF_CLAIMS]
    numbers = {claim.location: number for number, claim in enumerate(claims)}
    found = suppress(run(facts, persona, rules), facts, off)
    return judged, tuple(
        (numbers[finding.place], finding) for finding in found if finding.place is not None and finding.place in numbers
    )


def gate_audit(changes: tuple[Change, ...], settings: Settings) -> Audit:
    """What a pull request changes of the gate, as an audit of its own."""
    facts = Facts(None, gate=changes)
    found = suppress(run(facts, settings.persona, GATE), facts, settings.off or {})
    files = dict.fromkeys(change.place.file for change in changes)
    return Audit(GATE_NAME, tuple(files), facts, found, checklist_status(facts, found))


def softened(finding: Finding, *, assumed: bool) -> Finding:
    """An error that rests on an assumed model, or on prose, is a warning: one of its sides is not proved."""
    message = f"{finding.message}. {NAME_TAKEN}" if assumed else finding.message
    severity = Severity.WARNING if finding.severity is Severity.ERROR else finding.severity
    return replace(finding, severity=severity, message=message)


def once(found: Iterator[Difference]) -> tuple[Difference, ...]:
    """Every difference once, in the order of files and lines, counting the records that take it over."""
    kept: dict[tuple[object, ...], Difference] = {}
    for one in found:
        key = (one.finding.rule, one.statement.claim.location, one.hub.id.casefold())
        first = kept.get(key)
        kept[key] = one if first is None else replace(first, records=first.records + 1)
    return tuple(sorted(kept.values(), key=_by_place))


def _by_place(one: Difference) -> tuple[str, int, int]:
    place = one.statement.claim.location
    return place.file, place.line or 0, place.column or 0
