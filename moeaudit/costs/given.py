"""What a deployment is told about its memory: weights that stay on the host, and the size of the cache's pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from moeaudit.costs.devices import GIB
from moeaudit.costs.fleet import Settings
from moeaudit.costs.pool import Pool

HOST = "on the host instead"


def on_device(weights: Mapping[str, int], settings: Settings) -> dict[str, int]:
    """The weights by component, with what the host holds of them taken off: no more than there is."""
    if not settings.offload_gib:
        return dict(weights)
    moved = min(int(settings.offload_gib * GIB), sum(weights.values()))
    return {**weights, HOST: -moved}


def pool_of(settings: Settings, found: Pool | None) -> Pool | None:
    """The engine's pool, with the number of blocks that it is told in place of the one it would have (vLLM), or with no
    more than the tokens it is told (SGLang, TensorRT-LLM)."""
    if found is None:
        return None
    if settings.cache_blocks is not None:
        return replace(found, blocks=settings.cache_blocks)
    if settings.cache_tokens is not None and found.per_request:
        most = settings.cache_tokens * found.per_request // found.length
        return replace(found, blocks=min(found.blocks, most))
    return found


def budget_of(settings: Settings, computed: int, found: Pool | None) -> int:
    """The bytes that such a pool has; what it lacks, below zero, where it is told to be larger than there is room."""
    if found is None or (settings.cache_blocks is None and settings.cache_tokens is None):
        return computed
    taken = int(found.blocks * found.page)
    return min(taken, computed) if settings.cache_tokens is not None or taken <= computed else computed - taken
