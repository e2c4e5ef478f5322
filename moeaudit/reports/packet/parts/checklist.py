"""The reporting checklist by group: each item's status, and the reason for it."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.checks.audit import Audit
from moeaudit.checks.status import MEANINGS, ItemStatus
from moeaudit.checks.unstated import marked
from moeaudit.claims.checklist import ITEMS, Group, Item
from moeaudit.ledger.inspection import Inspection
from moeaudit.reports.packet.model import ChecklistGroup, ChecklistItem, Claim, Estimates
from moeaudit.reports.packet.parts.architecture import listed
from moeaudit.reports.packet.parts.denominators import amount
from moeaudit.reports.packet.words import figure, quantity
from moeaudit.text import several

FROM_DENOMINATORS = {
    "A01": ("total.full", "total.stored"),
    "A02": ("total.body",),
    "A03": ("active.full", "active.head"),
    "A04": ("active.full", "active.head", "active.body", "active.experts"),
    "A13": ("mtp.unique", "modality.vision", "modality.audio"),
}
FROM_SUMMARY = {
    "A05": ("routed_experts",),
    "A06": ("experts_per_token",),
    "A07": ("shared_experts",),
    "A08": ("moe_layers", "dense_layers"),
    "A09": ("routing",),
    "R01": ("context_length",),
}
"""Item → what the files give for it, where nobody states it."""

FROM_ESTIMATES = {
    "R04": ("time_to_first_token", "time_to_first_token_together", "time_per_output_token"),
    "R05": ("output_rate", "output_rate_per_device"),
    "R06": ("weights", "cache_budget"),
    "R07": ("traffic_per_step",),
    "R13": ("input_cost", "output_cost"),
    "G10": ("training_compute",),
    "G13": ("energy",),
}
"""Item → estimated figures beside it, where nobody states it. An estimate is no statement: the item stays missing."""


def checklist(audit: Audit, claims: tuple[Claim, ...], found: Estimates | None) -> Iterator[ChecklistGroup]:
    """The four groups, every item once."""
    for group in Group:
        yield ChecklistGroup(
            group.value, tuple(row(item, audit, claims, found) for item in ITEMS if item.group is group)
        )


def row(item: Item, audit: Audit, claims: tuple[Claim, ...], found: Estimates | None) -> ChecklistItem:
    said = tuple(claim for claim in claims if claim.item == item.id)
    status = ItemStatus(audit.checklist[item.id])
    printed = tuple(dict.fromkeys(claim.printed for claim in said if claim.printed))
    if status is ItemStatus.DERIVED and audit.facts.inspection is not None:
        why = derived(item.id, audit.facts.inspection)
    elif status is ItemStatus.MISSING and (figures := estimated(item.id, found)):
        why = f"{MEANINGS[status]} Estimated here: {figures}"
    else:
        why = reason(status, said)
    return ChecklistItem(item.id, item.title, item.derive, status.value, why, printed)


def reason(status: ItemStatus, said: tuple[Claim, ...]) -> str:
    """Why the item has its status: what fits, what is nearest, or what was said."""
    given = list(dict.fromkeys(words for claim in said if (words := bearing(claim, status))))
    return "; ".join(given) or MEANINGS[status]


def estimated(item: str, found: Estimates | None) -> str:
    """What this packet estimates for an item."""
    names = FROM_ESTIMATES.get(item, ())
    return (
        "; ".join(
            f"{one.name.replace('_', ' ')} {quantity(one.typical, one.unit)} {one.denominator}"
            for one in (*found.figures, *found.training)
            if one.name in names
        )
        if found
        else ""
    )


def bearing(claim: Claim, status: ItemStatus) -> str:
    """What one claim contributes to the status."""
    if claim.fits and status in (ItemStatus.VERIFIED, ItemStatus.CONTRADICTED):
        return f"{claim.printed}: {', '.join(f'{fit.denominator} {fit.how}' for fit in claim.fits)}"
    if claim.nearest is not None and status is ItemStatus.CONTRADICTED:
        return f"{claim.printed}: nearest is {figure(claim.nearest)}"
    return claim.reason if status not in (ItemStatus.VERIFIED, ItemStatus.CONTRADICTED) else ""


def derived(item: str, inspection: Inspection) -> str:
    """The value that the files give for an item."""
    amounts = [
        amount(name, inspection.denominators[name])
        for name in FROM_DENOMINATORS.get(item, ())
        if name in inspection.denominators
    ]
    found = [figure(one) for one in amounts if one.low is not None]
    summary = inspection.summary
    for name in FROM_SUMMARY.get(item, ()) if summary else ():
        value = getattr(summary, name)
        rests_on = "experts_per_token" if name == "routing" else name
        found.append(marked(inspection, rests_on, f"{name} {value if isinstance(value, str) else listed(value)}"))
    if item == "A12":
        found += stored_bytes(inspection)
    if item in ("A12", "R02") and inspection.precision:
        found.append(inspection.precision)
    if item == "G02":
        found.append(f"{several(len(inspection.evidence.files), 'file')} read, each with its sha256 in the appendix")
    return "; ".join(found) or ("none: the model has no such module" if item == "A13" else MEANINGS[ItemStatus.DERIVED])


def stored_bytes(inspection: Inspection) -> list[str]:
    """Bytes of the weights, by the strongest witness that was read."""
    for name in ("headers", "index", "config"):
        seen = inspection.witnesses.get(name)
        if seen is not None and seen.bytes and not seen.synthesised:
            return [f"{seen.bytes:,} bytes of weights ({name})"]
    return []
