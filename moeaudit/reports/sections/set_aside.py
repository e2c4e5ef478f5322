"""Findings that a suppression or a setting sets aside: named with their reason, never hidden."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.check_result import CHECKED, CheckResult
from moeaudit.reports.document.blocks import Block, Items, Paragraph, Tone
from moeaudit.reports.document.runs import Name, Tag, runs
from moeaudit.reports.document.words import Words

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """One list for all models; nothing where nothing is set aside."""
    every = [one for audit in result.audits for one in audit.findings if one.suppressed is not None]
    kept = every if result.most is None else every[: result.most]
    rows = []
    for one in kept:
        where = runs(" ", Name(str(one.place))) if one.place is not None else ()
        rows.append(runs(Tag(one.severity.value), "[", Name(one.rule), "]", where, f": {one.suppressed}"))
    if rows:
        yield Items(tuple(rows), name="set-aside")
    if len(kept) < len(every):
        yield Paragraph(w.counted("check.left_out", len(every) - len(kept)), Tone.MUTED)
