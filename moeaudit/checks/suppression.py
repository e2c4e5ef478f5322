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
    ignores = tuple(ignores_of(facts))
    return tuple(
        replace(finding, suppressed=reason) if (reason := _reason(finding, ignores, off)) else finding
        for finding in findings
    )


def _reason(finding: Finding, ignores: Iterable[Ignore], off: Mapping[str, str]) -> str | None:
    if finding.rule in off:
        return off[finding.rule]
    return next((ignore.reason for ignore in ignores if ignore.reason.strip() and applies(ignore, finding)), None)


def applies(ignore: Ignore, finding: Finding) -> bool:
    """Whether a suppression is about this finding: its rule, and its claim where it is limited to one."""
    path = finding.place.path if finding.place else None
    return ignore.rule == finding.rule and (not ignore.path or ignore.path == path)


def ignores_of(facts: Facts) -> Iterator[Ignore]:
    """Every suppression of the claim files and cards."""
    for claims in facts.claim_files:
        yield from claims.ignores
    for card in facts.cards:
        yield from card.ignores
