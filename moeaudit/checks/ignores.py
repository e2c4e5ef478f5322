"""Suppressions held to their own rules: they name a known rule, give a reason, and set something aside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Outcome, Severity
from moeaudit.checks.retired import RETIRED
from moeaudit.checks.rule import Report, Rule
from moeaudit.checks.suppression import ignores_of, reaches
from moeaudit.text import visible

FAMILY = "suppression"


def ignore_rules(known: Collection[str]) -> tuple[Rule, ...]:
    """The rules on suppressions, given the ids of all other rules. They run last, on what the others found."""
    return (
        Rule(
            "ignore-unknown-rule",
            FAMILY,
            "a suppression names no rule",
            why="It suppresses nothing, and its author believes it does.",
            decided="The id is not in the registry.",
            fix="Correct the id; moeaudit explain lists the rules.",
            check=_unknown(known),
            outcome=Outcome.SUSPECT,
        ),
        Rule(
            "ignore-without-reason",
            FAMILY,
            "a suppression without a reason",
            why="The next reader cannot tell a decision from an accident; it has no effect.",
            decided="The reason is empty.",
            fix="Write why the finding is set aside.",
            check=_unreasoned,
            outcome=Outcome.INCOMPLETE,
        ),
        Rule(
            "ignore-unused",
            FAMILY,
            "a suppression that sets nothing aside",
            why="Left behind, it hides the next finding of its rule.",
            decided="No finding of its rule stands at its place.",
            fix="Remove it.",
            check=_unused(known),
            outcome=Outcome.SUSPECT,
            severity=Severity.NOTE,
        ),
    )


def _unknown(known: Collection[str]) -> Callable[[Facts], Iterable[Report]]:
    def check(facts: Facts) -> Iterable[Report]:
        for ignore in ignores_of(facts):
            if ignore.rule not in known:
                gone, name = RETIRED.get(ignore.rule), visible(ignore.rule, limit=60)
                yield Report(
                    f"{name} is no rule" if gone is None else f"{name} is no rule any more: {gone.reason}",
                    ignore.place,
                    claimed=name,
                    tip="" if gone is None else f"Name {' or '.join(gone.replaced_by)} instead.",
                )

    return check


def _unreasoned(facts: Facts) -> Iterable[Report]:
    for ignore in ignores_of(facts):
        if not ignore.reason.strip():
            yield Report(
                f"{visible(ignore.rule, limit=60)} is set aside without a reason, so it is not",
                ignore.place,
                claimed=visible(ignore.rule, limit=60),
            )


def _unused(known: Collection[str]) -> Callable[[Facts], Iterable[Report]]:
    def check(facts: Facts) -> Iterable[Report]:
        used = {key for finding in facts.findings for key in reaches(finding)}
        for ignore in ignores_of(facts):
            if ignore.rule in known and ignore.reason.strip() and (ignore.rule, ignore.path) not in used:
                yield Report(
                    f"{visible(ignore.rule, limit=60)} has no finding here to set aside",
                    ignore.place,
                    claimed=visible(ignore.rule, limit=60),
                )

    return check
