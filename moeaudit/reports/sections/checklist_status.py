"""The checklist of each model as counts, never a score; then the items that are disproved, and those nobody states."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.checks.status import ItemStatus
from moeaudit.reports.check_result import CHECKED, CheckResult, named
from moeaudit.reports.document.blocks import Block, Facts
from moeaudit.reports.document.runs import Name, Tag, joined, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.checked import statuses

NAMED = (ItemStatus.CONTRADICTED, ItemStatus.MISSING)

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """Facts of each model."""
    for audit in result.told:
        rows = [(w("check.items", n=len(audit.checklist)), statuses(audit, w))]
        for status in NAMED:
            ids = [item for item, found in audit.checklist.items() if found == status.value]
            if ids:
                rows.append((runs(Tag(status.value)), joined([runs(Name(item)) for item in ids], " ")))
        yield Facts(tuple(rows), runs(Name(named(audit, w))) if result.several else ())
