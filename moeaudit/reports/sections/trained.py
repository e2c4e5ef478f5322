"""What it took to train the model, in a sentence, and where that stands to the thresholds."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.document.blocks import Block, Items
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed
from moeaudit.reports.sections.training import band, stands

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    """Nothing where no tokens are named."""
    found = result.estimate.training
    if found is not None:
        yield band(found, w)
        yield Items(tuple(stands(one, verdict, w) for one, verdict in found.verdicts))
