"""The table of denominators: every way to count that gives a value here, with what to read it for."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.ledger.denominators import DENOMINATORS
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.values import Absent
from moeaudit.reports.amount import Amount, amount
from moeaudit.reports.packet.model import Denominator

HEADLINE = ("total.full", "active.full", "active.head", "total.body", "total.stored")
"""What the summary page names."""


def denominators(inspection: Inspection | None) -> Iterator[Denominator]:
    """In the order of the registry; those that do not apply say why."""
    for name, value in inspection.denominators.items() if inspection else ():
        known = DENOMINATORS[name]
        yield Denominator(amount(name, value), known.definition, known.formula, known.read_for, known.known)


def headline(inspection: Inspection | None) -> Iterator[Amount]:
    """The figures of the summary page that this model has."""
    for name in HEADLINE if inspection else ():
        value = inspection.denominators.get(name) if inspection else None
        if value is not None and not isinstance(value, Absent):
            yield amount(name, value)


__all__ = ["HEADLINE", "amount", "denominators", "headline"]
