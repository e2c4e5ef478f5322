"""Comparing an architecture with a recorded table of checkpoint tensors: names and shapes, and sums per role."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from moeaudit.architecture.model import Architecture
from moeaudit.architecture.weights import Presence, Weight
from moeaudit.vocabulary import Component, Kind, Part

ROLES = {
    Component.EMBEDDING: "embedding",
    Component.HEAD: "lm_head",
    Component.ATTENTION: "attention",
    Component.INDEXER: "attention",
    Component.MIXER: "attention",
    Component.NORM: "norm",
    Component.DENSE_FFN: "dense_mlp",
    Component.ROUTER: "router",
    Component.ROUTER_BIAS: "router",
    Component.ROUTED_EXPERTS: "routed_experts",
    Component.SHARED_EXPERTS: "shared_experts",
    Component.TABLES: "embedding",
    Component.OTHER: "other",
}
"""The coarser roles of the recorded tables."""


def numbers(text: str) -> list[int]:
    """ "0-2,4,8-12/2" as numbers."""
    found: list[int] = []
    for piece in text.split(","):
        span, _, step = piece.partition("/")
        first, _, last = span.partition("-")
        found.extend(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


ROUTER = re.compile(r"(.*)\.gate[._]weight$")


def recorded_tensors(table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every tensor of a recorded table.

    Rows marked `index_not_a_product` list their names' numbers column by column, though later layers have more experts
    than earlier ones: there each layer has as many as its router, recorded in the same table, has rows.
    """
    uneven = [row for row in table["tensors"] if "index_not_a_product" in row]
    even = [row for row in table["tensors"] if "index_not_a_product" not in row]
    for row in even:
        yield from row_tensors(row)
    experts = {
        found[1]: shape[0]
        for row in even
        if uneven
        for name, shape in row_tensors(row)
        if (found := ROUTER.match(name))
    }
    for row in uneven:
        kept = [
            (name, shape)
            for name, shape, expert in expert_tensors(row)
            if expert < experts[name.partition(".experts.")[0]]
        ]
        assert len(kept) == row["count"]
        yield from kept


def row_tensors(row: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The tensors of one row: its name filled with every combination of its numbers."""
    for combination in product(*(numbers(text) for text in row.get("index", ()))):
        yield row["name"].format(*combination), tuple(row["shape"])


def expert_tensors(row: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...], int]]:
    """The same with the last number, the expert's."""
    for combination in product(*(numbers(text) for text in row["index"])):
        yield row["name"].format(*combination), tuple(row["shape"]), combination[-1]


def main_weights(architecture: Architecture) -> list[Weight]:
    """What transformers builds: everything but prediction modules and what only some releases store."""
    return [w for w in architecture.weights if w.part is not Part.MTP and w.presence is Presence.STORED]


def derived_tensors(architecture: Architecture) -> Iterator[tuple[str, tuple[int, ...]]]:
    for weight in main_weights(architecture):
        for name in weight.names():
            yield name, weight.shape


def derived_roles(architecture: Architecture) -> dict[str, int]:
    """Elements by the tables' roles (buffers and integer tables included, as there)."""
    roles: Counter[str] = Counter()
    for weight in main_weights(architecture):
        role = ROLES[weight.component] if weight.part is Part.LANGUAGE else "other"
        roles[role if weight.kind is not Kind.INTEGER_TABLE else "router"] += weight.elements
    return dict(roles)
