"""The reporting checklist: what is stated, derived, disproved or missing, group by group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from moeaudit.checks.status import MEANINGS, ItemStatus
from moeaudit.reports.document.blocks import Block, Column, Heading, Paragraph, Table, Tone
from moeaudit.reports.document.runs import Name, Runs, Tag, joined, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import ChecklistGroup, ChecklistItem, Summary
from moeaudit.reports.sections.claims import legend


class Listed(Protocol):
    @property
    def checklist(self) -> tuple[ChecklistGroup, ...]: ...

    @property
    def summary(self) -> Summary: ...


def counted(result: Listed) -> dict[str, str]:
    """How many items there are, for the introduction."""
    return {"count": str(sum(len(group.items) for group in result.checklist))}


NEEDS = ("checklist", "summary")


def section(result: Listed, w: Words) -> Iterator[Block]:
    """A table for each group; what is missing and nothing else is one line below it. Without evidence nearly all of it
    is, and is asked for item by item: there the questions say what the items are."""
    asked = result.summary.state == "none"
    for group in result.checklist:
        bare = [one for one in group.items if silent(one)]
        rows = [one for one in group.items if not silent(one)]
        name = w.of("groups", group.name)
        if rows:
            yield Heading(runs(name))
            yield table(rows, group.name, w)
        if bare:
            named = [runs(Name(one.id), "" if asked else f" {one.title}") for one in bare]
            names = joined(named, ", " if asked else "; ")
            said = w("checklist.missing", group=() if rows else f"{name}: ", count=len(bare))
            yield Paragraph(runs(Tag("missing"), " ", strong(said), " ", names), Tone.SMALL)
    yield legend(dict.fromkeys(one.status for group in result.checklist for one in group.items), "statuses", w)


def silent(one: ChecklistItem) -> bool:
    """Whether there is nothing to say of an item but that it is missing."""
    return one.status == ItemStatus.MISSING and not one.said and one.reason == MEANINGS[ItemStatus.MISSING]


def table(items: list[ChecklistItem], group: str, w: Words) -> Table:
    return Table(
        (
            Column(w("columns.item"), 0.6),
            Column(w("columns.meaning"), 2.5),
            Column(w("columns.status"), 1.3),
            Column(w("columns.said"), 1.8),
            Column(w("columns.reason"), 3),
        ),
        tuple(row(one) for one in items),
        runs(w.of("groups", group)),
        shown=False,
        name="checklist",
    )


def row(one: ChecklistItem) -> tuple[Runs, ...]:
    return runs(Name(one.id)), runs(one.title), runs(Tag(one.status)), runs("; ".join(one.said)), runs(one.reason)
