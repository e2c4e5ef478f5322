"""An architecture with other numbers of routed experts in single layers, as the weights of a pruned checkpoint show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from math import isqrt
from typing import Any

from moeaudit.architecture.blocks import Block, Experts, Router, Tensor
from moeaudit.architecture.model import Architecture, Stack
from moeaudit.architecture.weights import Share


def with_experts(architecture: Architecture, counts: Mapping[tuple[str, int], int]) -> Architecture:
    """The architecture with another number of routed experts in the named layers; everything else is equal.

    `counts`: (a stack's prefix such as `model.layers.{}`, a layer's number) → routed experts, at least 1. The layer's
    router has as many rows fewer or more, a token uses no more experts than there are, and a share that depends on the
    token is scaled. A layer with several sets of experts (text and vision) has that many in each set.
    """
    revised = cache(revised_layer)
    pieces = tuple(
        replace(piece, layers=tuple(_layers(piece, counts, revised))) if isinstance(piece, Stack) else piece
        for piece in architecture.pieces
    )
    return replace(architecture, pieces=pieces)


def _layers(stack: Stack, counts: Mapping[tuple[str, int], int], revised: Callable[[Block, int], Block]) -> list[Block]:
    wanted = [counts.get((stack.prefix, number)) for number, _ in enumerate(stack.layers, stack.first)]
    return [
        layer if count is None else revised(layer, count) for layer, count in zip(stack.layers, wanted, strict=True)
    ]


def revised_layer(layer: Block, count: int) -> Block:
    """One layer with `count` experts in each of its sets."""
    if count < 1:
        raise ValueError(f"{count} routed experts in a layer")
    empty = max((block.extra for block in layer.walk() if isinstance(block, Router)), default=0)
    return _revised(layer, count, empty)


def _revised(block: Block, count: int, empty: int) -> Block:
    """The block with every set of experts below it at `count`. `empty`: further rows of the layer's router."""
    inside = {f.name: _inside(getattr(block, f.name), count, empty) for f in fields(block)}
    changed = {name: value for name, value in inside.items() if value is not getattr(block, name)}
    block = replace(block, **changed) if changed else block
    if isinstance(block, Tensor):
        return replace(block, shape=(*block.shape[:-1], count)) if block.per_expert else block
    old = getattr(block, "experts", 0)  # blocks of every lineage call their number of routed experts so
    if not isinstance(old, int) or old in (0, count):
        return block
    update: dict[str, Any] = {"experts": count}
    selected = getattr(block, "selected", None)
    if isinstance(selected, int):
        update["selected"] = min(selected, count)
    if isinstance(block, Router):
        *rows, last = block.correction_shape or (0,)
        update["correction_shape"] = (*rows, count) if last == old else block.correction_shape
        update["keys"] = block.keys and isqrt(count)
    if isinstance(block, Experts):
        update["first"] = block.first // old * count
        update["share"] = block.share and _scaled(block.share, old, count, empty)
    return replace(block, **update)


def _inside(value: Any, count: int, empty: int) -> Any:
    """A field's value with the blocks in it revised; the very same object where none changed."""
    if isinstance(value, Block):
        return _revised(value, count, empty)
    if isinstance(value, tuple):
        items = tuple(_inside(item, count, empty) for item in value)
        return items if any(new is not item for new, item in zip(items, value, strict=True)) else value
    return value


def _scaled(share: Share, old: int, new: int, empty: int) -> Share:
    """As many experts used of another number. The typical share also counts the `empty` choices beside them, which
    stay (zero-computation experts)."""
    scale = Fraction(old, new)
    typical = share.typical * (Fraction(old + empty, new + empty) if share.typical != share.high else scale)
    low, high = min(share.low * scale, Fraction(1)), min(share.high * scale, Fraction(1))
    return replace(share, low=low, typical=min(max(typical, low), high), high=high)
