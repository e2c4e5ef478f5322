"""How much of a catalogue was read and held against evidence, and what came of it: one line."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.catalogue_result import CATALOGUED, CatalogueResult
from moeaudit.reports.catalogue_result import severities as counted
from moeaudit.reports.check_result import severities
from moeaudit.reports.document.blocks import Block, Paragraph, Tone
from moeaudit.reports.document.runs import joined, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.text import exact

NEEDS = CATALOGUED


def section(result: CatalogueResult, w: Words) -> Iterator[Block]:
    """Records, and findings by severity."""
    found = result.found
    read = joined([w.counted("catalogue.read", found.records), w.counted("catalogue.files", found.files)], " ")
    held = w(
        "catalogue.held", checked=exact(found.checked), without=exact(len(found.without)),
        unread=exact(len(found.unread)),
    )  # fmt: skip
    counts = counted(found)
    said = runs(read, ": ", held, "; ", strong(severities(counts, w)))
    yield Paragraph(said, Tone.WARN if counts["error"] else Tone.PLAIN)
