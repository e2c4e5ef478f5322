"""Printed figures: what exact counts a figure such as `37B`, `~27 billion` or `6710亿` can stand for.

`37B` has two significant figures: it rounds from [36.5, 37.5) and truncates from [37, 38). Vendors do both, so a
match says which; rounding wins where both hold. `~` or "about" widens both intervals by one unit in the last
place, and never by more than 5 % of the value; ranges match by overlap. All arithmetic is exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import Literal

from moeaudit.later import dataclass, expression

Match = Literal["rounds", "truncates"]
Exact = int | Fraction
Value = Exact | tuple[Exact, Exact, Exact]
"""An exact value, or (low, typical, high) where the count depends on the token."""

UNITS: dict[str, int] = {
    "thousand": 10**3,
    "k": 10**3,
    "million": 10**6,
    "mn": 10**6,
    "m": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "b": 10**9,
    "trillion": 10**12,
    "tn": 10**12,
    "t": 10**12,
    "万亿": 10**12,
    "千亿": 10**11,
    "百亿": 10**10,
    "十亿": 10**9,
    "亿": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "万": 10**4,
    "兆": 10**12,
    "億": 10**8,
    "조": 10**12,
    "억": 10**8,
    "만": 10**4,
    "milliarde": 10**9,
    "milliarden": 10**9,
    "mrd": 10**9,
    "milliard": 10**9,
    "mil millone": 10**9,
    "millionen": 10**6,
    "millione": 10**6,
    "millone": 10**6,
    "billone": 10**12,
    "billionen": 10**12,
    "%": 1,
}
BINARY_UNITS = {"k": 1024, "m": 1024**2}
"""Context lengths are also printed in binary thousands: `128K` is 128,000 or 131,072 tokens."""

COARSEST_STEP = Fraction(1, 4)
"""Trailing zeros are taken as filling, not as precision, only while one step stays under this share of the figure."""

WIDEST = Fraction(1, 20)
"""The most, as a share of the value, by which "about" widens a figure."""

GROUPED = {"亿": 10**9, "億": 10**9, "억": 10**9, "万": 10**6, "萬": 10**6, "만": 10**6}
"""Units of ten thousand and their powers → the unit that other languages print: 6710亿 is 671B, no 671.0B."""

NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
}
"""Counts in words. "one" is too often a pronoun to be a figure by itself: see `card.bind`."""

ANY = expression("|".join([r"\d", *NUMBERS]), re.IGNORECASE)
"""What a text without is not worth reading for figures."""

_NUMBER = (
    r"\d{1,4},\d{1,3}(?=[\s\u00a0](?:milliards?|billions|millions|Millionen|Milliarden|Billionen)\s(?:de\b|d['’]|[A-Z]))"
    r"|\d{1,3}(?:\.\d{3})+(?=[\s\u00a0]?tokens?\b)"
    r"|\d{1,3}(?:\.\d{3}){2,}(?![\d.,])"
    r"|\d{1,3}(?:[,\u202f\u2009]\d{3})+(?:\.\d+)?"
    r"|\d{1,3}(?:[\u0020\u00a0]\d{3}){2,}(?![\d.,])|\d{1,3}[\u0020\u00a0]\d{3}(?=[-\s]?(?:tokens?|milliards?|mil\smillones|millones)\b)"
    r"|\d{1,4},\d{1,2}(?=[\s\u00a0]?(?:Mrd|[Mm]illi|mil\s|B\b))"
    r"|\d{1,18}(?:\.\d{1,15})?(?:[eE][+]?\d{1,2})?"
)
_UNIT = (
    r"(?:[-\s\u00a0]{0,2}(?:thousand|million|billion|trillion)s?\b"
    r"|[\s\u00a0]?(?:[mbt]n|milliarden?|mrd\.?|milliards?|mil[\s\u00a0]millones|million(?:en|es)|millones|billones|billionen)\b"
    r"|[\s\u00a0]?[KkMBT](?![A-Za-z0-9])|[mbt](?![A-Za-z0-9])"
    r"|\s?(?:万亿|千亿|百亿|十亿|亿|千万|百万|万|億|兆|억|조|만)|\s?%)"
)
_ABOUT = r"[~∼～≈]|≃|about\s|approximately\s|approx\.?\s|around\s|roughly\s|nearly\s|circa\s|ca\.\s|约为?|大约|近"
_AT_LEAST = r"(?<![-=])[>≥]=?|over\s|more than\s|at least\s|beyond\s|exceeding\s|超过|至少|逾"
_AT_MOST = r"[<≤]=?|no more than\s|not more than\s|up to\s|at most\s|less than\s|under\s|不超过|至多"
_RANGE = r"\s?(?:[-–—~～∼]|to|至|到)\s?"

FIGURE = expression(
    rf"(?P<qualifier>(?P<about>{_ABOUT})|(?P<least>{_AT_LEAST})|(?P<most>{_AT_MOST}))?\s{{0,2}}"
    rf"(?<![A-Za-z0-9_^])(?<![A-Za-z0-9][-–])(?<!\d[.,])(?P<low>{_NUMBER})(?![\d.]*\s?[x×*]\s?\d)(?P<low_unit>{_UNIT})?"
    rf"(?:{_RANGE}(?P<high>{_NUMBER})(?P<high_unit>{_UNIT})?)?"
    rf"(?P<plus>\+(?!\d))?",
    re.IGNORECASE,
)

_WORDS_ONLY = expression(r"(?:\s*|[\s,;(\[（]+(?:[^\d]|(?<=[A-Za-z])\d+)*|[\u4e00-\u9fff]\D*)")
"""What may follow the figure of a whole value: words, and names such as `H800`, but no second figure."""


_AVERAGING = expression(r"(?:\b(?:averag(?:e|es|ing)|avg\.?|mean)(?:\sof)?|平均(?:为|约)?)\s?$", re.IGNORECASE)
_ON_AVERAGE = expression(r"\s?(?:[(（]\s?)?(?:parameters\s)?(?:on average|average\b|avg\b|平均)", re.IGNORECASE)

_THOUSANDS = expression(r"[,\u0020\u00a0\u202f\u2009](?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Interval:
    """A half-open interval [low, high) of exact values; `None` is no limit."""

    low: Fraction | None
    high: Fraction | None

    def overlaps(self, low: Exact, high: Exact) -> bool:
        """Whether some value of the closed range [low, high] lies inside."""
        return (self.high is None or low < self.high) and (self.low is None or high >= self.low)


@dataclass(frozen=True)
class Figure:
    """A printed figure: its two ends (equal unless a range) in plain units, and the size of the last printed
    place of each. `average`: it is said to be one, so of a range it is the typical value."""

    text: str
    low: Fraction
    high: Fraction
    low_step: Fraction
    high_step: Fraction
    unit: str = ""
    about: bool = False
    average: bool = False
    bound: Literal["", "at least", "at most"] = ""

    @property
    def is_range(self) -> bool:
        return self.low != self.high

    @property
    def is_percent(self) -> bool:
        return self.unit == "%"

    @property
    def is_exact(self) -> bool:
        """Printed to the unit, such as `16384` or `256`."""
        return not self.is_range and not self.about and not self.bound and self.low_step <= 1 and not self.is_percent

    @cached_property
    def rounding(self) -> Interval:
        """The exact values that round to this figure."""
        return self._interval(self.low - self.low_step / 2, self.high + self.high_step / 2)

    @cached_property
    def truncation(self) -> Interval:
        """The exact values that are cut to this figure."""
        return self._interval(self.low, self.high + self.high_step)

    def _interval(self, low: Fraction, high: Fraction) -> Interval:
        if self.about:
            low -= min(self.low_step, self.low * WIDEST)
            high += min(self.high_step, self.high * WIDEST)
        return Interval(None if self.bound == "at most" else low, None if self.bound == "at least" else high)

    def matches(self, value: Value) -> Match | None:
        """How `value` prints as this figure: by rounding, by truncation, or not at all."""
        low, high = (value[0], value[2]) if isinstance(value, tuple) else (value, value)
        if self.rounding.overlaps(low, high):
            return "rounds"
        if self.truncation.overlaps(low, high):
            return "truncates"
        return None

    def coarse(self) -> Figure | None:
        """The same figure with trailing zeros read as filling (`230B` for 228.7B), or None where it has none to
        spare."""
        if self.is_range or self.is_percent or self.low == 0:
            return None
        step = self.low_step
        while self.low % (step * 10) == 0 and step * 10 <= self.low * COARSEST_STEP:
            step *= 10
        return None if step == self.low_step else replace(self, low_step=step, high_step=step)

    def binary(self) -> Figure | None:
        """The same figure read in binary thousands (`128K` as 131,072), or None where the unit has no such reading."""
        unit = BINARY_UNITS.get(self.unit)
        if unit is None:
            return None
        factor = Fraction(unit, UNITS[self.unit])
        return replace(
            self,
            low=self.low * factor,
            high=self.high * factor,
            low_step=self.low_step * factor,
            high_step=self.high_step * factor,
        )

    def gap(self, value: Value) -> Fraction:
        """Distance from the figure to `value`, relative to `value`: positive where the figure is larger."""
        low, high = (value[0], value[2]) if isinstance(value, tuple) else (value, value)
        if self.low > high:
            return (self.low - high) / Fraction(high) if high else Fraction(1)
        if self.high < low:
            return (self.high - low) / Fraction(low)
        return Fraction(0)

    def __str__(self) -> str:
        return self.text


def parse_figure(value: object) -> Figure | None:
    """The figure that a whole value is: a number, or text that begins with a figure and goes on with words only.

    `671B`, `37 billion parameters`, `~27B`, `18.6B–31.3B`, `16384`, `1e23`. None where the text is not one
    figure.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return _plain(str(value))
    if isinstance(value, float):
        return _plain(repr(value))
    if not isinstance(value, str) or len(value) > 400:
        return None
    text = value.strip()
    found = FIGURE.match(text)
    if found is None or not _WORDS_ONLY.fullmatch(text, found.end()):
        return None
    return _figure(found)


def find_figures(text: str) -> Iterator[tuple[Figure, int, int]]:
    """Every figure in running text with its start and end; a range is one figure, what falls (`384 to 16`) are two."""
    place = 0
    while found := FIGURE.search(text, place):
        place = max(found.end(), place + 1)
        figure = _figure(found)
        if figure is None and found["high"]:
            found, place = _low_end(found)
            figure = _figure(found)
        if figure is not None:
            yield figure, found.start() + len(found.group()) - len(found.group().lstrip()), found.end()


def halves(figure: Figure, text: str, start: int) -> list[tuple[Figure, int, int]]:
    """The two ends of a range as figures of their own, for a text that says `from A to B` of a change."""
    found = FIGURE.match(text, start)
    if found is None or not found["high"]:
        return [(figure, start, start + len(figure.text))]
    low, place = _low_end(found)
    first = _figure(low)
    return [*([(first, start, low.end())] if first else []), *find_figures_from(text, place, found.end())]


def find_figures_from(text: str, place: int, end: int) -> Iterator[tuple[Figure, int, int]]:
    """The figures between two places of a text."""
    while (found := FIGURE.search(text, place, end)) is not None:
        figure = _figure(found)
        if figure is not None:
            yield figure, found.start() + len(found.group()) - len(found.group().lstrip()), found.end()
        place = max(found.end(), place + 1)


def _low_end(found: re.Match[str]) -> tuple[re.Match[str], int]:
    """The first figure of what looks like a range, and where the search for the second goes on."""
    end = found.end("low_unit") if found["low_unit"] else found.end("low")
    low = FIGURE.match(found.string[:end], found.start())
    return (low, end) if low is not None else (found, found.end())


def _plain(text: str) -> Figure | None:
    found = FIGURE.fullmatch(text)
    return _figure(found) if found else None


def _figure(found: re.Match[str]) -> Figure | None:
    low, low_step = _number(_written(found, "low"))
    high_unit = _unit(found["high_unit"] or found["low_unit"])
    low_unit = _unit(found["low_unit"] or found["high_unit"])
    if high_unit == "billion" and _ROMANCE.match(found.string, found.end()):
        low_unit = high_unit = "billone"
    low, low_step = _in_units(low, low_step, low_unit)
    high, high_step = low, low_step
    if found["high"]:
        high, high_step = _in_units(*_number(_written(found, "high")), high_unit)
        if high < low:
            return None
    return Figure(
        text=found.group().strip(),
        low=low,
        high=high,
        low_step=low_step,
        high_step=high_step,
        unit=high_unit,
        about=bool(found["about"]),
        average=_is_average(found),
        bound="at least" if found["least"] or found["plus"] else "at most" if found["most"] else "",
    )


_ROMANCE = expression(r"[\s\u00a0](?:de\b|d['’])")
"""Behind a number of French or Spanish, whose comma is a decimal one and whose `billions` are a million millions."""
_DOTTED = expression(r"\d{1,3}(?:\.\d{3})+")


def _written(found: re.Match[str], end: str) -> str:
    """The number at an end (`low`, `high`) with English signs: `2,788 millions d'heures` has a decimal comma, `128.000
    Token` none."""
    text: str = found[end]
    unit = found[f"{end}_unit"]
    if end == "low" and unit and text.count(",") == 1 and _ROMANCE.match(found.string, found.end()):
        return text.replace(",", ".")
    behind = found.string[found.end() : found.end() + 6].strip().lower()
    grouped = text.count(".") > 1 or (not unit and "." in text and behind.startswith("token"))
    if grouped and _DOTTED.fullmatch(text):
        return text.replace(".", "")
    return text


def _number(text: str) -> tuple[Fraction, Fraction]:
    """A printed number and the size of its last printed place: `46.7` gives (46.7, 0.1), `671e9` gives (671e9, 1e9)."""
    if text.isdecimal():
        return Fraction(int(text)), _ONE
    number = Decimal(_THOUSANDS.sub("", text).replace(",", "."))
    exponent = number.as_tuple().exponent
    return Fraction(number), _power(int(exponent))


_ONE = Fraction(1)


@cache
def _power(exponent: int) -> Fraction:
    return Fraction(10) ** exponent


def _in_units(number: Fraction, step: Fraction, unit: str) -> tuple[Fraction, Fraction]:
    """Number and step in plain units. Zeros that a grouped unit asks for, and another language does not print, are no
    figures."""
    if not unit:
        return number, step
    value, size = number * UNITS.get(unit, 1), step * UNITS.get(unit, 1)
    while unit in GROUPED and step >= 1 and value and size < GROUPED.get(unit, 0) and value % (size * 10) == 0:
        size *= 10
    return value, size


def _is_average(found: re.Match[str]) -> bool:
    """Whether the words right before or behind a figure call it an average."""
    before, behind = found.string[max(0, found.start() - 20) : found.start()], found.string[found.end() :][:40]
    return _AVERAGING.search(before) is not None or _ON_AVERAGE.match(behind) is not None


def _unit(text: str | None) -> str:
    unit = re.sub(r"[\s\u00a0]+", " ", (text or "").strip(" -.\u00a0\t").lower())
    return unit[:-1] if unit.endswith("s") else unit
