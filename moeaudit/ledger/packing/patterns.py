"""Which modules a quantisation config names: literals, globs and `re:` patterns, matched without trusting them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from functools import cached_property
from itertools import accumulate

from moeaudit.errors import UsageError
from moeaudit.later import dataclass, expression
from moeaudit.ledger.packing.numbers import Numbers
from moeaudit.limits import MODULE_LETTERS, OPEN_ENDS, PATTERNS

Slot = tuple[str, int | None]
"""A dotted part of a template's name: its text, and the axis of the number behind that, None where it has none."""

MARK = "\0"
"""Stands for a number. No module that is asked for has it in its name."""

NUMBERED = expression(r"(|.*_)(0|[1-9][0-9]{0,8})", re.DOTALL)
"""A part that is a number or ends in one."""

UNSAFE = expression(r"[)\]}][*+{]|\\[1-9]|\(\?")
"""What makes matching explode or means more than a name: repeated groups and sets, back-references, look-arounds."""

OPEN_ENDED = expression(r"(?<!\\)[*+{]")
SPECIAL = expression(r"[\\\[\](){}+?|^$]")


@dataclass(frozen=True)
class Matcher:
    """Module names given in a config. A literal means that module, all below it, and every module whose dotted name
    ends with or contains it whole (`mlp.gate` names `model.layers.0.mlp.gate`, never `mlp.gate_proj`), as
    transformers and vLLM read it."""

    literals: frozenset[str] = frozenset()
    globs: tuple[str, ...] = ()
    regexes: tuple[re.Pattern[str], ...] = ()
    refused: tuple[str, ...] = field(default=(), compare=False)  # not used: broken, or slow to match

    @classmethod
    def of(cls, patterns: Iterable[object]) -> Matcher:
        """From the strings of a config; whatever is no usable pattern is refused. UsageError where there are too many
        that are no plain names."""
        literals, globs, regexes, refused = set(), [], [], []
        for pattern in patterns:
            if not isinstance(pattern, str) or not pattern or len(pattern) > MODULE_LETTERS:
                refused.append(str(pattern)[:MODULE_LETTERS])
            elif pattern.startswith("re:") or SPECIAL.search(pattern):
                compiled = _compile(pattern.removeprefix("re:"))
                if compiled is None:
                    refused.append(pattern)
                else:
                    regexes.append(compiled)
            elif "*" in pattern:
                globs.append(pattern)
            else:
                literals.add(pattern.removesuffix(".weight"))
            if len(globs) + len(regexes) + len(refused) > PATTERNS:
                raise UsageError(
                    f"the quantisation config names {PATTERNS.words()}", hint="Name the modules, or whole layers."
                )
        return cls(frozenset(literals), tuple(globs), tuple(regexes), tuple(refused))

    def __bool__(self) -> bool:
        return bool(self.literals or self.globs or self.regexes)

    def matches(self, module: str) -> bool:
        return (
            (bool(self.literals) and any(run in self.literals for run in _runs(module, self._first_parts)))
            or module.startswith(self._prefixes)
            or any(glob_match(glob, module) for glob in self._other_globs)
            or any(pattern.match(module[:MODULE_LETTERS]) for pattern in self.regexes)
        )

    @cached_property
    def _first_parts(self) -> frozenset[str]:
        """What a literal can begin with: lists of thousands of names begin with few words."""
        return frozenset(literal.partition(".")[0] for literal in self.literals)

    @cached_property
    def _prefixes(self) -> tuple[str, ...]:
        """Globs that only end in a star, by far the most."""
        return tuple(glob[:-1] for glob in self.globs if glob.find("*") == len(glob) - 1)

    @cached_property
    def _other_globs(self) -> tuple[str, ...]:
        return tuple(glob for glob in self.globs if glob.find("*") < len(glob) - 1)

    def numbers_after(self, word: str) -> frozenset[int] | None:
        """The numbers that the patterns tell apart after this name part (`layers`); None where it may be any."""
        return self._numbers.after(word)

    def literals_at(self, parts: Sequence[Slot]) -> Iterator[dict[int, int]]:
        """The literals that a module of these parts may match, each with the numbers by axis that it asks for."""
        shapes, fixed = zip(*(_shape(text, axis) for text, axis in parts), strict=True)
        for start, first in enumerate(shapes):
            if first not in self._first_shapes:
                continue
            for end, run in enumerate(accumulate(shapes[start:], "{}.{}".format), start + 1):
                slots = [slot for slot in fixed[start:end] if slot is not None]
                for numbers in self._literals_by_shape.get(run, ()):
                    pairs = list(zip(slots, numbers, strict=True))
                    if all(digits == number for (axis, digits), number in pairs if axis is None):
                        yield {axis: int(number) for (axis, _), number in pairs if axis is not None}

    @cached_property
    def _literals_by_shape(self) -> dict[str, list[tuple[str, ...]]]:
        """Literals with a mark for each of their numbers, and the numbers: lists of thousands of names have few
        shapes."""
        found: dict[str, list[tuple[str, ...]]] = {}
        listed = [literal.split(".") for literal in self.literals if MARK not in literal]
        shape = {part: _shape(part, None) for part in {part for parts in listed for part in parts}}
        for parts in listed:
            shapes, fixed = zip(*map(shape.__getitem__, parts), strict=True)
            found.setdefault(".".join(shapes), []).append(tuple(slot[1] for slot in fixed if slot is not None))
        return found

    @cached_property
    def _first_shapes(self) -> frozenset[str]:
        return frozenset(shape.partition(".")[0] for shape in self._literals_by_shape)

    @cached_property
    def without_literals(self) -> Matcher:
        return Matcher(globs=self.globs, regexes=self.regexes)

    @cached_property
    def _numbers(self) -> Numbers:
        """Read once: the lists can be long."""
        found = Numbers()
        for literal in self.literals:
            found.literal(literal)
        for glob in self.globs:
            found.glob(glob)
        for regex in self.regexes:
            found.regex(regex.pattern)
        return found


class Literals:
    """The literals of many matchers, looked up together."""

    def __init__(self, listed: Iterable[frozenset[str]]) -> None:
        self._places: dict[str, int] = {}
        for place, literals in enumerate(listed):
            for literal in literals:
                self._places.setdefault(literal, place)
        self._first_parts = frozenset(literal.partition(".")[0] for literal in self._places)

    def first(self, module: str) -> int | None:
        """The place of the first matcher with a literal that names this module."""
        found = (self._places.get(run) for run in _runs(module, self._first_parts))
        return min((place for place in found if place is not None), default=None)


def _shape(part: str, axis: int | None) -> tuple[str, tuple[int | None, str] | None]:
    """A dotted part with a mark for the number that it is or ends in, and (the axis it runs over, its digits)."""
    if axis is not None:
        return part + MARK, (axis, "")
    found = NUMBERED.fullmatch(part)
    return (found[1] + MARK, (None, found[2])) if found else (part, None)


def glob_match(glob: str, name: str) -> bool:
    """`*` stands for any text. A glob also covers what is below the module it names. Time linear in the name."""
    first, *rest = glob.split("*")
    if not rest:
        return name == glob
    if not name.startswith(first):
        return False
    place = len(first)
    for piece in rest[:-1]:
        found = name.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    tail = rest[-1]
    if not tail:
        return True
    if name.endswith(tail) and len(name) - len(tail) >= place:
        return True
    return name.find(f"{tail}.", place) >= 0


def _compile(pattern: str) -> re.Pattern[str] | None:
    """The pattern, None where it is broken, too much for the matcher or could take long."""
    if UNSAFE.search(pattern) or len(OPEN_ENDED.findall(pattern)) > OPEN_ENDS:
        return None
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None


def _runs(module: str, first_parts: frozenset[str]) -> Iterator[str]:
    """Every run of whole name parts that begins with one of these: `a.b.c` gives a, a.b, a.b.c, b, b.c, c."""
    parts = module[:MODULE_LETTERS].split(".")
    for start, first in enumerate(parts):
        if first in first_parts:
            yield from accumulate(parts[start:], "{}.{}".format)
