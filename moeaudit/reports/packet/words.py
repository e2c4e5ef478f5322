"""Figures as words, the same in every format: never a number without the name of what it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeaudit.reports.document.runs import ENGLISH, Between
from moeaudit.text import exact, short

if TYPE_CHECKING:
    from moeaudit.reports.amount import Amount

GIB, MIB = 2**30, 2**20
BANDS = (
    (500e6, "1–500M"),
    (5e9, "500M–5B"),
    (15e9, "5B–15B"),
    (50e9, "15B–50B"),
    (100e9, "50B–100B"),
    (500e9, "100B–500B"),
    (1e12, "500B–1T"),
)
"""Size ranges of the Model Documentation Form (Code of Practice, transparency chapter): upper end and name."""


def value(amount: Amount, words: Between = ENGLISH) -> str:
    """`37,552,297,472`, or the two ends of a range, or that there is none."""
    if amount.low is None or amount.high is None:
        return words.none
    return exact(amount.low) if amount.exact else f"{exact(amount.low)} {words.to} {exact(amount.high)}"


def brief(amount: Amount, words: Between = ENGLISH) -> str:
    """`37.55B`, or `18.60B to 31.30B`."""
    if amount.low is None or amount.high is None:
        return words.none
    low, high = short(amount.low), short(amount.high)
    return low if low == high else f"{low} {words.to} {high}"


def figure(amount: Amount, words: Between = ENGLISH) -> str:
    """`total.full 671.03B (671,026,404,352)`: for running text. Counts below a thousand stand once."""
    if amount.low is None:
        return f"{amount.denominator}: {words.none} ({amount.absent})"
    long, left = value(amount, words), left_open(amount, words)
    if brief(amount, words) == long:
        return f"{amount.denominator} {long}{f' ({left})' if left else ''}"
    return f"{amount.denominator} {brief(amount, words)} ({long}{f'; {left}' if left else ''})"


def left_open(amount: Amount, words: Between = ENGLISH) -> str:
    """`12 parameters open`, or nothing where the figure is settled."""
    return f"{exact(amount.open)} {words.one_open if amount.open == 1 else words.open}" if amount.open else ""


def rests_on(amount: Amount) -> str:
    """`read`, `assumed, 12 parameters open`: what a figure rests on."""
    return ", ".join(filter(None, (amount.basis, left_open(amount))))


def size_band(parameters: int) -> str:
    """The form's size range."""
    return next((name for end, name in BANDS if parameters <= end), "above 1T")


def power(flop: float) -> str:
    """Two significant figures, as the notification form asks: 3.3e24."""
    return f"{flop:.1e}".replace("e+", "e")


def gib(size: float) -> str:
    return f"{size / GIB:,.2f} GiB"


def quantity(number: float, unit: str) -> str:
    """A figure with its unit: bytes in GiB (2^30) or MiB (2^20) from one on, FLOP by powers of ten from 10^15 on."""
    if unit == "bytes":
        size = abs(number)
        return gib(number) if size >= GIB else f"{number / MIB:,.1f} MiB" if size >= MIB else f"{number:,.0f} bytes"
    if unit == "FLOP":
        scale, name = (1e9, "GFLOP") if number >= 1e9 else (1e6, "MFLOP")
        return f"{power(number)} FLOP" if number >= 1e15 else f"{number / scale:,.2f} {name}"
    return f"{plain(number)} {unit}".rstrip()


def plain(number: float) -> str:
    """Three significant figures where there are decimals to show; whole numbers whole."""
    if number == int(number) or abs(number) >= 999.5:  # three figures of what rounds to 1,000 would be 1e+03
        return f"{number:,.0f}"
    return f"{number:.3g}"
