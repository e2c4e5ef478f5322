"""Amounts that stand in words: bytes with their unit, powers of ten, bits of a precision, numbers of devices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from moeaudit.later import dataclass, expression

BYTES = expression(
    r"(?:(?<![\w.])(?P<count>\d{1,4})\s?[x×*]\s?)?(?<![\w.,])(?P<number>\d{1,6}(?:\.\d{1,3})?"
    r")\s?(?P<unit>[KMGT](?P<binary>i)?B)(?![A-Za-z/])"
)
SCALE = {"K": 1, "M": 2, "G": 3, "T": 4}

POWER = expression(
    r"(?:(?P<factor>\d{1,3}(?:\.\d{1,4})?)\s?[x×*·]\s?)?10"
    r"(?:\s?(?:\^|\*\*)\s?\{?(?P<raised>\d{1,2})\}?|(?P<high>[⁰¹²³⁴-⁹]{1,2}))"
    r"|(?<![\w.])(?P<plain>\d{1,3}(?:\.\d{1,4})?)[eE]\+?(?P<exponent>\d{1,2})(?!\d)"
)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")

PRECISIONS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (expression(words, re.IGNORECASE), bits)
    for words, bits in (
        (r"(?<![\w])(?:[1-3](?:\.\d+)?-?bit|q[1-3](?:_\w+)?|iq[1-3]\w*|ternary)", 2),
        (r"(?<![\w])(?:int4|fp4|nvfp4|mxfp4|4-?bit|q4\w*|iq4\w*|awq|gptq|w4a\d+|nf4)(?![0-9])", 4),
        (r"(?<![\w])(?:int8|fp8|mxfp8|8-?bit|q8\w*|w8a\d+|float8)(?![0-9])", 8),
        (r"(?<![\w])(?:bf16|fp16|bfloat16|float16|16-?bit|half precision)(?![0-9])", 16),
        (r"(?<![\w])(?:fp32|float32|32-?bit)(?![0-9])", 32),
    )
)
"""Words for a precision and the bits of a weight in it."""


@dataclass(frozen=True)
class Amount:
    """Bytes as printed. `binary`: the unit is GiB and its like; `step` is the last printed place."""

    text: str
    number: Fraction
    step: Fraction
    power: int
    binary: bool

    def bytes(self, *, binary: bool | None = None) -> int:
        """The amount in bytes as printed, or read in the other sort of unit."""
        return int(self.number * (1024 if (self.binary if binary is None else binary) else 1000) ** self.power)

    @property
    def most(self) -> int:
        """The most that it can mean: binary units, rounded down."""
        return int((self.number + self.step) * 1024**self.power)

    def prints(self, size: int, *, binary: bool) -> bool:
        """Whether `size` bytes print as this amount in that sort of unit, rounded or truncated."""
        value = Fraction(size, (1024 if binary else 1000) ** self.power)
        return self.number - self.step / 2 <= value < self.number + self.step


def amounts(text: str) -> Iterator[Amount]:
    """Every amount of bytes in a text; `8 × 80 GB` is 640 GB."""
    for found in BYTES.finditer(text):
        number, times = Fraction(found["number"]), int(found["count"] or 1)
        step = Fraction(1, 10 ** len(found["number"].partition(".")[2]))
        yield Amount(
            found.group().strip(), number * times, step * times, SCALE[found["unit"][0]], bool(found["binary"])
        )


def powers(text: str) -> Iterator[tuple[Fraction, str]]:
    """Every number printed with a power of ten, and how it is printed: `10^25`, `10²⁵`, `3.3 × 10^24`, `1e25`."""
    for found in POWER.finditer(text):
        if found["plain"]:
            yield Fraction(found["plain"]) * 10 ** int(found["exponent"]), found.group()
        else:
            raised = int(found["raised"] or found["high"].translate(SUPERSCRIPTS))
            yield Fraction(found["factor"] or 1) * 10**raised, found.group()


def bits_named(text: str) -> tuple[int, ...]:
    """The bits per weight of every precision that a text names, ascending."""
    return tuple(bits for pattern, bits in PRECISIONS if pattern.search(text))
