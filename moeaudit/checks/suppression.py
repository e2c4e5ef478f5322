"""Findings set aside on purpose: in a claim file, in a card, or in the settings. A reason is required; nothing
vanishes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Finding

if TYPE_CHECKING:
    from moeaudit.claims.file import Ignore


def suppress(findings: Iterable[Finding], facts: Facts, off: Mapping[str, str]) -> tuple[Finding, ...]:
    """The same findings, those that are set aside carrying the reason."""
    reasons = _reasons(facts)
    return tuple(
        replace(finding, suppressed=reason) if (reason := _reason(finding, reasons, off)) else finding
        for finding in findings
    )


Reasons = Mapping[tuple[str, str], tuple[int, str]]
"""By rule and path (none: wherever the rule speaks): the first suppression's place among all, and its reason."""


def _reasons(facts: Facts) -> Reasons:
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for place, ignore in enumerate(ignores_of(facts)):
        if ignore.reason.strip():
            found.setdefault((ignore.rule, ignore.path), (place, ignore.reason))
    return found


def _reason(finding: Finding, reasons: Reasons, off: Mapping[str, str]) -> str | None:
    if finding.rule in off:
        return off[finding.rule]
    told = [reasons[key] for key in reaches(finding) if key in reasons]
    return min(told)[1] if told else None


def reaches(finding: Finding) -> tuple[tuple[str, str], ...]:
    """The (rule, path) of suppressions that are about this finding: its rule, and its claim where limited to one."""
    path = finding.place.path if finding.place else ""
    return (finding.rule, ""), (finding.rule, path or "")


def ignores_of(facts: Facts) -> Iterator[Ignore]:
    """Every suppression of the claim files and cards."""
    for claims in facts.claim_files:
        yield from claims.ignores
    for card in facts.cards:
        yield from card.ignores
