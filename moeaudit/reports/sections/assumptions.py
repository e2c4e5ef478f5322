"""What the figures rest on, with where each comes from."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.document.blocks import Block, Items
from moeaudit.reports.document.runs import runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections.placed import PLACED, Placed

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    yield Items(tuple(runs(one) for one in result.estimate.assumptions))
