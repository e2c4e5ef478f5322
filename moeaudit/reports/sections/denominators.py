"""Every name under which something was counted, its value, and what to read it for."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.document.blocks import Block, Column, Paragraph, Table
from moeaudit.reports.document.runs import Figure, Form, Name, Runs, joined, lines, muted, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Amount, Denominator
from moeaudit.reports.packet.words import rests_on
from moeaudit.reports.sections.needs import Counted


def section(result: Counted, w: Words) -> Iterator[Block]:
    """The names that have a value here; then those that do not apply, with the reason."""
    counted = [one for one in result.denominators if one.amount.low is not None]
    absent = [one for one in result.denominators if one.amount.low is None]
    if not result.denominators:
        yield Paragraph(w("denominators.none"))
        return
    yield Table(
        (
            Column(w("columns.denominator"), 1.7),
            Column(w("columns.short"), 1, right=True),
            Column(w("columns.value"), 1.7, right=True),
            Column(w("columns.definition"), 3.2, brief=False),
            Column(w("columns.read_for"), 2, brief=False),
        ),
        tuple(row(one, w) for one in counted),
        w("sections.denominators"),
        shown=False,
        name="counts",
    )
    if absent:
        names = joined([runs(Name(one.id), f" ({one.amount.absent})") for one in absent], "; ")
        yield Paragraph(runs(strong(w("denominators.absent"), ": "), names))


def row(one: Denominator, w: Words) -> tuple[Runs, ...]:
    """A name, its figure twice, how it is made, what it is good for."""
    known = muted(w("denominators.known", list="; ".join(one.known))) if one.known else None
    return (
        runs(Name(one.id)),
        runs(Figure(one.amount, Form.SHORT)),
        lines(Figure(one.amount), ranged(one.amount, w), muted(rests_on(one.amount)) if rests_on(one.amount) else None),
        lines(one.definition, muted(w("denominators.formula", formula=one.formula))),
        lines(one.read_for, known),
    )


def ranged(amount: Amount, w: Words) -> Runs:
    """What is typical of a range, and why it is one."""
    if amount.exact or amount.typical is None:
        return ()
    typical = Figure(Amount(amount.denominator, amount.typical, amount.typical, amount.typical))
    return runs(muted(w("denominators.range", typical=typical, reason=amount.reason)))
