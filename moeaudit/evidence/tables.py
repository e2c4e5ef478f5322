"""Tensor tables, collapsed: a checkpoint's tensor list as a few dozen templates with index ranges.

`model.layers.{}.mlp.experts.{}.up_proj.weight` with the indices 3-60 and 0-255 stands for 14,848 tensors. A table
expands to exactly the tensors it was collapsed from; numbers that form no product of ranges become several groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import product, repeat
from math import prod
from operator import itemgetter

from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.indices import Indices, indices
from moeaudit.text import quoted

NUMBER = re.compile(r"(?<![^._])(0|[1-9][0-9]{0,8})(?![^.])")
"""A number that a template replaces by `{}`: a whole dotted part of the name, or what follows an underscore at its end
(`layers.3.`, `expert_3.`). Never `w1` or `conv1d`, and never with leading zeros: they would be lost on the way back."""

BRACES = re.compile(r"\{\}|\{\{|\}\}|[{}]")

Order = tuple[str | int, ...]
"""A name cut at its numbers, `("model.layers.", 3, ".mlp.gate.weight")`: sorts layer 2 before layer 10."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a checkpoint. `dtype` and `shape` are None where only an index names it, `shard` where unknown."""

    name: str
    dtype: str | None = None
    shape: tuple[int, ...] | None = None
    shard: str | None = None


@dataclass(frozen=True, slots=True)
class TensorGroup:
    """Equal tensors whose names differ in numbers alone.

    `template` holds one `{}` per entry of `index`; braces of the name itself are doubled. `dtype` is the safetensors
    word, None where only an index names the tensors; `shape` is that of one tensor as stored, None likewise.
    """

    template: str
    index: tuple[Indices, ...] = ()
    dtype: str | None = None
    shape: tuple[int, ...] | None = None

    @property
    def tensors(self) -> int:
        return prod(len(numbers) for numbers in self.index)

    @property
    def elements(self) -> int | None:
        """Elements of all tensors of the group together, as stored."""
        return None if self.shape is None else self.tensors * prod(self.shape)

    @property
    def bytes(self) -> int | None:
        """Bytes of all tensors of the group together."""
        if self.shape is None or self.dtype is None:
            return None
        return self.tensors * (prod(self.shape) * DTYPE_BITS[self.dtype] // 8)

    def literals(self) -> tuple[str, ...]:
        """The text around the numbers: one more than there are indices."""
        return split_template(self.template)

    def names(self) -> list[str]:
        """Every tensor name the group stands for, the last number running fastest."""
        first, *rest = self.literals()
        names = [first]
        for numbers, literal in zip(self.index, rest, strict=True):
            tails = [f"{number}{literal}" for number in numbers]
            names = [head + tail for head in names for tail in tails]
        return names

    def orders(self) -> Iterator[Order]:
        """The sort keys of `names()`, in the same order."""
        first, *rest = self.literals()
        pairs = [[(number, literal) for number in numbers] for numbers, literal in zip(self.index, rest, strict=True)]
        return ((first, *(part for pair in combination for part in pair)) for combination in product(*pairs))

    def canonical(self) -> TensorGroup:
        """The same tensors with every number of the template in the index, as `collapse` writes them.

        Makes templates of other rooms comparable: `layers.{}.block.0.w` becomes `layers.{}.block.{}.w` with (…, 0).
        """
        template, index = "", []
        for place, literal in enumerate(self.literals()):
            if place:
                template += "{}"
                index.append(self.index[place - 1])
            cut = NUMBER.split(literal)
            template += "{}".join(escape(text) for text in cut[::2])
            index.extend(indices((int(number),)) for number in cut[1::2])
        return TensorGroup(template, tuple(index), self.dtype, self.shape)


@dataclass(frozen=True, slots=True)
class Shards:
    """Which file each tensor is in, as runs over the table's tensors in the order of their names (numbers as numbers).

    `runs` are (tensors, place in `files`); their tensors add up to the table's.
    """

    files: tuple[str, ...]
    runs: tuple[tuple[int, int], ...]

    def each(self) -> Iterator[str]:
        """The file of every tensor, in order."""
        return (self.files[place] for count, place in self.runs for _ in range(count))


@dataclass(frozen=True)
class TensorTable:
    """A checkpoint's tensors, collapsed."""

    groups: tuple[TensorGroup, ...]
    shards: Shards | None = None

    @classmethod
    def collapse(cls, tensors: Iterable[Tensor]) -> TensorTable:
        """The table of these tensors, in any order. ValueError where a name comes twice."""
        listed = sorted(((order_of(tensor.name), tensor) for tensor in tensors), key=itemgetter(0))
        alike: dict[tuple[Order, str | None, tuple[int, ...] | None], list[tuple[int, ...]]] = {}
        previous: Order | None = None
        for order, tensor in listed:
            if order == previous:
                raise ValueError(f"tensor {quoted(tensor.name)} is listed twice")
            previous = order
            numbers: tuple[int, ...] = order[1::2]  # type: ignore[assignment]  # every other part is a number
            alike.setdefault((order[::2], tensor.dtype, tensor.shape), []).append(numbers)
        groups = tuple(TensorGroup("{}".join(escape(str(text)) for text in literals), box, dtype, shape)
                       for (literals, dtype, shape), tuples in alike.items() for box in product_boxes(tuples))
        shards = _runs([tensor.shard for _, tensor in listed])
        return cls(groups, shards)

    @cached_property
    def tensors(self) -> int:
        return sum(group.tensors for group in self.groups)

    @cached_property
    def elements(self) -> int | None:
        """Elements as stored (packed weights and scales as they are), None where a shape is unknown."""
        return _sum(group.elements for group in self.groups)

    @cached_property
    def bytes(self) -> int | None:
        """Bytes of all tensors, None where a shape or an element type is unknown."""
        return _sum(group.bytes for group in self.groups)

    @cached_property
    def names_sha256(self) -> str:
        """sha256 of the full names, sorted by code point and joined by newlines, in UTF-8."""
        return sha256("\n".join(sorted(self.names())).encode()).hexdigest()

    def names(self) -> list[str]:
        """Every full name, group by group."""
        return [name for group in self.groups for name in group.names()]

    def expand(self) -> list[Tensor]:
        """Every tensor with its shard, in the order of the names (numbers as numbers)."""
        listed = sorted(((order, name, group) for group in self.groups
                         for order, name in zip(group.orders(), group.names(), strict=True)), key=itemgetter(0))
        files: Iterable[str | None] = self.shards.each() if self.shards else repeat(None, len(listed))
        return [Tensor(name, group.dtype, group.shape, file)
                for (_, name, group), file in zip(listed, files, strict=True)]

    def names_only(self) -> TensorTable:
        """The same names and shards as an index would list them: no types, no shapes, regrouped."""
        boxes: dict[str, list[tuple[Indices, ...]]] = {}
        for group in self.groups:
            boxes.setdefault(group.template, []).append(group.index)
        for template, parts in boxes.items():
            if len(parts) > 1:
                boxes[template] = product_boxes(sorted(numbers for index in parts for numbers in product(*index)))
        return TensorTable(tuple(TensorGroup(template, box) for template, parts in boxes.items() for box in parts),
                           self.shards)


def order_of(name: str) -> Order:
    """The sort key of a name."""
    parts: list[str | int] = list(NUMBER.split(name))
    parts[1::2] = map(int, parts[1::2])
    return tuple(parts)


def escape(text: str) -> str:
    """Literal text for a template: braces doubled."""
    return text.replace("{", "{{").replace("}", "}}") if "{" in text or "}" in text else text


def split_template(template: str) -> tuple[str, ...]:
    """The text around each `{}`. ValueError for a single brace: templates are never formatted, only split."""
    if "{{" not in template and "}}" not in template:
        parts = template.split("{}")
        if not any("{" in part or "}" in part for part in parts):
            return tuple(parts)
    literals, start = [""], 0
    for match in BRACES.finditer(template):
        literals[-1] += template[start:match.start()]
        start = match.end()
        if match[0] == "{}":
            literals.append("")
        elif len(match[0]) == 2:
            literals[-1] += match[0][0]
        else:
            raise ValueError(f"template {quoted(template)} has a single {quoted(match[0])}")
    literals[-1] += template[start:]
    return tuple(literals)


def product_boxes(tuples: list[tuple[int, ...]]) -> list[tuple[Indices, ...]]:
    """A set of number tuples (ascending, none twice) as disjoint products: first numbers with equal rests share one."""
    if len(tuples[0]) <= 1:
        return [(indices([numbers[0] for numbers in tuples]),)] if tuples[0] else [()]
    rests: dict[int, list[tuple[int, ...]]] = {}
    for first, *rest in tuples:
        rests.setdefault(first, []).append(tuple(rest))
    shared: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for first, rest_tuples in rests.items():
        shared.setdefault(tuple(rest_tuples), []).append(first)
    return [(indices(firsts), *box) for rest_set, firsts in shared.items() for box in product_boxes(list(rest_set))]


def common(left: tuple[Indices, ...], right: tuple[Indices, ...]) -> tuple[Indices, ...] | None:
    """What two products of as many indices share, again a product; None where that is nothing."""
    shared = []
    for ours, theirs in zip(left, right, strict=True):
        both = ours if ours == theirs else indices(sorted(set(ours).intersection(theirs)))
        if not len(both):
            return None
        shared.append(both)
    return tuple(shared)


def _runs(files: list[str | None]) -> Shards | None:
    """Files in tensor order as runs; None where any is unknown."""
    known = [file for file in files if file is not None]
    if not known or len(known) != len(files):
        return None
    places = {file: place for place, file in enumerate(sorted(set(known)))}
    runs: list[tuple[int, int]] = []
    for file in known:
        if runs and runs[-1][1] == places[file]:
            runs[-1] = (runs[-1][0] + 1, places[file])
        else:
            runs.append((1, places[file]))
    return Shards(tuple(places), tuple(runs))


def _sum(counts: Iterable[int | None]) -> int | None:
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total
