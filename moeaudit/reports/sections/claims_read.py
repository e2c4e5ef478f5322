"""The counted claims of a check, each with its verdict and the counts that it fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeaudit.checks.facts import Statement
from moeaudit.reports.check_result import CHECKED, CheckResult, named
from moeaudit.reports.document.blocks import Block, Column, Paragraph, Table, Tone
from moeaudit.reports.document.runs import Name, Runs, Tag, lines, muted, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.parts.claims import claim
from moeaudit.reports.sections.claims import against, field

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """A table for each model that something is claimed of."""
    for audit in result.told:
        counted = [one for one in audit.facts.statements if one.claim.figure is not None and one.claim.kind]
        kept = counted if result.most is None else counted[: result.most // len(result.told)]
        if kept:
            yield table(kept, named(audit, w), w, titled=result.several)
        if len(kept) < len(counted):
            yield Paragraph(w.counted("check.claims_left", len(counted) - len(kept)), Tone.MUTED)


def table(said: Sequence[Statement], model: str, w: Words, *, titled: bool) -> Table:
    columns = (
        Column(w("columns.claim"), 2),
        Column(w("columns.verdict"), 1.4),
        Column(w("columns.against"), 3),
    )
    return Table(columns, tuple(row(one, w) for one in said), runs(Name(model)), shown=titled, name="claims-read")


def row(one: Statement, w: Words) -> tuple[Runs, ...]:
    """What is claimed and where, the verdict, and what fits."""
    place, told = one.claim.location, claim(one)
    where = f"{place.file}:{place.line}" if place.line else place.file
    return (
        lines(runs(strong(told.printed), " ", field(told, w)), muted(Name(where))),
        runs(Tag(told.verdict)),
        against(told, w),
    )
