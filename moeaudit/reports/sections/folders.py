"""The folders of a pipeline: what each stores, or why that is not counted."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.document.blocks import Block, Column, Table
from moeaudit.reports.document.runs import Name, Number, Runs, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.inspected import INSPECTED, Inspected

NEEDS = INSPECTED


def section(result: Inspected, w: Words) -> Iterator[Block]:
    """A row for each; nothing of a model that is no pipeline."""
    made = result.inspection.pipeline
    if made is None:
        return
    columns = (
        Column(w("folders.folder"), 1.5),
        Column(w("columns.parameters"), 1.5, right=True),
        Column(w("folders.class"), 3),
    )
    rows: list[tuple[Runs, ...]] = []
    for one in made.folders:
        if one.parameters is not None:
            rows.append((runs(Name(one.name)), runs(Number(one.parameters)), runs(Name(one.kind))))
        else:
            why = w("folders.not_counted", why=one.why)
            rows.append((runs(Name(one.name)), runs("–"), runs(Name(one.kind), "; " if one.kind else "", why)))
    yield Table(columns, tuple(rows), name="folders")
