"""Where two witnesses tell different tensors: both totals, and the first names on either side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from moeaudit.ledger.compare import Comparison
from moeaudit.ledger.inspection import Inspection
from moeaudit.reports.amount import Amount
from moeaudit.reports.document.blocks import Block, Facts
from moeaudit.reports.document.runs import Figure, Name, Number, Runs, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.inspected import INSPECTED, Inspected
from moeaudit.text import visible

FIRST, LETTERS = 4, 100
"""Templates of a side that are shown, and letters of a name."""

NEEDS = INSPECTED


def section(result: Inspected, w: Words) -> Iterator[Block]:
    """Totals by witness, then names; nothing where they agree, or where an origin is held beside instead."""
    found = result.inspection
    if found.agreement.verdict != "disagree" or found.converted is not None:
        return
    rows = list(counted(found, w))
    if found.agreement.comparison is not None:
        rows += named(found.agreement.comparison, w)
    yield Facts(tuple(rows))


def counted(found: Inspection, w: Words) -> Iterator[tuple[Runs, Runs]]:
    """What each of the two counts in all."""
    totals = {
        ledger.witness: ledger.total(lambda entry: entry.held and not entry.optional)
        for ledger in (found.config_ledger, found.weights_ledger)
        if ledger is not None
    }
    if len(totals) > 1 and len(set(totals.values())) == 1:
        yield w("disagreement.both"), total(next(iter(totals.values())))
        return
    for witness, count in totals.items():
        yield w("disagreement.witness", name=witness), total(count)


def total(count: int) -> Runs:
    return runs(Name("total.stored"), " ", Figure(Amount("total.stored", count, count, count)))


def named(found: Comparison, w: Words) -> Iterator[tuple[Runs, Runs]]:
    """Templates that one side lacks, then those of another shape."""
    for kind, table in (("missing", found.missing), ("unexpected", found.unexpected)):
        label = w(f"disagreement.{kind}")
        for group in table.groups[:FIRST]:
            yield label, w("disagreement.of", **of(group.tensors, group.template))
        if len(table.groups) > FIRST:
            yield label, w("disagreement.more", count=len(table.groups) - FIRST)
    for odd in found.shapes[:FIRST]:
        shapes = {"shape": str(odd.group.shape), "expected": str(odd.expected)}
        yield w("disagreement.shape"), w("disagreement.odd", **of(odd.group.tensors, odd.group.template), **shapes)


def of(tensors: int, template: str) -> Mapping[str, Runs]:
    return {"tensors": runs(Number(tensors)), "name": runs(Name(visible(template, limit=LETTERS)))}
