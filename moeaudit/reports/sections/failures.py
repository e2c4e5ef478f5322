"""What could not be checked, and why."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.check_result import CHECKED, CheckResult
from moeaudit.reports.document.blocks import Block, Note, Paragraph, Tone
from moeaudit.reports.document.runs import Name, Tag, joined, runs
from moeaudit.reports.document.words import Words

FILES = 3
"""Files of one failure that are named."""

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """A note for each; nothing where everything was checked."""
    kept = result.failures if result.most is None else result.failures[: result.most]
    for one in kept:
        files = joined([runs(Name(file)) for file in one.files[:FILES]])
        yield Note("error", runs(Tag("error", w.text("check.unchecked")), " ", files), (runs(str(one.error)),))
    if len(kept) < len(result.failures):
        yield Paragraph(w.counted("check.failures_left", len(result.failures) - len(kept)), Tone.MUTED)
