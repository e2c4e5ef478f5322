"""What a value looks like, the same in every medium: never a number without the name of what it counts."""

from __future__ import annotations

from typing import assert_never

from moeaudit.reports.document.runs import (
    ENGLISH,
    Band,
    Between,
    Decimal,
    Figure,
    Form,
    Gap,
    Number,
    Power,
    Share,
    Value,
)
from moeaudit.reports.packet.words import brief, figure, plain, power, quantity, value
from moeaudit.text import exact

GB, TB = 10**9, 10**12


def shown(one: Value) -> str:
    """The value as text, without any escaping."""
    match one:
        case Figure(amount, form, words):
            return _FORMS[form](amount, words)
        case Number(number, unit):
            if unit:
                return quantity(number, unit)
            return exact(number) if isinstance(number, int) else plain(number)
        case Decimal(size):
            return decimal(size)
        case Band(low, high, unit, words):
            return band(low, high, unit, words)
        case Share(part, whole, words):
            return share(part, whole, words)
        case Gap(gap):
            return f"{100 * gap:+.1f} %"
        case Power(flop):
            return power(flop)
    assert_never(one)


_FORMS = {Form.SHORT: brief, Form.EXACT: value, Form.NAMED: figure}


def sort_key(one: Value) -> float | None:
    """What a column sorts the value by."""
    match one:
        case Figure(amount):
            return amount.typical if amount.typical is not None else amount.low
        case Number(number):
            return number
        case Decimal(size):
            return size
        case Band(low):
            return low
        case Share(part, whole):
            return part / whole if whole else 0
        case Gap(gap):
            return gap
        case Power(flop):
            return flop
    assert_never(one)


def decimal(size: int) -> str:
    """`689 GB`, `1.02 TB`, `93.4 GB`: three figures, in units of 10^9, as files are sold and shown."""
    units = ((TB, "TB", 0.9995), (GB, "GB", 0.9995), (10**6, "MB", 0.9995), (10**3, "KB", 0.9995), (1, "B", 0))
    unit, name, _ = next(one for one in units if size >= one[0] * one[2])
    number = size / unit
    return f"{number:,.0f} {name}" if number >= 99.95 else f"{number:.3g} {name}"


def band(low: float | None, high: float | None, unit: str, words: Between = ENGLISH) -> str:
    """`1.2 to 3.4 s`, or nothing where there is no band."""
    if low is None or high is None or low == high:
        return ""
    if unit in ("bytes", "FLOP"):
        return f"{quantity(low, unit)} {words.to} {quantity(high, unit)}"
    return f"{plain(low)} {words.to} {plain(high)} {unit}".rstrip()


def share(part: int, whole: int, words: Between = ENGLISH) -> str:
    """`97.4 %`; what is above nothing never shows as 0."""
    percent = 100 * part / whole if whole else 0.0
    return f"{words.under} 0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"
