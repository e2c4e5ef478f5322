"""Tensor tables in few lines: equal shapes under one name template, with the numbers that each `{}` runs over."""

from __future__ import annotations

import re
from collections.abc import Mapping

NUMBER = re.compile(r"(?<=\.)\d+(?=\.|$)")
Row = list[object]


def collapse(shapes: Mapping[str, tuple[int, ...]]) -> list[Row]:
    """Rows `[template, shape, numbers…]`. Each row is a full product: names whose numbers are none are split into
    several rows."""
    groups: dict[tuple[str, tuple[int, ...]], list[tuple[int, ...]]] = {}
    for name, shape in shapes.items():
        numbers = tuple(int(number) for number in NUMBER.findall(name))
        groups.setdefault((NUMBER.sub("{}", name), shape), []).append(numbers)
    return [
        [template, list(shape), *(spans(column) for column in columns)]
        for (template, shape), numbers in sorted(groups.items())
        for columns in products(sorted(numbers))
    ]


def products(numbers: list[tuple[int, ...]]) -> list[list[list[int]]]:
    """The same set of tuples as full products, one list of columns each; split by the first number where it is none."""
    if not numbers[0]:
        return [[]]
    rest: dict[int, list[tuple[int, ...]]] = {}
    for first, *others in numbers:
        rest.setdefault(first, []).append(tuple(others))
    together: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for first, tails in rest.items():
        together.setdefault(tuple(tails), []).append(first)
    return [[firsts, *columns] for tails, firsts in together.items() for columns in products(list(tails))]


def spans(numbers: list[int]) -> str:
    """[0, 1, 2, 5] as "0-2,5"."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in found)
