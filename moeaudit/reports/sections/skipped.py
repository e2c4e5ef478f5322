"""Rules that could not look, by what was not there: a check that saw nothing says so."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.checks.needs import LACKING
from moeaudit.reports.check_result import CHECKED, CheckResult, named
from moeaudit.reports.document.blocks import Block, Facts
from moeaudit.reports.document.runs import Name, joined, runs
from moeaudit.reports.document.words import Words

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """For each model: what was lacking, and the rules that need it."""
    for audit in result.told:
        rows = [
            (w("check.lacking", what=LACKING[need]), joined([runs(Name(rule)) for rule in rules]))
            for need, rules in audit.skipped.items()
        ]
        if rows:
            yield Facts(tuple(rows), runs(Name(named(audit, w))) if result.several else ())
