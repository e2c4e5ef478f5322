"""One pool of equal blocks for all layers, as vLLM keeps it.

A block of the pool serves one block of one group of layers. Sources, all of vLLM: 0.12 to 0.32
v1/core/kv_cache_utils.py, 0.33.0 v1/core/kv_cache_planning.py:
- layers that all keep everything are one group, whatever their page (_get_kv_cache_groups_uniform_type);
- pages are made equal by enlarging the block of the smaller where sizes divide, otherwise by padding the page
  (unify_kv_cache_spec_page_size), and groups are of one number of layers (_get_kv_cache_groups_uniform_page_size);
- beside windows of latents, groups are made of tuples of layers, one of each page size: up to 0.28 windows' pages are
  padded to those of the full layers (_get_kv_cache_groups_uniform_groups), since 0.29 every group keeps its pages and
  the block is as wide as the widest (_get_packed_kv_cache_groups).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from moeaudit.costs.cache import StageCache, blocks
from moeaudit.costs.pools.kinds import Keeps, Kind, kinds
from moeaudit.costs.pools.made import Pool
from moeaudit.costs.pools.rules import Pools
from moeaudit.later import dataclass


@dataclass(frozen=True)
class Group:
    """Layers that share a table of blocks: how many of each kind."""

    members: tuple[Kind, ...]

    @property
    def size(self) -> int:
        """Bytes of one block of all its layers."""
        return sum(kind.layers * kind.page for kind in self.members)

    @property
    def block(self) -> int:
        return max(kind.block for kind in self.members)

    def pages(self, length: int, flight: int) -> int:
        return max(kind.pages(length, flight) for kind in self.members)


def unified(cache: StageCache, budget: int, length: int) -> Pool:
    """The pool that a budget becomes for a max_model_len of `length`."""
    rules, found = cache.rules.pools, kinds(cache)
    groups, width = _planned(found, rules)
    flight = cache.rules.step_tokens * max(rules.flight, cache.layout.pp if rules.flight > 1 else 1)
    pages = [group.pages(length, flight) for group in groups]
    sizes = [group.size for group in groups]
    request = sum(pages)
    if not rules.sums:
        request = blocks(sum(number * size for number, size in zip(pages, sizes, strict=True)), sizes[0])
    count = max(budget, 0) // width
    blocks_of = [group.block for group in groups if group.block]
    logged = count * length // request if rules.counts == "capacity" else count // len(groups) * min(blocks_of)
    whole = [kind.block for group in groups for kind in group.members if kind.keeps is Keeps.ALL]
    return Pool(count, whole[0] if whole else min(blocks_of), request, length, len(groups), width, logged)


def _planned(found: Sequence[Kind], rules: Pools) -> tuple[tuple[Group, ...], int]:
    """The groups, and the bytes of a block of the pool."""
    if len({kind.alike for kind in found}) == 1:
        whole = Group(tuple(found))
        return (whole,), whole.size
    if any(kind.latent and kind.keeps is not Keeps.ALL for kind in found) or _uneven(found):
        return _packed(found) if rules.packed else _in_tuples(found)
    return _equal(found, rules.near)


def _uneven(found: Iterable[Kind]) -> bool:
    """Whether latents of several sizes stand beside something else: their pages cannot be made equal."""
    return len({kind.page for kind in found if kind.latent}) > 1


def _equal(found: Sequence[Kind], near: float) -> tuple[tuple[Group, ...], int]:
    """Pages of one size, groups of one number of layers."""
    page = max(kind.page for kind in found)
    layers = [kind.layers for kind in found]
    size = max(layers) if max(layers) < near * min(layers) else min(layers)
    groups: list[Group] = []
    for kind in found:
        grown = page // kind.page if kind.keeps is not Keeps.STATE and page % kind.page == 0 else 1
        one = replace(kind, layers=size, page=page, block=kind.block * grown)
        groups += [Group((one,))] * blocks(kind.layers, size)
    return tuple(groups), size * page


def _buckets(found: Iterable[Kind]) -> list[Group]:
    """Kinds that take the same pages, full layers first."""
    ordered = sorted(found, key=lambda kind: (kind.keeps is not Keeps.ALL, str(kind.alike)))
    return [Group(tuple(group)) for _, group in groupby(ordered, key=lambda kind: kind.alike)]


def _tuples(group: Group) -> int:
    """Layers of the page size that most have."""
    sizes: dict[int, int] = {}
    for kind in group.members:
        sizes[kind.page] = sizes.get(kind.page, 0) + kind.layers
    return max(sizes.values())


def _even(group: Group) -> bool:
    return len({kind.layers for kind in group.members}) == 1


def _nearest(numbers: Sequence[int], least: int) -> int:
    """The number of at least `least` that the numbers are rounded up to multiples of with the least added, the largest
    of several (_approximate_gcd)."""
    sizes = range(least, max(*numbers, least) + 1)
    return min(sizes, key=lambda size: (sum(-number % size for number in numbers), -size))


def _split(group: Group, parts: int) -> list[Group]:
    """The layers dealt out over so many groups."""
    return [
        Group(tuple(replace(kind, layers=blocks(kind.layers - part, parts)) for kind in group.members))
        for part in range(parts)
    ]


def _in_tuples(found: Sequence[Kind]) -> tuple[tuple[Group, ...], int]:
    """Up to 0.28: tuples of layers, pages of windows as large as the next page of full layers."""
    full, *others = _buckets(found)
    pages = sorted({kind.page for kind in full.members})
    padded = [
        Group(
            tuple(
                replace(kind, page=next((size for size in pages if size >= kind.page), kind.page))
                for kind in one.members
            )
        )
        for one in others
    ]
    size = _nearest([_tuples(one) for one in (full, *padded)], _tuples(full))
    groups = [full]
    for one in padded:
        groups += _split(one, blocks(_tuples(one), size))
    slots: dict[int, int] = {}
    for one in groups:
        own: dict[int, int] = {}
        for kind in one.members:
            own[kind.page] = own.get(kind.page, 0) + kind.layers
        slots = {page: max(slots.get(page, 0), own.get(page, 0)) for page in {*slots, *own}}
    return tuple(groups), sum(page * number for page, number in slots.items())


def _packed(found: Sequence[Kind]) -> tuple[tuple[Group, ...], int]:
    """Since 0.29: groups keep their pages; a block is as wide as the widest group."""
    buckets = _buckets(found)
    mixed = [_tuples(one) for one in buckets if _even(one) and len({kind.page for kind in one.members}) > 1]
    repeats = _nearest([_tuples(one) for one in buckets if _even(one)], max(mixed)) if mixed else None
    anchor = max(_anchored(one, repeats) for one in buckets)
    groups: list[Group] = []
    for one in buckets:
        parts = blocks(_tuples(one), repeats) if repeats and _even(one) else 1
        if _of_states(one, repeats):
            layers, page = sum(kind.layers for kind in one.members), one.members[0].page
            parts = max(parts, blocks(layers, max(anchor // page, 1)))
        groups += _split(one, parts)
    return tuple(groups), max(one.size for one in groups)


def _of_states(group: Group, repeats: int | None) -> bool:
    """Whether a bucket may be split until its groups are as small as a block that is there anyway."""
    kept = group.members[0].keeps
    return kept is Keeps.STATE or (repeats is None and kept is Keeps.WINDOW)


def _anchored(group: Group, repeats: int | None) -> int:
    """Bytes of a block that a bucket needs however it is split."""
    if _of_states(group, repeats):
        parts = sum(kind.layers for kind in group.members)
    else:
        parts = blocks(_tuples(group), repeats) if repeats and _even(group) else 1
    return sum(blocks(kind.layers, parts) * kind.page for kind in group.members)
