"""Claim positions: this model's counts as dots on an axis, and the claimed figures as bands across them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moeaudit.later import dataclass
from moeaudit.reports.document.fill import filled
from moeaudit.reports.document.runs import Between
from moeaudit.reports.packet.model import Amount, Claim, Denominator
from moeaudit.reports.packet.words import brief
from moeaudit.reports.pictures.canvas import WIDTH, Sheet
from moeaudit.reports.pictures.tones import BAND
from moeaudit.text import short, visible

KINDS = {"total": ("total.", "stored."), "active": ("active.",)}
"""Kind of claim → how the ids of its denominators start."""

LEFT, RIGHT, STEP = 300, WIDTH - 24, 20
NAMES, FIGURES = 8, 288
LANE = 16
MOST = 8
"""Different claimed figures that are drawn."""


@dataclass(frozen=True)
class Axis:
    """Parameters → units of the sheet."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        return LEFT + (value - self.low) / (self.high - self.low) * (RIGHT - LEFT)


def claim_positions(
    kind: str, claims: Sequence[Claim], denominators: Sequence[Denominator], words: Mapping[str, Any]
) -> str:
    """SVG; empty where nothing is claimed or nothing is counted."""
    amounts = sorted(
        (one.amount for one in denominators if one.id.startswith(KINDS[kind]) and one.amount.low is not None),
        key=middle,
    )
    bands = list(figures(kind, claims))[:MOST]
    if not amounts or not bands:
        return ""
    sheet = Sheet(f"claims-{kind}", filled(words["title"], kind=words["kinds"][kind]))
    axis = scale(amounts, bands)
    top = 14 + LANE * len(bands)
    bottom = top + STEP * len(amounts)
    for lane, band in enumerate(bands):
        shade(sheet, axis, band, 14 + LANE * lane, bottom, words)
    for row, amount in enumerate(amounts):
        dots(sheet, axis, amount, top + STEP * row + STEP / 2, bands, words)
    ruler(sheet, axis, bottom + 4, words["axis"])
    sheet.text(NAMES, bottom + 48, words["inside"], size=11)
    return sheet.finish(bottom + 58, [words["about"], *said(words, amounts, bands)])


def figures(kind: str, claims: Sequence[Claim]) -> Iterator[Claim]:
    """Claims of the kind whose figure has two ends, each figure once."""
    seen = set()
    for claim in claims:
        if (
            claim.kind == kind
            and claim.low is not None
            and claim.high is not None
            and (claim.low, claim.high) not in seen
        ):
            seen.add((claim.low, claim.high))
            yield claim


def middle(amount: Amount) -> int:
    return amount.typical if amount.typical is not None else amount.low or 0


def scale(amounts: Sequence[Amount], bands: Sequence[Claim]) -> Axis:
    """An axis that holds every dot and every band, with air at both ends."""
    ends = [float(end) for amount in amounts for end in (amount.low, amount.high) if end is not None]
    ends += [float(end) for band in bands for end in (band.low, band.high) if end is not None]
    air = (max(ends) - min(ends)) * 0.04 or 1.0
    return Axis(min(ends) - air, max(ends) + air)


def shade(sheet: Sheet, axis: Axis, band: Claim, y: float, bottom: float, words: Mapping[str, Any]) -> None:
    """One claimed figure: a band down to the axis, its words in a lane of its own."""
    left, right = axis(band.low or 0), axis(band.high or 0)
    sheet.band(left, y, max(right - left, 2), bottom - y, BAND.colour)
    label = labelled(words, visible(band.printed)[:24], band.verdict)
    if right + 7 * len(label) + 8 <= WIDTH:
        sheet.text(right + 5, y + 10, label, size=11, bold=True)
    else:
        sheet.text(left - 5, y + 10, label, size=11, anchor="end", bold=True, width=left - 12)


def labelled(words: Mapping[str, Any], printed: str, verdict: str) -> str:
    """A claimed figure with its verdict."""
    return filled(words["claim"], printed=printed, verdict=words["tags"].get(verdict, verdict))


def dots(sheet: Sheet, axis: Axis, amount: Amount, y: float, bands: Sequence[Claim], words: Mapping[str, Any]) -> None:
    """One denominator: its name, its value, its dot; a range as a line between two dots."""
    sheet.text(NAMES, y + 4, amount.denominator, size=11, width=180)
    sheet.text(FIGURES, y + 4, brief(amount, Between(**words["between"])), size=11, anchor="end")
    sheet.line(LEFT, y, RIGHT, y, width=0.5, faint=True)
    ends = [end for end in dict.fromkeys((amount.low, amount.high)) if end is not None]
    if len(ends) == 2:
        sheet.line(axis(ends[0]), y, axis(ends[1]), y, width=2)
    for end in ends:
        sheet.dot(axis(end), y, filled=any(fits(band, amount, end) for band in bands))


def fits(band: Claim, amount: Amount, end: int) -> bool:
    """Whether a count fits a claimed figure: it rounds to it, or the verdict names it, as where it truncates to it."""
    return (band.low or 0) <= end < (band.high or 0) or amount.denominator in {fit.denominator for fit in band.fits}


def ruler(sheet: Sheet, axis: Axis, y: float, words: str) -> None:
    """Five marks with their values."""
    sheet.line(LEFT, y, RIGHT, y)
    sheet.text(FIGURES, y + 18, words, size=11, anchor="end")
    for step in range(5):
        value = axis.low + (axis.high - axis.low) * step / 4
        x = axis(value)
        sheet.line(x, y, x, y + 5)
        sheet.text(
            x, y + 18, short(round(value)), size=10, anchor="middle" if 0 < step < 4 else ("start", "end")[step // 4]
        )


def said(words: Mapping[str, Any], amounts: Sequence[Amount], bands: Sequence[Claim]) -> Iterator[str]:
    for band in bands:
        claimed = labelled(words, band.printed, band.verdict)
        yield filled(words["band"], claim=claimed, low=short(band.low or 0), high=short(band.high or 0))
    for amount in amounts:
        yield f"{amount.denominator} {brief(amount, Between(**words['between']))};"
