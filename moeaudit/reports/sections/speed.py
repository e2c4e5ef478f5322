"""How fast it is, in three lines, and what that costs where there is a price. Nothing for what cannot start."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.costs.search import Verdict
from moeaudit.costs.serving import Serving
from moeaudit.reports.document.blocks import Block, Paragraph
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed, speeds
from moeaudit.reports.sections.times import table

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """The three cases side by side; or why there is no figure."""
    found = result.estimate
    served = found.chosen.serving
    if found.verdict is Verdict.SHORT or served is None:
        return
    if isinstance(served, Serving):
        yield table(speeds(served, found.fleet, w, queue=found.verdict is Verdict.FITS), served, found, w)
        if isinstance(served.prefill, str):
            yield Paragraph(w("estimate.times.partly", why=served.prefill))
    else:
        yield Paragraph(w("estimate.times.absent", why=served))
