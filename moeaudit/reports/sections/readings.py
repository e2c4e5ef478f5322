"""Figures of cards that look like claims and were not taken, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.check_result import CHECKED, CheckResult
from moeaudit.reports.document.blocks import Block, Items, Paragraph
from moeaudit.reports.document.runs import Name, Runs, joined, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.readings import Row, rows

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """One list for all cards, where it is asked for."""
    if not result.shown.readings:
        return
    found = [row for audit in result.told for row in rows(audit.facts.cards)]
    if found:
        yield Items(tuple(item(one) for one in found), name="readings")
    else:
        yield Paragraph(w("check.all_taken"))


def item(one: Row) -> Runs:
    """`README.md:13  671B (total parameters): it is another model's, DeepSeek-V3`."""
    field = f" ({one.field.rpartition('.')[2].replace('_', ' ')})" if one.field else ""
    why = joined([runs(one.reason), runs(one.owner_word)])
    return runs(Name(f"{one.file}:{one.line}"), " ", strong(one.figure), f"{field}: ", why)
