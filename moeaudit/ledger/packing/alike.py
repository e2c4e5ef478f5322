"""Where in a weight the patterns of a config may say different things: its layers and experts in boxes, each with one
of its modules, which stands for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from moeaudit.architecture.prediction import draft_name
from moeaudit.architecture.weights import Weight
from moeaudit.errors import UsageError
from moeaudit.evidence.boxes import Box
from moeaudit.evidence.indices import Indices, indices
from moeaudit.evidence.regions import regions
from moeaudit.evidence.tables import split_template
from moeaudit.ledger.packing.patterns import MARK, Matcher, Slot
from moeaudit.limits import MODULE_LETTERS, MODULES_TRIED, NUMBERS_TOLD_APART, PATTERNS_TRIED
from moeaudit.vocabulary import Part

Label = tuple[object, ...]

DIGITS = 9
"""Of the largest number of a layer or expert."""


def alike(weight: Weight, matchers: Sequence[Matcher]) -> list[tuple[Box, str]]:
    """The weight's numbers in disjoint boxes, each with the name of its first module: every pattern matches all modules
    of a box or none. In the order of those modules. UsageError where the patterns tell too many apart."""
    spent = 0

    def spend(numbers: int) -> None:
        nonlocal spent
        spent += numbers
        if spent > NUMBERS_TOLD_APART:
            raise _apart(weight, f"{NUMBERS_TOLD_APART:,} numbers looked at")

    boxes = [
        (box, tuple(numbers[0] for numbers in box))
        for box, _ in regions(weight.index, set(_labelled(weight, matchers)), spend)
    ]
    patterns = sum(len(matcher.globs) + len(matcher.regexes) for matcher in matchers)
    if len(boxes) * patterns > PATTERNS_TRIED:
        raise _too_many(
            f"names {patterns:,} patterns, to be tried on {len(boxes):,} modules of {weight.name}; the "
            f"limit is {PATTERNS_TRIED:,} trials"
        )
    literals = split_template(weight.name)
    return [
        (box, _fill(literals, first).removesuffix(".weight")) for box, first in sorted(boxes, key=lambda one: one[1])
    ]


def _labelled(weight: Weight, matchers: Sequence[Matcher]) -> Iterator[tuple[Label, Box]]:
    """Where a matcher's literals match, and single numbers that its other patterns name, as labelled boxes."""
    names = [weight.name, *([draft_name(weight.name)] if weight.part is Part.MTP else [])]
    words = [literal.removesuffix(".").rpartition(".")[2] for literal in split_template(weight.name)]
    held = [numbers if isinstance(numbers, range) else frozenset(numbers) for numbers in weight.index]
    slots = [_slots(name, len(weight.index)) for name in names]
    told: list[set[int]] = [set() for _ in held]
    for place, matcher in enumerate(matchers):
        for which, parts in enumerate(slots if all(slots) else ()):
            for named in matcher.literals_at(parts):
                if all(number in held[axis] for axis, number in named.items()):
                    yield (place, which), _at(weight.index, named)
        rest = matcher.without_literals if all(slots) else matcher
        for axis, (word, numbers) in enumerate(zip(words, held, strict=False)):
            named_here = rest.numbers_after(word)
            if named_here is None and len(numbers) > MODULES_TRIED:
                raise _apart(weight, f"{MODULES_TRIED:,} modules")
            told[axis].update(numbers if named_here is None else filter(numbers.__contains__, named_here))
    if prod(len(numbers) + 1 for numbers in told) > MODULES_TRIED:
        raise _apart(weight, f"{MODULES_TRIED:,} modules")
    for axis, found in enumerate(told):
        for number in found:
            yield ("number", axis, number), _at(weight.index, {axis: number})


def _slots(name: str, axes: int) -> tuple[Slot, ...]:
    """The dotted parts of a module's name, each with the axis of its number; empty where a name may be cut, or a number
    is not the end of a part."""
    literals = split_template(name.removesuffix(".weight"))
    axis, parts = axes - len(literals) + 1, []
    if len(name) + DIGITS * axes > MODULE_LETTERS or MARK in name:
        return ()
    for part in MARK.join(literals).split("."):
        text, found, after = part.partition(MARK)
        if after or (found and text and not text.endswith("_")):
            return ()
        parts.append((text, axis if found else None))
        axis += bool(found)
    return tuple(parts)


def _at(index: Sequence[Indices], named: dict[int, int]) -> Box:
    """The numbers of these axes, all of the others."""
    return tuple(indices((named[axis],)) if axis in named else numbers for axis, numbers in enumerate(index))


def _fill(literals: Sequence[str], numbers: Sequence[int]) -> str:
    return literals[0] + "".join(f"{number}{literal}" for number, literal in zip(numbers, literals[1:], strict=True))


def _apart(weight: Weight, most: str) -> UsageError:
    return _too_many(f"tells too many layers and experts of {weight.name} apart; the limit is {most}")


def _too_many(what: str) -> UsageError:
    return UsageError(f"the quantisation config {what}", hint="Name whole layers, or all experts of a layer.")
