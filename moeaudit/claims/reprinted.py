"""A printed figure with another value: the number alone changes, its unit, sign, separators and precision stay."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from moeaudit.claims.figures import FIGURE, UNITS, Exact, Figure, parse_figure
from moeaudit.later import expression

MYRIADS = frozenset({"亿", "万", "億", "억", "만"})
"""Units in which trailing zeros are filling: `4470亿` is no more exact than `447B`."""

LEAST_FIGURES = 2
"""Significant figures that a size keeps at least, lest `3B` be written for 2.6B."""

PLACES = 6
"""More decimals are not added to say a value."""

EXPONENT = expression(r"[eE][+]?(\d{1,2})$")
GROUP = expression(r"\d([,\u202f\u2009])\d{3}(?!\d)")


class Number(NamedTuple):
    """The number of a printed figure: as it stands in the text, and what it is multiplied by."""

    text: str
    unit: int
    myriads: bool


def number_of(printed: str) -> Number | None:
    """The one number of a printed figure; None where there are two, or none."""
    found = FIGURE.match(printed.strip())
    figure = parse_figure(printed)
    if found is None or figure is None or found["high"]:
        return None
    return Number(found["low"], UNITS.get(figure.unit, 1), figure.unit in MYRIADS)


def reprinted(printed: str, value: Exact, *, whole: bool = False) -> tuple[str, str] | None:
    """The number to take out of a printed figure, and the one to put in its place, so that it stands for `value`.

    `whole`: the figure counts things, so it is printed to the unit. None where no such number says the value, or the
    old one does.
    """
    number, figure = number_of(printed), parse_figure(printed)
    if number is None or figure is None or value <= 0 or _says(figure, value, whole):
        return None
    for new in _tries(number, Fraction(value), whole):
        again = parse_figure(printed.strip().replace(number.text, new, 1))
        if again is not None and _says(again, value, whole):
            return number.text, new
    return None


def _says(figure: Figure, value: Exact, whole: bool) -> bool:
    return figure.low == value if whole else figure.matches(value) == "rounds"


def _tries(number: Number, value: Fraction, whole: bool) -> list[str]:
    """How the value can be printed in the same style, the closest to the old precision first."""
    exponent = EXPONENT.search(number.text)
    power = Fraction(10) ** int(exponent[1]) if exponent else Fraction(1)
    scaled = value / (number.unit * power)
    if whole:
        return [_like(number.text, scaled, 0, exponent)]
    decimals = _decimals(number.text, exponent)
    least = max(decimals, _needed(scaled))
    tries = [_like(number.text, scaled, places, exponent) for places in range(least, PLACES + 1)]
    zeros = len(number.text) - len(number.text.rstrip("0")) if number.myriads and decimals == 0 else 0
    return [_like(number.text, scaled, -zeros, exponent), *tries] if zeros else tries


def _decimals(text: str, exponent: re.Match[str] | None) -> int:
    mantissa = text[: exponent.start()] if exponent else text
    point = max(mantissa.rfind("."), -1 if GROUP.search(mantissa) else mantissa.rfind(","))
    return len(mantissa) - point - 1 if point >= 0 else 0


def _needed(scaled: Fraction) -> int:
    """Decimals that give a size its least number of significant figures."""
    places = LEAST_FIGURES - 1
    while scaled >= 10 and places > 0:
        scaled /= 10
        places -= 1
    while scaled < 1 and places < PLACES:
        scaled *= 10
        places += 1
    return places


def _like(text: str, scaled: Fraction, places: int, exponent: re.Match[str] | None) -> str:
    """A value in the style of an old number: its separators, its exponent; fewer than no places round to tens."""
    step = Fraction(10) ** -places
    units = int(scaled / step + Fraction(1, 2))
    if places <= 0:
        digits, tail = str(int(units * step)), ""
    else:
        digits = str(units).rjust(places + 1, "0")
        digits, tail = digits[:-places], digits[-places:]
    group = GROUP.search(text)
    if group:
        digits = f"{int(digits):,}".replace(",", group[1])
    mark = "," if "," in text and not group else "."
    return digits + (mark + tail if tail else "") + (exponent[0] if exponent else "")
