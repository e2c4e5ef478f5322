"""Questions to the vendor, ready to send."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Protocol

from moeaudit.reports.document.blocks import Block, Heading, Items, Paragraph
from moeaudit.reports.document.runs import Runs, joined, muted, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Question


class Asked(Protocol):
    @property
    def questions(self) -> tuple[Question, ...]: ...


NEEDS = ("questions",)


def section(result: Asked, w: Words) -> Iterator[Block]:
    """By group, numbered throughout."""
    if not result.questions:
        yield Paragraph(w("questions.none"))
    for group, found in groupby(result.questions, key=lambda one: one.group):
        asked = tuple(found)
        yield Heading(runs(w.of("questions.groups", group)))
        yield Items(tuple(question(one, w) for one in asked), ordered=True, start=asked[0].number, name="questions")


def question(one: Question, w: Words) -> Runs:
    """The text, and what it rests on."""
    why = runs(w(f"questions.kinds.{one.why}"), ": ", one.because) if one.because else ()
    return runs(one.text, " ", muted(joined([runs(one.item), why])))
