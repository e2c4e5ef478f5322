"""Records of a catalogue that were not read, and those that no evidence is there for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeaudit.limits import CATALOGUE_ROWS
from moeaudit.reports.catalogue_result import CATALOGUED, CatalogueResult, spot
from moeaudit.reports.document.blocks import Block, Heading, Items, Paragraph, Tone
from moeaudit.reports.document.runs import Name, Runs, runs
from moeaudit.reports.document.words import Words

FEW = 20
"""Rows of what was not read that are told unasked."""

NEEDS = CATALOGUED


def section(result: CatalogueResult, w: Words) -> Iterator[Block]:
    """What was not read, with the reason; with everything, each record without evidence too, else how many."""
    found = result.found
    limit = int(CATALOGUE_ROWS) if result.everything else FEW
    limit = limit if result.most is None else min(limit, result.most)
    unread = [runs(Name(spot(one.place)), f": {one.reason}") for one in found.unread[:limit]]
    yield from listed(unread, len(found.unread), "unread", result, w)
    if result.everything:
        without = [
            runs(one.model_id or w("document.unnamed"), *([" ", Name(spot(one.place))] if one.place else ()))
            for one in found.without[:limit]
        ]
        yield from listed(without, len(found.without), "without", result, w)
    elif found.without:
        yield Paragraph(w.counted("catalogue.left", len(found.without)), Tone.MUTED)


def listed(rows: Sequence[Runs], whole: int, name: str, result: CatalogueResult, w: Words) -> Iterator[Block]:
    """A title, the rows, and how many more there are."""
    if whole:
        yield Heading(w(f"catalogue.{name}"))
        yield Items(tuple(rows), name=name)
    if whole > len(rows):
        words = "check.left_out" if result.everything else "catalogue.more"
        yield Paragraph(w.counted(words, whole - len(rows)), Tone.MUTED)
