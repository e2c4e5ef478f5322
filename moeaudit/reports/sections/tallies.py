"""How many findings, and what came of the figures that were read: one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from moeaudit.checks.status import ItemStatus, of_verdict
from moeaudit.reports.check_result import CHECKED, CheckResult, severities
from moeaudit.reports.document.blocks import Block, Paragraph, Tone
from moeaudit.reports.document.runs import Runs, joined, runs, strong
from moeaudit.reports.document.words import Words

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """The findings of all models by severity, what was not checked, and what was read."""
    failed = w.counted("check.failed", len(result.failures)) if result.failures else ()
    counts = runs(strong(joined([severities(result.counts, w), failed])))
    bad = result.counts["error"] or result.failures
    yield Paragraph(joined([counts, figures(result, w)], "; "), Tone.WARN if bad else Tone.PLAIN)


def figures(result: CheckResult, w: Words) -> Runs:
    """How many figures were held against the evidence, and how many of them it bears out."""
    said = [one for audit in result.audits for one in audit.facts.statements if one.claim.figure is not None]
    statuses = Counter(of_verdict(one) for one in said)
    if not result.audits:
        return ()
    counts = [runs(f"{statuses[status]} ", w.of("check.statuses", status)) for status in ItemStatus if statuses[status]]
    return joined([w.counted("check.figures", len(said)), joined(counts)], ": ")
