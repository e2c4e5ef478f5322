"""What a deployment is told about its memory: weights that stay on the host, and the size of the cache's pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from moeaudit.costs.cache import StageCache
from moeaudit.costs.devices import GIB
from moeaudit.costs.fleet import Settings
from moeaudit.costs.pool import Pool, pool

HOST = "on the host instead"


def on_device(weights: Mapping[str, int], settings: Settings) -> dict[str, int]:
    """The weights by component, with what the host holds of them taken off: no more than there is."""
    moved = min(int(settings.offload_gib * GIB), sum(weights.values()))
    return {**weights, HOST: -moved}


def told(
    settings: Settings, cache: StageCache, found: Pool | None, budgets: tuple[int, ...]
) -> tuple[Pool | None, tuple[int, ...]]:
    """The engine's pool and its budget in bytes (typical, low, high), with the number of blocks that it is told in
    place of the one it would have (vLLM), or with no more than the tokens it is told (SGLang, TensorRT-LLM). A pool
    that is told to be larger than its budget holds nothing, and what it lacks is the budget."""
    if found is None:
        return found, budgets
    if settings.cache_blocks is not None:
        taken = int(settings.cache_blocks * found.page)
        room = tuple(taken if taken <= size else size - taken for size in budgets)
        return filled(cache, found, settings.cache_blocks if taken <= budgets[0] else 0), room
    if settings.cache_tokens is not None and found.per_request:
        most = min(found.blocks, settings.cache_tokens * found.per_request // found.length)
        return filled(cache, found, most), tuple(min(int(most * found.page), size) for size in budgets)
    return found, budgets


def filled(cache: StageCache, found: Pool, blocks: int) -> Pool:
    """The same pool with so many blocks."""
    return replace(pool(cache, found.aside + ceil(blocks * found.page), found.length), blocks=blocks)
