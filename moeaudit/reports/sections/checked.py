"""What was checked: the models with their files, what their counts rest on, and where their checklist stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from moeaudit.checks.audit import Audit
from moeaudit.checks.settlement import settlement
from moeaudit.checks.status import ItemStatus
from moeaudit.reports.check_result import CHECKED, CheckResult, named
from moeaudit.reports.document.blocks import Block, Facts, Paragraph, Tone
from moeaudit.reports.document.runs import Name, Runs, Tag, joined, runs
from moeaudit.reports.document.words import Words
from moeaudit.text import exact

FILES = 20
"""Files of one model that are named; how many more there are is said."""

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """Facts of each model."""
    for audit in result.told:
        rows = list(facts(audit, w))
        if not result.shown.all:  # else the checklist has a section of its own
            rows.append((w("check.checklist"), statuses(audit, w)))
        yield Facts(tuple(rows), runs(Name(named(audit, w))))
    if len(result.told) < len(result.audits):
        yield Paragraph(w.counted("check.models_left", len(result.audits) - len(result.told)), Tone.MUTED)


def facts(audit: Audit, w: Words) -> Iterator[tuple[Runs, Runs]]:
    """Files and evidence."""
    rest = w("check.files_left", n=exact(len(audit.files) - FILES)) if len(audit.files) > FILES else ()
    yield w("check.files"), joined([*(runs(Name(file)) for file in audit.files[:FILES]), rest])
    if audit.facts.inspection is not None:
        found = settlement(audit.facts.inspection)
        yield w("summary.rests_on"), joined([runs(found.words), runs(found.left_open)], "; ")


def statuses(audit: Audit, w: Words) -> Runs:
    """How many items have which status."""
    counts = Counter(audit.checklist.values())
    return joined([runs(f"{counts[one]} ", Tag(one.value)) for one in ItemStatus if counts[one]])
