"""What was evaluated beside what is delivered: a result holds for the path that was evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from moeaudit.reports.document.blocks import Block, Column, Paragraph, Table
from moeaudit.reports.document.runs import Tag, muted, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Difference, Summary


class Delivered(Protocol):
    @property
    def paths(self) -> tuple[Difference, ...]: ...

    @property
    def summary(self) -> Summary: ...


NEEDS = ("paths",)


def section(result: Delivered, w: Words) -> Iterator[Block]:
    """One row for each aspect of each evaluation; one sentence where neither side states anything, and
    none where nothing else is known either: there the questions ask for it."""
    if not any(one.evaluated or one.delivered for one in result.paths):
        if result.summary.state != "none":
            yield Paragraph(w("paths.none"))
        return
    unsaid = runs(muted(w("paths.not_stated")))
    yield Table(
        (
            Column(w("columns.evaluation"), 1.6),
            Column(w("columns.aspect"), 1.2),
            Column(w("columns.evaluated"), 2),
            Column(w("columns.delivered"), 2),
            Column(w("columns.status"), 1),
        ),
        tuple(
            (
                runs(one.evaluation or w("paths.unnamed")),
                runs(w.of("paths.aspects", one.aspect)),
                runs(one.evaluated) or unsaid,
                runs(one.delivered) or unsaid,
                runs(Tag(one.status, w.of("paths.statuses", one.status))),
            )
            for one in result.paths
        ),
        w("sections.paths"),
        shown=False,
        name="paths",
    )
