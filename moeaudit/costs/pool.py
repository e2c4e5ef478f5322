"""The engine's own figure: what "GPU KV cache size: N tokens" will say for a budget, and why it moves with
max_model_len. By the rules of the engine and its version (`moeaudit.costs.pools.rules`)."""

from __future__ import annotations

from moeaudit.costs.cache import StageCache
from moeaudit.costs.pools.made import Pool
from moeaudit.costs.pools.shared import shared, together
from moeaudit.costs.pools.unified import unified

__all__ = ["Pool", "pool"]

BY_KIND = {"unified": unified, "shared": shared, "together": together}


def pool(cache: StageCache, budget: int, length: int) -> Pool:
    """What a budget of bytes on one device becomes for a max_model_len of `length`. Raises ValueError where no layer
    keeps tokens."""
    if not cache.entries:
        raise ValueError("no layer keeps tokens")
    return BY_KIND[cache.rules.pools.kind](cache, budget, length)
