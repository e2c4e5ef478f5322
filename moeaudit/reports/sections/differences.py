"""What a catalogue says otherwise than the evidence: claim, both values, which count the figure fits, and where."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.checks.differences import Difference
from moeaudit.reports.catalogue_result import CatalogueResult, model_page, spot
from moeaudit.reports.document.blocks import Block, Column, Items, Paragraph, Table, Tone
from moeaudit.reports.document.runs import Link, Name, Runs, Tag, lines, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.parts.claims import claim
from moeaudit.reports.sections.claims import against


def section(result: CatalogueResult, w: Words) -> Iterator[Block]:
    """What a pull request changes of the gate, then a row for each difference."""
    gate = [one for one in result.found.gate if one.suppressed is None]
    if gate:
        yield Items(
            tuple(
                runs(Tag(one.severity.value), "[", Name(one.rule), "] ", Name(spot(one.place)) if one.place else "",
                     f": {one.message}")
                for one in gate
            )
        )  # fmt: skip
    rows = result.rows
    if not rows:
        yield Paragraph(w("catalogue.none"))
        return
    names = ("finding", "model", "claim", "said", "evidence", "fits", "place")
    columns = tuple(Column(w(f"catalogue.columns.{name}")) for name in names)
    yield Table(columns, tuple(row(one, w) for one in rows[: result.most]), name="differences")
    if result.most is not None and len(rows) > result.most:
        yield Paragraph(w.counted("check.left_out", len(rows) - result.most), Tone.MUTED)


def row(one: Difference, w: Words) -> tuple[Runs, ...]:
    """How bad, which model, what, the catalogue's value, the evidence's, which count the figure fits, and where."""
    said = one.statement.claim
    page, more = model_page(one), w.counted("catalogue.records", one.records - 1) if one.records > 1 else ()
    return (
        runs(Tag(one.finding.severity.value), "[", Name(one.finding.rule), "]"),
        runs(Link(one.hub.id, page) if page else Name(one.hub.id)),
        runs(said.path.partition(".")[2].replace("_", " ")),
        runs(one.finding.claimed or said.printed),
        runs(one.finding.derived),
        against(claim(one.statement), w),
        lines(runs(Name(spot(said.location)), " " if more else "", more), record(one)),
    )


def record(one: Difference) -> Runs:
    """The record's own page, where it names one."""
    return runs(Link(one.record.url, one.record.url)) if one.record.url else ()
