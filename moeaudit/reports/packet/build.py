"""From a finished audit to a packet: every section once, in order. Pure; nothing is read here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from moeaudit.checks.audit import Audit
from moeaudit.checks.finding import Severity
from moeaudit.checks.settlement import settlement
from moeaudit.checks.status import ItemStatus
from moeaudit.claims.verdicts import Verdict
from moeaudit.later import dataclass
from moeaudit.ledger.inspection import Inspection
from moeaudit.reports.packet.model import (
    Appendix,
    ChecklistGroup,
    EvidenceFile,
    Finding,
    Packet,
    Subject,
    Summary,
    Tally,
)
from moeaudit.reports.packet.parts.architecture import architecture
from moeaudit.reports.packet.parts.checklist import checklist
from moeaudit.reports.packet.parts.claims import claim, finding, weight
from moeaudit.reports.packet.parts.denominators import denominators, headline
from moeaudit.reports.packet.parts.estimates import estimates
from moeaudit.reports.packet.parts.obligations import Known, obligations
from moeaudit.reports.packet.parts.paths import differences
from moeaudit.reports.packet.parts.questions import questions
from moeaudit.vocabulary import Component

if TYPE_CHECKING:
    from moeaudit.costs.estimate import Estimate
    from moeaudit.costs.training import Training

TOP = 3
"""Findings on the summary page."""


@dataclass(frozen=True)
class Making:
    """How the packet came to be: where the evidence was read, what else went in, by which tool and command."""

    version: str
    source: str = ""
    recorded: bool = False
    command: str = ""
    inputs: tuple[EvidenceFile, ...] = ()
    evidence: tuple[EvidenceFile, ...] = ()
    date: str = ""
    unread: str = ""  # why there is no evidence
    training_tokens: str = ""  # the tokens that training compute is for, and who states them


def build(audit: Audit, making: Making, estimate: Estimate | None = None, training: Training | None = None) -> Packet:
    """The packet of one audit. `estimate` on a fleet and `training` compute where they were asked for."""
    inspection = audit.facts.inspection
    claims = tuple(claim(statement) for statement in audit.facts.statements)
    findings = tuple(sorted((finding(found) for found in audit.findings), key=weight))
    parts = subject(audit, making), architecture(inspection), tuple(denominators(inspection))
    estimated = estimates(inspection, estimate, training, making.training_tokens)
    groups = tuple(checklist(audit, claims, estimated))
    paths = tuple(differences(claims))
    verdicts = tallies((one.verdict for one in claims), (verdict.value for verdict in Verdict))
    return Packet(
        parts[0],
        summary(inspection, verdicts, findings, groups, estimated.fits if estimated else None, making.unread),
        parts[1],
        parts[2],
        claims,
        findings,
        groups,
        estimated,
        paths,
        tuple(obligations(Known(*parts, claims, estimated, making.evidence, verdicts))),
        tuple(questions(claims, findings, groups, paths)),
        Appendix(making.evidence, making.inputs, "moeaudit", making.version, making.command, making.date),
    )


def subject(audit: Audit, making: Making) -> Subject:
    """Which model: by its evidence, else by what the claim file says."""
    inspection = audit.facts.inspection
    model = inspection.evidence.model if inspection else None
    said = audit.facts.claim_files[0] if audit.facts.claim_files else None
    return Subject(
        audit.model_id or (model.id if model else ""),
        making.source,
        model.revision if model else said.revision if said else None,
        model.commit if model else None,
        making.recorded,
        audit.facts.distribution.value,
        said.variant if said else None,
        said.release_date if said else None,
    )


def summary(inspection: Inspection | None, verdicts: tuple[Tally, ...], findings: tuple[Finding, ...],
            groups: tuple[ChecklistGroup, ...], fits: bool | None, unread: str) -> Summary:  # fmt: skip
    """The first page."""
    shown = [one for one in findings if one.suppressed is None]
    counted = tallies((one.severity for one in shown), (severity.value for severity in Severity))
    aside = len(findings) - len(shown)
    found = settlement(inspection) if inspection is not None else None
    return Summary(
        state(inspection),
        tuple(headline(inspection)),
        verdicts,
        (*counted, Tally("suppressed", aside)) if aside else counted,
        tallies((item.status for group in groups for item in group.items), (status.value for status in ItemStatus)),
        tuple(shown[:TOP]),
        inspection.agreement.verdict if inspection else "",
        fits,
        unread,
        found.words if found is not None else "",
        found.left_open if found is not None else "",
    )


def state(inspection: Inspection | None) -> str:
    """moe, dense, unsettled, shapes-only, or none."""
    if inspection is None:
        return "none"
    routed = Component.ROUTED_EXPERTS in inspection.ledger.components()
    if inspection.ledger.unsettled:
        return "unsettled"
    if inspection.architecture is None:
        return ("moe" if routed else "dense") if inspection.named else "shapes-only"
    return "moe" if inspection.architecture.is_moe or routed else "dense"


def tallies(words: Iterable[str], order: Iterable[str]) -> tuple[Tally, ...]:
    """Counts in a fixed order; words that do not occur are left out."""
    counts = Counter(words)
    return tuple(Tally(word, counts[word]) for word in order if counts[word])
