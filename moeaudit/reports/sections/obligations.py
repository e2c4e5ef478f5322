"""Duties and fields of frameworks, and what this packet knows for each. No legal advice, no statement of conformity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from moeaudit.reports.document.blocks import Block, Column, Heading, Paragraph, Table, Tone
from moeaudit.reports.document.runs import Name, Runs, Tag, joined, lines, muted, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Framework, Obligation

WITHOUT = ("mapped", "open", "outside")
"""Statuses that items may have for which there is nothing to show: those are named in one line each."""


HALF = 2
"""A table is for frameworks of which more than half is known; else each item that is has a line."""


class Obliged(Protocol):
    @property
    def obligations(self) -> tuple[Framework, ...]: ...


NEEDS = ("obligations",)


def section(result: Obliged, w: Words) -> Iterator[Block]:
    """Framework by framework: how its wording was had, what is known, and what is not."""
    for framework in result.obligations:
        usual = next(iter(Counter(one.reading for one in framework.items).most_common(1)), ("", 0))[0]
        yield Heading(runs(framework.title))
        yield Paragraph(about(framework, usual, w), Tone.MUTED, leads=True)
        known = [one for one in framework.items if not silent(one)]
        if len(known) * HALF > len(framework.items):
            yield table(known, usual, framework.title, w)
        else:
            yield from (Paragraph(told(one, usual, w), Tone.SMALL) for one in known)
        for status in WITHOUT:
            bare = [one for one in framework.items if silent(one) and one.status == status]
            if bare:
                yield Paragraph(left(bare, status, usual, w), Tone.SMALL)


def silent(one: Obligation) -> bool:
    """Whether there is nothing to show of an item."""
    return one.status in WITHOUT and not one.answer


def about(framework: Framework, usual: str, w: Words) -> Runs:
    """The reference, how most of the wording was had, and a note."""
    read = w.of("obligations.readings", usual) if usual else ""
    return joined([w("obligations.reference", reference=framework.reference), runs(read), runs(framework.note)], " · ")


def left(items: Sequence[Obligation], status: str, usual: str, w: Words) -> Runs:
    """Items that nothing here answers, in one line."""
    names = joined([named(one, usual, w) for one in items], "; ")
    said = w(f"obligations.left.{status}")
    return runs(Tag(status, w.of("obligations.statuses", status)), " ", strong(said), " ", names)


def named(one: Obligation, usual: str, w: Words) -> Runs:
    """An item by its id and its text."""
    return joined([runs(Name(one.id)), runs(one.text), odd(one, usual, w)], " ")


def told(one: Obligation, usual: str, w: Words) -> Runs:
    """An item and what is known for it, in one line."""
    status = Tag(one.status, w.of("obligations.statuses", one.status))
    origin = runs(" ", muted("(", one.origin, ")")) if one.origin else ()
    return runs(status, " ", named(one, usual, w), ": ", strong(one.answer or w("obligations.open")), origin)


def odd(one: Obligation, usual: str, w: Words) -> Runs:
    """How an item's wording was had, where it was had otherwise than most."""
    if not one.reading or one.reading == usual:
        return ()
    return runs(muted("(", w.of("obligations.readings", one.reading), ")"))


def table(items: Sequence[Obligation], usual: str, title: str, w: Words) -> Table:
    return Table(
        (
            Column(w("columns.duty"), 3.2),
            Column(w("columns.status"), 1.1),
            Column(w("columns.answer"), 3.4),
            Column(w("columns.origin"), 1.5, brief=False),
        ),
        tuple(
            (
                lines(runs(Name(one.id), f" {one.text}"), odd(one, usual, w)),
                runs(Tag(one.status, w.of("obligations.statuses", one.status))),
                runs(one.answer or w("obligations.open")),
                runs(one.origin),
            )
            for one in items
        ),
        runs(title),
        shown=False,
        name="duties",
    )
