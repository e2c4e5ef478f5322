"""The status of every checklist item: what is said about it, and whether the files bear it out. Counts, never a
score."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Finding, Severity
from moeaudit.claims.checklist import ITEMS, Item
from moeaudit.claims.claim import STATED
from moeaudit.claims.verdicts import Verdict
from moeaudit.errors import Place


class ItemStatus(StrEnum):
    """What can be said of one item."""

    VERIFIED = "verified"  # stated, and the evidence bears it out
    CONTRADICTED = "contradicted"  # stated, and the evidence disproves it as stated
    STATED = "stated"  # stated, and public files cannot decide it
    DERIVED = "derived"  # not stated, but moeaudit derives it from the files
    NOT_DISCLOSED = "not-disclosed"
    NOT_APPLICABLE = "not-applicable"
    MISSING = "missing"


MEANINGS = {
    ItemStatus.VERIFIED: "Stated, and the public files bear it out.",
    ItemStatus.CONTRADICTED: "Stated, and the public files disprove it as stated.",
    ItemStatus.STATED: "Stated; public files cannot decide it.",
    ItemStatus.DERIVED: "Not stated, but derived from the public files.",
    ItemStatus.NOT_DISCLOSED: "The publisher says that it is not disclosed, with a reason.",
    ItemStatus.NOT_APPLICABLE: "Does not apply to this model, with a reason.",
    ItemStatus.MISSING: "Not stated, and not derivable.",
}

OF_VERDICT = {
    Verdict.REPRODUCED: ItemStatus.VERIFIED,
    Verdict.INFERRED: ItemStatus.VERIFIED,
    Verdict.AMBIGUOUS: ItemStatus.VERIFIED,
    Verdict.REPRODUCED_ELSEWHERE: ItemStatus.CONTRADICTED,
    Verdict.CONTRADICTED: ItemStatus.CONTRADICTED,
    Verdict.UNVERIFIABLE: ItemStatus.STATED,
    Verdict.UNSUPPORTED: ItemStatus.STATED,
    Verdict.NOT_DISCLOSED: ItemStatus.NOT_DISCLOSED,
    Verdict.NOT_APPLICABLE: ItemStatus.NOT_APPLICABLE,
}

WORST_FIRST = (
    ItemStatus.CONTRADICTED,
    ItemStatus.VERIFIED,
    ItemStatus.STATED,
    ItemStatus.NOT_DISCLOSED,
    ItemStatus.NOT_APPLICABLE,
)

FROM_ARCHITECTURE = frozenset({"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A13"})
FROM_FILES = frozenset({"A12", "R02", "G02"})

COUNTED = {
    "A01": ("total.full",),
    "A02": ("total.body",),
    "A03": ("active.full",),
    "A05": ("routed_experts",),
    "A06": ("experts_per_token",),
    "A07": ("shared_experts",),
    "A08": ("moe_layers", "dense_layers"),
    "A09": ("experts_per_token",),
    "R01": ("context_length",),
}
"""Items that counts answer: not derived where the evidence leaves part of one open, or where one is a guess."""


def checklist_status(facts: Facts, findings: Iterable[Finding] = ()) -> dict[str, str]:
    """Item id → status, for every item of the checklist. A claim that a finding disproves is contradicted, too."""
    disproved = {finding.place for finding in findings if finding.severity is Severity.ERROR and finding.place}
    return {item.id: status_of(item, facts, disproved).value for item in ITEMS}


def status_of(item: Item, facts: Facts, disproved: Collection[Place] = ()) -> ItemStatus:
    """The worst of what is said about the item, else whether the files give it."""
    said = {
        ItemStatus.CONTRADICTED if statement.claim.location in disproved else of_verdict(statement)
        for statement in facts.statements
        if statement.claim.item == item.id
    }
    worst = next((status for status in WORST_FIRST if status in said), None)
    if worst is not None:
        return worst
    return ItemStatus.DERIVED if item.id in derivable(facts) else ItemStatus.MISSING


def of_verdict(statement: Statement) -> ItemStatus:
    """What a verdict makes of the item; a count that is not settled verifies nothing, and a figure that may be
    another model's is not contradicted."""
    found = OF_VERDICT[statement.judgement.verdict]
    if found is ItemStatus.CONTRADICTED and statement.claim.owner != STATED:
        return ItemStatus.STATED
    return ItemStatus.STATED if found is ItemStatus.VERIFIED and statement.judgement.unsettled else found


def derivable(facts: Facts) -> Iterable[str]:
    """Items that the evidence at hand answers by itself."""
    inspection = facts.inspection
    if inspection is None:
        return ()
    found = set(FROM_FILES)
    if inspection.summary is not None:
        found |= FROM_ARCHITECTURE
        found |= {"A09"} if inspection.summary.routing else set()
        found |= {"R01"} if inspection.summary.context_length else set()
    return found - {item for item, names in COUNTED.items() if not facts.settled(*names)}
