"""The two sides of a finding as text: what is claimed, what is derived, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.fixes import Right, right_of
from moeaudit.checks.rule import Report
from moeaudit.claims.claim import Claim
from moeaudit.claims.figures import Value
from moeaudit.claims.verdicts import EXACT_KINDS, KINDS
from moeaudit.text import exact, several, short, visible

THINGS = frozenset(name for kind in EXACT_KINDS for name in KINDS[kind].denominators)
"""Counts of things, which nothing rounds."""


def contradiction(statement: Statement, facts: Facts) -> Report:
    """Both sides of a contradicted claim, with the nearest count, and the one to write, which need not be the nearest.
    Roles known by words alone prove nothing."""
    claim, nearest = statement.claim, statement.judgement.nearest
    assert nearest is not None
    gap = f"{float(100 * nearest.gap):+.1f} %"
    right = right_of(statement, facts)
    name, value = right if isinstance(right, Right) else (nearest.denominator, nearest.value)
    return report(
        statement,
        facts,
        f"{printed(claim)} fits no count of its kind; the nearest is {nearest.denominator} = {shown(nearest.value)} "
        f"({gap}){left_open(nearest.denominator, facts)}",
        f"{nearest.denominator} = {shown(nearest.value)}",
        f"{written(name, value, facts)}, or correct the evidence.",
    )


def report(statement: Statement, facts: Facts, message: str, derived: str, tip: str = "") -> Report:
    """A report on one claim that is held against counts."""
    return Report(
        message,
        statement.claim.location,
        claimed=f"{printed(statement.claim)}{of(statement.claim.denominator)}",
        derived=derived,
        tip=tip,
        rests_on=(),
    )


def once(statements: Iterable[Statement]) -> Iterable[Statement]:
    """The first of equal statements of one file: a card repeats its headline, a finding need not."""
    seen: set[tuple[str, str, str, str]] = set()
    for statement in statements:
        claim = statement.claim
        key = (claim.location.file, claim.path, claim.printed.lower(), claim.denominator or "")
        if key not in seen:
            seen.add(key)
            yield statement


def printed(claim: Claim) -> str:
    """The value as written, safe to show."""
    return visible(claim.printed, limit=80)


def fits(statement: Statement) -> Iterator[tuple[str, str]]:
    """Each denominator that the figure fits, and how: sizes round or truncate, a whole number of things is equal. Every
    view says it by this."""
    figure = statement.claim.figure
    whole = figure is not None and figure.is_exact
    for name, match in statement.judgement.fits.items():
        yield name, "equals" if whole and name in THINGS else match


def fitting(statement: Statement, between: str = ", ") -> str:
    """`active.head rounds, active.full truncates`."""
    return between.join(f"{name} {how}" for name, how in fits(statement))


def reading(statement: Statement) -> str:
    """What a figure is made of: the denominators it fits, or the nearest with the gap."""
    judgement = statement.judgement
    if judgement.fits:
        return fitting(statement, "; ")
    if judgement.nearest is not None:
        return f"nearest is {judgement.nearest.denominator}, off by {float(100 * judgement.nearest.gap):+.1f} %"
    return judgement.reason


def shown(value: Value) -> str:
    """An exact value, or the ends of a range."""
    if isinstance(value, tuple):
        return f"{exact(int(value[0]))} to {exact(int(value[2]))}"
    return exact(int(value))


def suggestion(name: str, value: Value) -> str:
    """Text to put into a card: the short figure with its denominator."""
    return f"{short(int(value[1] if isinstance(value, tuple) else value))} ({name})"


def written(name: str, value: Value, facts: Facts) -> str:
    """What to do about a wrong figure: write the right one, where it is settled."""
    return f"Write {suggestion(name, value)}" if facts.settled(name) else f"Settle {name} first"


def left_open(name: str, facts: Facts) -> str:
    """How much of a count is open; nothing where it is settled."""
    open = facts.unsettled.of(name)
    return f", with {several(open, 'parameter')} open" if open else ""


def of(denominator: str | None) -> str:
    return f" ({denominator})" if denominator else ""
