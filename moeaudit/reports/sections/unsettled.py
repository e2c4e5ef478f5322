"""What the counts rest on, where that leaves something of them open."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.checks.settlement import settlement
from moeaudit.reports.check_result import CHECKED, CheckResult, named
from moeaudit.reports.document.blocks import Block, Paragraph, Tone
from moeaudit.reports.document.runs import Name, joined, runs
from moeaudit.reports.document.words import Words

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """A line for each model of which counts are open."""
    for audit in result.audits:
        found = settlement(audit.facts.inspection) if audit.facts.inspection is not None else None
        if found is not None and found.open:
            who = runs(Name(named(audit, w))) if result.several else ()
            said = w("check.rests_on", words=found.words, open=found.left_open)
            yield Paragraph(joined([who, said], ": "), Tone.WARN)
