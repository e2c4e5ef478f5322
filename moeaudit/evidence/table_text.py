"""Tensor tables as data that JSON can hold, for our own use: in the cache, and between our own processes."""

from __future__ import annotations

from typing import Any

from moeaudit.evidence.indices import read_indices, write_indices
from moeaudit.evidence.shard_names import lengthen, shorten
from moeaudit.evidence.tables import Shards, TensorGroup, TensorTable


def written(table: TensorTable) -> dict[str, Any]:
    groups = [
        [group.template, [write_indices(numbers) for numbers in group.index], group.dtype, group.shape]
        for group in table.groups
    ]
    shards = [shorten(table.shards.files), table.shards.runs] if table.shards else None
    return {"groups": groups, "shards": shards}


def table_of(held: Any) -> TensorTable:
    """The table that was written. ValueError, TypeError or KeyError where it is something else."""
    groups = tuple(
        TensorGroup(template, tuple(map(read_indices, index)), dtype, None if shape is None else tuple(shape))
        for template, index, dtype, shape in held["groups"]
    )
    shards = None
    if held["shards"] is not None:
        files, runs = held["shards"]
        shards = Shards(tuple(lengthen(files)), tuple((count, place) for count, place in runs))
    return TensorTable(groups, shards)
