"""Claims against evidence, claim by claim, and the findings: flat values with both sides."""

from __future__ import annotations

from math import ceil, floor

from moeaudit import errors
from moeaudit.checks import finding as checks
from moeaudit.checks.facts import Statement
from moeaudit.checks.sides import fits
from moeaudit.claims import claim as claims
from moeaudit.claims.checklist import BY_ID, FIELDS
from moeaudit.claims.figures import Value
from moeaudit.reports.packet.model import Amount, Claim, Finding, Fit, Place, Source

LINKS = ("http://", "https://")


def claim(statement: Statement) -> Claim:
    """One statement with its verdict and what that rests on."""
    said, judgement = statement.claim, statement.judgement
    low, high = bounds(said)
    nearest = judgement.nearest
    return Claim(
        said.item,
        said.path,
        title(said),
        said.printed if said.status is claims.Status.STATED else "",
        said.kind or "",
        judgement.verdict.value,
        said.denominator or "",
        judgement.denominator or "",
        tuple(Fit(name, how) for name, how in fits(statement)),
        amount(nearest.denominator, nearest.value) if nearest else None,
        float(nearest.gap) if nearest else None,
        low,
        high,
        judgement.reason,
        said.quote,
        said.note,
        source(said.source),
        said.origin.value,
        said.subject,
        place(said.location),
    )


def title(said: claims.Claim) -> str:
    """The item's title where the claim is its main field, else the field's own words."""
    item = BY_ID.get(said.item)
    if item is not None and item.path == said.path:
        return item.title
    field = FIELDS.get(said.path)
    return (field.path if field else said.path).rpartition(".")[2].replace("_", " ")


def bounds(said: claims.Claim) -> tuple[int | None, int | None]:
    """The exact values that round to the printed figure, outwards to whole numbers; None for text and percents."""
    if said.figure is None or said.figure.is_percent:
        return None, None
    interval = said.figure.rounding
    low = None if interval.low is None else floor(interval.low)
    return low, None if interval.high is None else ceil(interval.high)


def amount(name: str, value: Value) -> Amount:
    """An exact value or a range under its name."""
    low, typical, high = value if isinstance(value, tuple) else (value, value, value)
    return Amount(name, round(low), round(typical), round(high))


def source(found: claims.Source | None) -> Source | None:
    """A source; an address that is no web address stays text."""
    if found is None:
        return None
    url = found.url if found.url.startswith(LINKS) else ""
    return Source(found.id, found.title, url, found.kind.value if found.kind else "", found.read)


def place(at: errors.Place | None) -> Place | None:
    return None if at is None else Place(at.file, at.line, at.column, at.path)


def finding(found: checks.Finding) -> Finding:
    """One finding of a rule."""
    return Finding(
        found.rule, found.title, found.severity.value, found.confidence.value, found.outcome.value, found.message,
        found.claimed or "", found.derived or "", found.tip, found.url, place(found.place), found.suppressed,
    )  # fmt: skip


ORDERS = (
    {word.value: rank for rank, word in enumerate(checks.Severity)},
    {word.value: rank for rank, word in enumerate(checks.Confidence)},
    {word.value: rank for rank, word in enumerate(checks.Outcome)},
)


def weight(found: Finding) -> tuple[int, int, int]:
    """How much a finding matters: severity, then confidence, then whether it is proved."""
    return ORDERS[0][found.severity], ORDERS[1][found.confidence], ORDERS[2][found.outcome]
