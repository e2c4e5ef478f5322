"""The values of a table's cell: under a known label, or as running text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moeaudit.claims.card.bind import bind
from moeaudit.claims.card.labels import found_figure, label_of, values
from moeaudit.claims.card.marks import Mark, mark
from moeaudit.claims.card.prose import sentence_readings
from moeaudit.claims.card.reading import Reading
from moeaudit.claims.card.reasons import Reason
from moeaudit.claims.card.subject import Subject
from moeaudit.claims.card.tables.headings import Label, scaled
from moeaudit.claims.card.text import Text
from moeaudit.claims.card.wholes import speaks_of_routing
from moeaudit.claims.card.whose.bystanders import names_a_kind
from moeaudit.claims.card.whose.owner import Owned
from moeaudit.claims.card.whose.stops import stopped
from moeaudit.claims.card.whose.strangers import with_strangers
from moeaudit.claims.card.words import routing

SETTING_OF = "runtime."
"""Fields that a table of measurements sets."""
MIN_WORDS = 3
"""Words of a cell that is read as running text."""


def cell_text(cell: Text, subject: Subject, owner: Owned, *, under: str = "") -> Iterator[Reading]:
    """A cell of several words, read as running text; `under` a label, which may say what a name in it is."""
    if cell.value.count(" ") + 1 >= MIN_WORDS:
        marks = (
            mark(cell.value)
            if names_a_kind(under)
            else with_strangers(cell.value, mark(cell.value, subject.mentions(cell.value)), subject)
        )
        yield from sentence_readings(cell, marks, owner)


def cell_readings(known: Label, cell: Text, owner: Owned, name: str, *, measured: bool) -> Iterator[Reading]:
    """The values of a cell under its label. What a table of measurements sets is not the model's."""
    for one in (*figures(known, cell, owner, name), *_routing(known, cell, owner, name)):
        sets = measured and one.taken and (one.path or "").startswith(SETTING_OF)
        yield replace(one, reason=Reason.SETTING) if sets else one


def _routing(known: Label, cell: Text, owner: Owned, name: str) -> Iterator[Reading]:
    """`top-8` in a cell under a label that speaks of experts."""
    if any(speaks_of_routing(one) for one in known.marks):
        for found in routing(cell.value, told=True):
            yield Reading(cell, found.start, found.text, found.path, owner.owner, found.figure, owner.reason, name)


def figures(known: Label, cell: Text, owner: Owned, name: str) -> Iterator[Reading]:
    if known.words:
        words = label_of(known.text)
        assert words is not None
        for found in values(words, cell):
            yield Reading(cell, found.start, found.text, found.path, owner.owner, found.figure, owner.reason, name)
        return
    shift = len(known.text) + 2
    inner = [scaled(one, known.unit)._replace(start=one.start + shift, end=one.end + shift) for one in mark(cell.value)]
    colon = Mark("sign", ":", len(known.text), len(known.text) + 1, ":")
    marks = [*(one for one in known.marks if one.kind != "figure"), colon, *inner]
    for bound in bind(marks):
        one = bound.mark
        assert one.figure is not None
        path = bound.row.path if bound.row else None
        found = found_figure(path or "", bound.row.sort if bound.row else "", one.figure, cell.value, one.start - shift)
        reason = bound.reason or owner.reason or (stopped(marks, bound.at, path) if path else None)
        yield Reading(cell, found.start, found.text, path, owner.owner, found.figure, reason, name)
