"""What a catalogue says otherwise than the evidence: claim, both values, which count the figure fits, and where."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.checks.differences import Difference
from moeaudit.reports.catalogue_result import CATALOGUED, CatalogueResult, model_page, spot
from moeaudit.reports.document.blocks import Block, Column, Items, Paragraph, Table, Tone
from moeaudit.reports.document.runs import Gap, Link, Name, Runs, Tag, lines, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.parts.claims import claim
from moeaudit.reports.sections.claims import against, field

NEEDS = CATALOGUED


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
    """How bad, which model, what, the catalogue's value, the evidence's, which count the figure fits, and where: the
    place, the record's own page where it names one, and the model's."""
    said = one.statement.claim
    more = w.counted("catalogue.records", one.records - 1) if one.records > 1 else ()
    pages = [runs(Link(page, page)) for page in (one.record.url, model_page(one)) if page]
    return (
        runs(Tag(one.finding.severity.value), "[", Name(one.finding.rule), "]"),
        runs(Name(one.hub.id)),
        field(claim(one.statement), w),
        runs(one.finding.claimed or said.printed),
        runs(one.finding.derived),
        fits(one, w),
        lines(runs(Name(spot(said.location)), " " if more else "", more), *pages),
    )


def fits(one: Difference, w: Words) -> Runs:
    """Which count the figure fits; of the nearest its name alone, for its value stands beside it."""
    nearest = one.statement.judgement.nearest
    if nearest is None or one.statement.judgement.fits:
        return against(claim(one.statement), w)
    return w("catalogue.nearest", name=Name(nearest.denominator), gap=Gap(float(nearest.gap)))
