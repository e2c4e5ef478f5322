"""Tensor tables, collapsed: a checkpoint's tensor list as a few dozen templates with index ranges.

`model.layers.{}.mlp.experts.{}.up_proj.weight` with the indices 3-60 and 0-255 stands for 14,848 tensors. A table
expands to exactly the tensors it was collapsed from; numbers that form no product of ranges become several groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from itertools import product, repeat
from math import prod
from operator import itemgetter
from typing import Any, NamedTuple

from moeaudit.collector import resting
from moeaudit.evidence.boxes import Box, merged
from moeaudit.evidence.dtypes import stored_bytes
from moeaudit.evidence.indices import Indices, indices, read_indices, write_indices
from moeaudit.evidence.rows import Order, Rows, Stored, number, numbering
from moeaudit.later import dataclass, expression
from moeaudit.text import quoted

BRACES = expression(r"\{\}|\{\{|\}\}|[{}]")


class Tensor(NamedTuple):
    """One tensor of a checkpoint. `dtype` and `shape` are None where only an index names it, `shard` where unknown."""

    name: str
    dtype: str | None = None
    shape: tuple[int, ...] | None = None
    shard: str | None = None


class Listed(NamedTuple):
    """Tensors as columns: their names, and for each the place of its type, shape and file in `kinds`."""

    names: Sequence[str]
    which: Sequence[int]
    kinds: Sequence[Stored]

    @classmethod
    def of(cls, tensors: Iterable[Tensor]) -> Listed:
        kinds: dict[Stored, int] = numbering()
        names: list[str] = []
        which: list[int] = []
        for name, dtype, shape, shard in tensors:
            names.append(name)
            which.append(kinds[dtype, shape, shard])
        return cls(names, which, list(kinds))

    def tensors(self) -> list[Tensor]:
        return [Tensor(name, *self.kinds[place]) for name, place in zip(self.names, self.which, strict=True)]


@dataclass(frozen=True)
class TensorGroup:
    """Equal tensors whose names differ in numbers alone.

    `template` holds one `{}` per entry of `index`; braces of the name itself are doubled. `dtype` is the word of
    safetensors or of ggml (`Q4_K`), None where only an index names the tensors; `shape` is that of one tensor as
    stored, None likewise.
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
        return self.tensors * stored_bytes(self.dtype, prod(self.shape))

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
            cut = number().split(literal)
            template += "{}".join(escape(text) for text in cut[::2])
            index.extend(indices((int(number),)) for number in cut[1::2])
        return TensorGroup(template, tuple(index), self.dtype, self.shape)


@dataclass(frozen=True)
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
        with resting():
            return cls.of([Listed.of(tensors)])

    @classmethod
    def of(cls, parts: Iterable[Listed]) -> TensorTable:
        """The table of all these together. ValueError where a name comes twice."""
        with resting():
            rows = Rows()
            for part in parts:
                rows.add(*part)
            return cls.made_of(rows)

    @classmethod
    def made_of(cls, rows: Rows) -> TensorTable:
        with resting():
            groups = tuple(
                TensorGroup("{}".join(map(escape, one.literals)), box, one.dtype, one.shape)
                for one in rows.alike()
                for box in one.boxes
            )
            return cls(groups, _shards(rows.runs))

    @cached_property
    def tensors(self) -> int:
        return sum(group.tensors for group in self.groups)

    @cached_property
    def elements(self) -> int | None:
        """Elements as stored (packed weights and scales as they are), None where a shape is unknown."""
        return total(group.elements for group in self.groups)

    @cached_property
    def bytes(self) -> int | None:
        """Bytes of all tensors, None where a shape or an element type is unknown."""
        return total(group.bytes for group in self.groups)

    @cached_property
    def names_sha256(self) -> str:
        """sha256 of the full names, sorted by code point and joined by newlines, in UTF-8."""
        return sha256("\n".join(sorted(self.names())).encode()).hexdigest()

    def names(self) -> list[str]:
        """Every full name, group by group."""
        return [name for group in self.groups for name in group.names()]

    def expand(self) -> list[Tensor]:
        """Every tensor with its shard, in the order of the names (numbers as numbers)."""
        listed = sorted(
            (
                (order, name, group)
                for group in self.groups
                for order, name in zip(group.orders(), group.names(), strict=True)
            ),
            key=itemgetter(0),
        )
        files: Iterable[str | None] = self.shards.each() if self.shards else repeat(None, len(listed))
        return [
            Tensor(name, group.dtype, group.shape, file) for (_, name, group), file in zip(listed, files, strict=True)
        ]

    def names_only(self) -> TensorTable:
        """The same names and shards as an index would list them: no types, no shapes, regrouped."""
        boxes: dict[str, list[Box]] = {}
        for group in self.groups:
            boxes.setdefault(group.template, []).append(group.index)
        return TensorTable(
            tuple(TensorGroup(template, box) for template, parts in boxes.items() for box in merged(parts)), self.shards
        )


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
        literals[-1] += template[start : match.start()]
        start = match.end()
        if match[0] == "{}":
            literals.append("")
        elif len(match[0]) == 2:
            literals[-1] += match[0][0]
        else:
            raise ValueError(f"template {quoted(template)} has a single {quoted(match[0])}")
    literals[-1] += template[start:]
    return tuple(literals)


def _shards(runs: list[tuple[int, str | None]]) -> Shards | None:
    """Files by their place in the order of names; None where any is unknown."""
    files = {file for _, file in runs if file is not None}
    if not files or any(file is None for _, file in runs):
        return None
    places = {file: place for place, file in enumerate(sorted(files))}
    return Shards(tuple(places), tuple((tensors, places[file]) for tensors, file in runs if file is not None))


def written(table: TensorTable) -> dict[str, Any]:
    """The table as data that JSON can hold: for the cache, and from one process of ours to another."""
    from moeaudit.evidence.shard_names import shorten

    groups = [
        [group.template, [write_indices(numbers) for numbers in group.index], group.dtype, group.shape]
        for group in table.groups
    ]
    shards = [shorten(table.shards.files), table.shards.runs] if table.shards else None
    return {"groups": groups, "shards": shards}


def table_of(held: Any) -> TensorTable:
    """The table that was written. ValueError, TypeError or KeyError where it is something else."""
    from moeaudit.evidence.shard_names import lengthen

    groups = tuple(
        TensorGroup(template, tuple(map(read_indices, index)), dtype, None if shape is None else tuple(shape))
        for template, index, dtype, shape in held["groups"]
    )
    shards = None
    if held["shards"] is not None:
        files, runs = held["shards"]
        shards = Shards(tuple(lengthen(files)), tuple((count, place) for count, place in runs))
    return TensorTable(groups, shards)


def total(counts: Iterable[int | None]) -> int | None:
    """The sum; None where one of them is unknown."""
    summed = 0
    for count in counts:
        if count is None:
            return None
        summed += count
    return summed
