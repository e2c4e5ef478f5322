"""Many names, cut at their numbers and put together again as templates with index ranges.

Names repeat: `model.layers.3.mlp.experts.17.up_proj.weight` and the same of layer 4 end alike. A name is cut at its
first number only; what follows is parsed once, however many layers it stands in. Layers with equal tails, types and
shapes are one row, and only rows that differ are held against each other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import field
from functools import cache
from itertools import count, groupby, pairwise
from operator import itemgetter
from typing import TypeVar

from moeaudit.errors import UsageError
from moeaudit.evidence.indices import Indices, indices
from moeaudit.later import dataclass
from moeaudit.limits import FIRST_NUMBERS, NAME_LETTERS, NUMBERS_IN_A_NAME, TEMPLATES, TENSORS
from moeaudit.text import quoted

Order = tuple[str | int, ...]
"""A name cut at its numbers, `("model.layers.", 3, ".mlp.gate.weight")`: sorts layer 2 before layer 10."""

Stored = tuple[str | None, tuple[int, ...] | None, str | None]
"""Element type, shape and file of a tensor, each None where unknown."""

Numbers = tuple[int, ...]

BEHIND_DOT = chr(ord(".") + 1)

T = TypeVar("T", bound=Hashable)


@cache
def number() -> re.Pattern[str]:
    """A number that a template replaces by `{}`: a whole dotted part of the name, or what follows an underscore at its
    end (`layers.3.`, `expert_3.`). Never `w1` or `conv1d`, and never with leading zeros: they would be lost on the way
    back. Digits come first in the pattern, so that a search skips to them."""
    return re.compile(r"([0-9](?<![^._][0-9])(?:(?<=[1-9])[0-9]{0,8})?)(?![^.])")


def order_of(name: str, before: int = 0) -> Order:
    """The sort key of a name, or of what follows its first numbers (`before`: how many). UsageError where it holds too
    many of them."""
    parts: list[str | int] = list(number().split(name))
    if len(parts) // 2 + before > NUMBERS_IN_A_NAME:
        raise UsageError(
            f"a tensor name holds {NUMBERS_IN_A_NAME.words()}: {quoted(name)}",
            hint="No published checkpoint has such names.",
        )
    parts[1::2] = map(int, parts[1::2])
    return tuple(parts)


def are_too_many(held: int) -> bool:
    """Whether so many tensors are more than any model's."""
    return held > TENSORS


def check_names(held: int, names: Sequence[str]) -> None:
    """UsageError where these are more tensors than any model's, or a name is longer."""
    if are_too_many(held):
        raise UsageError(f"they list {TENSORS.words()}", hint="No published model has as many.")
    if len(longest := max(names, key=len, default="")) > NAME_LETTERS:
        raise UsageError(
            f"a tensor name has {NAME_LETTERS.words()}: {quoted(longest)}", hint="No published model has such names."
        )


def too_unlike() -> UsageError:
    return UsageError(
        f"they list {TEMPLATES.words()}, told by name, type and shape",
        hint="Models repeat their layers; these are no model's tensors.",
    )


def numbering() -> defaultdict[T, int]:
    """Gives each different value a place, counted up from 0, when it is first asked for."""
    return defaultdict(count().__next__)


@dataclass(frozen=True)
class Alike:
    """Tensors of one type and shape whose names differ in numbers alone. `first` is the least of their sort keys."""

    first: Order
    literals: tuple[str, ...]
    boxes: list[tuple[Indices, ...]]
    dtype: str | None
    shape: tuple[int, ...] | None


@dataclass
class Rows:
    """Tensors by what their names begin with, then the first number, then what follows it. Places are those in `tails`
    and `stored`, which hold each text and each type, shape and file once."""

    plain: dict[str, int] = field(default_factory=dict)  # whole names without a number → place in `stored`
    heads: dict[str, dict[int, dict[int, int]]] = field(default_factory=dict)  # … → place in `tails` → in `stored`
    tails: dict[str, int] = field(default_factory=numbering)
    stored: dict[Stored, int] = field(default_factory=dict)
    runs: list[tuple[int, str | None]] = field(default_factory=list)  # tensors of one file, in the order of the names
    held: int = 0  # tensors
    rows: int = 0  # beginnings with a first number

    def add(self, names: Sequence[str], which: Sequence[int], kinds: Sequence[Stored]) -> None:
        """More tensors: for each name, the place of its type, shape and file in `kinds`. ValueError where a name comes
        twice; nothing is then overwritten.

        In the order of their letters, names with one beginning and first number stand together. UsageError where all
        together are more, or less alike, than any model's.
        """
        self.held += len(names)
        check_names(self.held, names)
        table = [self.stored.setdefault(kind, len(self.stored)) for kind in kinds]
        order = sorted(range(len(names)), key=names.__getitem__)
        listed = [names[place] for place in order]
        places = [table[which[place]] for place in order]
        at, search = 0, number().search
        while at < len(listed):
            name = listed[at]
            cut = search(name)
            if cut is None:
                if name in self.plain:
                    raise _twice(name)
                self.plain[name] = places[at]
                at += 1
                continue
            end = cut.end()
            stop = at + 1 if end == len(name) else bisect_left(listed, f"{name[:end]}{BEHIND_DOT}", at + 1)
            rows = self.heads.setdefault(name[: cut.start()], {})
            row = rows.setdefault(int(cut[1]), {})
            self.rows += not row
            tails = map(itemgetter(slice(end, None)), listed[at:stop])
            _extend(row, list(map(self.tails.__getitem__, tails)), listed[at:stop], places[at:stop])
            at = stop
        if max(len(self.plain) + len(self.heads), len(self.stored) // 5, len(self.tails) // 5) > TEMPLATES:
            raise too_unlike()
        if self.rows > FIRST_NUMBERS:
            raise UsageError(f"their names tell {FIRST_NUMBERS.words()}", hint="No published model has as many.")

    def elsewhere(self, names: Iterable[str], file: str) -> Iterator[tuple[str, str]]:
        """Those of the names that were added from another file, and which one."""
        files = [stored[2] for stored in self.stored]
        for name in names:
            place = self.plain.get(name)
            if cut := number().search(name):
                row = self.heads.get(name[: cut.start()], {}).get(int(cut[1]), {})
                place = row.get(self.tails.get(name[cut.end() :], -1))
            if place is not None and (other := files[place]) not in (None, file):
                yield name, other

    def alike(self) -> list[Alike]:
        """The tensors in groups, in the order of their names. Fills `runs`."""
        tails = Tails.of(self.tails)
        kinds, kind_at = _numbered([stored[:2] for stored in self.stored])
        files = [stored[2] for stored in self.stored]
        found: list[Alike] = []
        boxes = 0
        sortings: dict[tuple[int, ...], list[int]] = {}  # rows of equal tails, as they came, are sorted once
        for start in sorted({*self.plain, *self.heads}):
            if start in self.plain:
                place = self.plain[start]
                found.append(Alike((start,), (start,), [()], *kinds[kind_at[place]]))
                self._run(files[place], 1)
            rows: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = {}
            for first, row in sorted(self.heads.get(start, {}).items()):
                came = tuple(row)
                if came not in sortings:
                    sortings[came] = sorted(range(len(came)), key=[tails.rank[key] for key in came].__getitem__)
                sorting = sortings[came]
                held = list(row.values())
                places = [held[place] for place in sorting]
                for file, run in groupby([files[place] for place in places]):
                    self._run(file, len(list(run)))
                alike = tuple([came[place] for place in sorting]), tuple([kind_at[place] for place in places])
                rows.setdefault(alike, []).append(first)
            for one in _groups(start, rows, tails, kinds):
                found.append(one)
                boxes += len(one.boxes)
                if boxes > TEMPLATES:
                    raise too_unlike()
        return sorted(found, key=lambda one: one.first)

    def _run(self, file: str | None, tensors: int) -> None:
        if self.runs and self.runs[-1][1] == file:
            tensors += self.runs.pop()[0]
        self.runs.append((tensors, file))


@dataclass(frozen=True)
class Tails:
    """What follows the first number, by place: parsed, with its rank. `literals_at` are places in `literals`."""

    orders: list[Order]
    rank: list[int]
    numbers: list[Numbers]
    literals: list[tuple[str, ...]]
    literals_at: list[int]

    @classmethod
    def of(cls, tails: Iterable[str]) -> Tails:
        orders = [order_of(tail, 1) for tail in tails]
        rank = [0] * len(orders)
        for place, which in enumerate(sorted(range(len(orders)), key=orders.__getitem__)):
            rank[which] = place
        numbers: list[Numbers] = [order[1::2] for order in orders]  # type: ignore[misc]  # every other part is a number
        texts: list[tuple[str, ...]] = [order[::2] for order in orders]  # type: ignore[misc]  # and the others text
        return cls(orders, rank, numbers, *_numbered(texts))


def _groups(
    start: str,
    rows: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]],
    tails: Tails,
    kinds: list[tuple[str | None, tuple[int, ...] | None]],
) -> Iterator[Alike]:
    """The tensors of all rows with one beginning: (tails, types and shapes) → their first numbers, ascending."""
    groups: dict[tuple[int, int], dict[tuple[Numbers, ...], list[int]]] = {}
    first: dict[tuple[int, int], Order] = {}
    for (keys, kinds_at), firsts in rows.items():
        here: dict[tuple[int, int], list[Numbers]] = {}
        for key, kind in zip(keys, kinds_at, strict=True):
            group = (tails.literals_at[key], kind)
            if group not in here:
                here[group] = []
                first.setdefault(group, (start, firsts[0], *tails.orders[key]))
            here[group].append(tails.numbers[key])
        for group, numbers in here.items():
            groups.setdefault(group, {}).setdefault(tuple(numbers), []).extend(firsts)
    for (literal, kind), shared in groups.items():
        boxes: list[tuple[Indices, ...]] = []
        for rests, together in shared.items():
            first_numbers = indices(sorted(together))
            for box in product_boxes(list(rests)):
                boxes.append((first_numbers, *box))
                if len(boxes) > TEMPLATES:
                    raise too_unlike()
        yield Alike(first[literal, kind], (start, *tails.literals[literal]), boxes, *kinds[kind])


def product_boxes(tuples: list[Numbers]) -> Iterator[tuple[Indices, ...]]:
    """A set of number tuples (ascending, none twice) as disjoint products: first numbers with equal rests share one."""
    if len(tuples[0]) <= 1:
        yield (indices([numbers[0] for numbers in tuples]),) if tuples[0] else ()
        return
    rests: dict[int, list[Numbers]] = {}
    for first, *rest in tuples:
        rests.setdefault(first, []).append(tuple(rest))
    shared: dict[tuple[Numbers, ...], list[int]] = {}
    for first, rest_tuples in rests.items():
        shared.setdefault(tuple(rest_tuples), []).append(first)
    for rest_set, together in shared.items():
        first_numbers = indices(together)
        for box in product_boxes(list(rest_set)):
            yield (first_numbers, *box)


def _extend(row: dict[int, int], keys: list[int], names: list[str], places: list[int]) -> None:
    """More tensors of a row, in the order of their names. ValueError where it holds one of them, or one comes twice."""
    held = len(row)
    if held and not row.keys().isdisjoint(keys):
        raise _twice(next(name for name, key in zip(names, keys, strict=True) if key in row))
    row.update(zip(keys, places, strict=True))
    if len(row) - held < len(names):
        raise _twice(next(name for name, after in pairwise(names) if name == after))


def _numbered(values: list[T]) -> tuple[list[T], list[int]]:
    """Each different value once, and for every place which of them stands there."""
    known: defaultdict[T, int] = numbering()
    places = list(map(known.__getitem__, values))
    return list(known), places


def _twice(name: str) -> ValueError:
    return ValueError(f"tensor {quoted(name)} is listed twice")
