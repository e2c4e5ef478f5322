"""Every name under which something was counted, its value, and what to read it for. What holds of many is said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from moeaudit.reports.document.blocks import Block, Column, Paragraph, Table
from moeaudit.reports.document.runs import Bar, Figure, Form, Name, Runs, joined, lines, muted, runs, strong
from moeaudit.reports.document.spoken import between
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Amount, Denominator
from moeaudit.reports.packet.words import left_open
from moeaudit.reports.sections.needs import Counted

NEEDS = ("denominators",)


def section(result: Counted, w: Words) -> Iterator[Block]:
    """The names that have a value here; why some are ranges; then those that do not apply, with the reason."""
    counted = [one for one in result.denominators if one.amount.low is not None]
    absent = [(one.amount.absent, one.id) for one in result.denominators if one.amount.low is None]
    if not result.denominators:
        yield Paragraph(w("denominators.none"))
        return
    usual = basis(counted)
    if usual:
        yield Paragraph(w("denominators.usual", basis=w.of("bases", usual)), leads=True)
    largest = max((one.amount.typical or 0 for one in counted), default=0)
    yield Table(
        (
            Column(w("columns.denominator"), 1.7),
            Column(w("columns.short"), 1, right=True),
            Column(w("columns.value"), 1.7, right=True),
            Column((), 1),
            Column(w("columns.definition"), 3.2, brief=False),
            Column(w("columns.read_for"), 2, brief=False),
        ),
        tuple(row(one, usual, largest, w) for one in counted),
        w("sections.denominators"),
        shown=False,
        name="counts",
    )
    ranges = [(reason, one.id) for one in counted for reason in one.amount.reason.split("; ") if reason]
    for reason, names in grouped(ranges):
        yield Paragraph(runs(strong(w("denominators.ranges"), ": "), reason, " (", names, ")"))
    if absent:
        said = joined([runs(f"{reason} (", names, ")") for reason, names in grouped(absent)], "; ")
        yield Paragraph(runs(strong(w("denominators.absent"), ": "), said))


def basis(counted: Iterable[Denominator]) -> str:
    """What most of them rest on; nothing where that is not known."""
    found = Counter(one.amount.basis for one in counted if one.amount.basis)
    return max(found, key=lambda one: found[one], default="")


def grouped(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Runs]]:
    """Each reason once, with all that it holds for."""
    found: dict[str, list[Runs]] = {}
    for reason, name in pairs:
        found.setdefault(reason, []).append(runs(Name(name)))
    return ((reason, joined(names)) for reason, names in found.items())


def row(one: Denominator, usual: str, largest: int, w: Words) -> tuple[Runs, ...]:
    """A name, its figure twice, how it is made, what it is good for."""
    known = muted(w("denominators.known", list="; ".join(one.known))) if one.known else None
    other = one.amount.basis if one.amount.basis != usual else ""
    rest = ", ".join(filter(None, (w.of("bases", other) if other else "", left_open(one.amount, between(w)))))
    return (
        runs(Name(one.id)),
        runs(Figure(one.amount, Form.SHORT)),
        lines(Figure(one.amount), typical(one.amount, w), muted(rest) if rest else None),
        runs(Bar(one.amount.typical or 0, largest, one.id.partition(".")[0])),
        lines(one.definition, muted(w("denominators.formula", formula=one.formula))),
        lines(one.read_for, known),
    )


def typical(amount: Amount, w: Words) -> Runs:
    """What is typical of a range."""
    if amount.exact or amount.typical is None:
        return ()
    middle = Figure(Amount(amount.denominator, amount.typical, amount.typical, amount.typical))
    return runs(muted(w("denominators.range", typical=middle)))
