"""Experts in host memory, where the fleet file says how much of that there is: it was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.document.blocks import Block
from moeaudit.reports.document.words import Words
from moeaudit.reports.sections import host
from moeaudit.reports.sections.placed import PLACED, Placed

NEEDS = PLACED


def section(result: Placed, w: Words) -> Iterator[Block]:
    if result.estimate.fleet.hosted:
        yield from host.section(result, w)
