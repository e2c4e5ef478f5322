"""Parameters by component: all that is stored as one bar, and what one token uses of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moeaudit.later import dataclass
from moeaudit.reports.document.fill import filled
from moeaudit.reports.document.runs import Between
from moeaudit.reports.packet.model import Amount, Component, Denominator
from moeaudit.reports.packet.words import brief
from moeaudit.reports.pictures.canvas import WIDTH, Sheet
from moeaudit.reports.pictures.tones import UNUSED, Tone, tone
from moeaudit.text import short

LEFT, LONG, TALL = 8, WIDTH - 16, 34
COLUMNS = {"component": 52, "stored": 340, "active": 550, "share": 700}
"""Where the columns of the key stand; all but the first end there."""

LABELLED = 16
"""Width from which a segment shows its number."""


@dataclass(frozen=True)
class Segment:
    size: int
    tone: Tone
    label: str = ""


def component_bar(
    components: Sequence[Component], denominators: Sequence[Denominator], words: Mapping[str, Any]
) -> str:
    """SVG; empty where nothing was counted."""
    shown = [one for one in components if one.stored]
    if not shown:
        return ""
    sheet = Sheet("components", words["title"])
    stored, active = sum(one.stored for one in shown), sum(one.active or 0 for one in shown)
    amounts = {one.id: one.amount for one in denominators}
    uses = used(words, amounts, active, stored)
    numbers = {one.name: str(place) for place, one in enumerate(shown, 1)}
    inner = [Segment(one.active, tone(one.name), numbers[one.name]) for one in shown if one.active]
    scale = LONG / stored
    end = LEFT + active * scale
    sheet.text(LEFT, 18, filled(words["stored"], figure=f"total.stored {short(stored)}"), bold=True)
    bar(sheet, 28, scale, [*inner, *unused(shown, numbers)])
    sheet.line(LEFT, 28 + TALL, LEFT, 78, dashes="3 2", faint=True)
    sheet.line(end, 28 + TALL, LEFT + LONG, 78, dashes="3 2", faint=True)
    bar(sheet, 78, LONG / active if active else 0, inner)
    sheet.text(LEFT, 128, uses, bold=True)
    height = key(sheet, 156, words, shown, stored)
    return sheet.finish(
        height, [words["about"], filled(words["stored"], figure=short(stored)) + ";", uses + ".", *said(words, shown)]
    )


def used(words: Mapping[str, Any], amounts: dict[str, Amount], active: int, stored: int) -> str:
    """What one token uses, under its denominator."""
    share = f"{active / stored:.1%}"
    amount = amounts.get("active.full")
    if amount is not None and amount.low is not None:
        return filled(words["uses"], figure=f"active.full {brief(amount, Between(**words['between']))}", share=share)
    return filled(words["every"], figure=short(active))


def unused(components: Sequence[Component], numbers: dict[str, str]) -> Iterator[Segment]:
    """What this token leaves aside, then what stands beside the main path."""
    for one in components:
        if one.active is not None and one.stored > one.active:
            yield Segment(one.stored - one.active, UNUSED, numbers[one.name])
    for one in components:
        if one.active is None:
            yield Segment(one.stored, tone(one.name), numbers[one.name])


def bar(sheet: Sheet, y: float, scale: float, segments: Sequence[Segment]) -> None:
    """Segments side by side, at scale; wide ones show their number."""
    x = float(LEFT)
    for segment in segments:
        width = segment.size * scale
        sheet.box(x, y, width, TALL, segment.tone)
        if width >= LABELLED:
            badge(sheet, x + width / 2, y + TALL / 2, segment.label)
        x += width


def badge(sheet: Sheet, x: float, y: float, label: str) -> None:
    """A number on a white ground, so that it reads on every tone."""
    wide = 8 + 6 * len(label)
    sheet.box(x - wide / 2, y - 8, wide, 16, Tone("#ffffff"), outline=False)
    sheet.text(x, y + 4, label, size=11, anchor="middle", fill="#14202b")


def key(sheet: Sheet, y: float, words: Mapping[str, Any], components: Sequence[Component], stored: int) -> float:
    """The figures behind the bar; returns where it ends."""
    first, *others = COLUMNS
    for column, x in COLUMNS.items():
        sheet.text(x, y, words["columns"][column], size=11, anchor="start" if column == first else "end", bold=True)
    sheet.line(LEFT, y + 6, LEFT + LONG, y + 6)
    for place, one in enumerate(components, 1):
        y += 18
        sheet.text(24, y + 4, str(place), size=11, anchor="end")
        sheet.box(30, y - 6, 16, 11, tone(one.name))
        active = str(words["outside"]) if one.active is None else short(one.active)
        sheet.text(COLUMNS[first], y + 4, one.name, size=11.5)
        figures = (short(one.stored), active, percent(one.stored, stored))
        for column, figure in zip(others, figures, strict=True):
            sheet.text(COLUMNS[column], y + 4, figure, size=11.5, anchor="end")
    y += 22
    sheet.box(30, y - 6, 16, 11, UNUSED)
    sheet.text(COLUMNS[first], y + 4, str(words["unused"]), size=11)
    return y + 14


def percent(part: int, whole: int) -> str:
    """Two significant figures at least, so that a router is not 0.0%."""
    share = 100 * part / whole
    return f"{share:.1f}%" if share >= 1 else f"{share:.2g}%" if share >= 0.001 else "<0.001%"


def said(words: Mapping[str, Any], components: Sequence[Component]) -> Iterator[str]:
    for one in components:
        uses = words["outside"] if one.active is None else filled(words["used"], figure=short(one.active))
        yield f"{one.name} {short(one.stored)}, {uses};"
