"""A budget divided among pools of their own for full layers, windows and states.

By fixed ratios, as SGLang does (0.5.23, mem_cache/kv_cache_configurator.py and model_executor/pool_configurator.py):
- windows: their pool holds `window_ratio` tokens for each token of the full layers' pool (HybridSWAPoolConfigurator,
  swa_full_tokens_ratio);
- states: `state_ratio` times the bytes of the rest (_handle_max_mamba_cache, mamba_full_memory_ratio), or as many as
  the requests that may run where prefixes are not cached and that number is given;
- entries that stand for several tokens: `entry_ratio` for windows, compressors of short ratio beside the windows'
  pages, of long ratio one ring a request (DSV4PoolConfigurator).
Or as much of each as requests need, where an engine's pools are not known or set by hand.

A request takes the share of the budget of the pool that it fills first, so requests × bytes a request = budget here,
too.
"""

from __future__ import annotations

from math import ceil

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.costs.cache import StageCache, blocks, entry_bytes, state_bytes
from moeaudit.costs.pools.made import Pool
from moeaudit.later import dataclass

SHORT = 8
"""A compressor that remembers so many tokens at most keeps its features beside the windows' pages; a longer one keeps a
ring for each request."""


@dataclass(frozen=True)
class Sums:
    """Bytes of the stage's layers: of a token of full layers, of a token of the windows' pool, of a request's states,
    and of what each request that may run keeps beside them."""

    full: float
    windowed: float
    state: int
    ring: int
    window: int


def shared(cache: StageCache, budget: int, length: int) -> Pool:
    """What a budget becomes for requests of `length`. What is set aside whatever runs, rings and states of a given
    number, comes off it first."""
    sums, rules = _sums(cache), cache.rules
    aside = sums.ring * rules.sequences + sums.state * rules.fixed_states
    left = max(budget - aside, 0)
    compressed = any(one.stride > 1 for one, _ in cache.entries)
    ratio = (rules.pools.entry_ratio if compressed else rules.pools.window_ratio) if sums.windowed else 0.0
    states = rules.pools.state_ratio if sums.state and not rules.fixed_states else 0.0
    cell = (sums.full + ratio * sums.windowed if sums.full else sums.windowed) * (1 + states) + rules.workspace
    held: float = blocks(length, rules.block) * rules.block
    if sums.windowed and sums.full:
        held = max(held, min(length, sums.window + rules.block) / ratio)
    request = held * cell
    if states:
        request = max(request, max(rules.state_slots, 1) * sums.state * (1 + states) / states)
    tokens = int(left / cell) // rules.block * rules.block
    return Pool(left, rules.block, max(ceil(request), 1), length, 1, 1, tokens, aside)


def _sums(cache: StageCache) -> Sums:
    full = windowed = 0.0
    state = ring = window = 0
    rules = cache.rules
    compressed = any(one.stride > 1 for one, _ in cache.entries)
    for need, layers in cache.kinds:
        if isinstance(need, SequenceState):
            size = state_bytes(need, cache.layout, rules) * layers
            if not need.window:
                ring, state = (ring + size, state) if compressed else (ring, state + size)
            elif need.window <= SHORT:
                windowed += size / rules.pools.entry_page
            else:
                ring += size
            continue
        size_of_token = _page_share(cache, need) * layers
        if cache.grows(need):
            full += size_of_token
        else:
            windowed, window = windowed + size_of_token, max(window, need.window or 0)
    return Sums(full, windowed, state, ring, window)


def _page_share(cache: StageCache, need: TokenCache) -> float:
    """Bytes of a token; entries that are packed stand in pages that are rounded up."""
    size = entry_bytes(need, cache.layout, cache.rules)
    if not need.shared:
        return size
    align, page = cache.rules.pools.entry_align, max(cache.rules.pools.entry_page // need.stride, 1)
    return blocks(ceil(size * need.stride * page), align) * align / page / need.stride


def together(cache: StageCache, budget: int, length: int) -> Pool:
    """As much of each kind as requests of `length` need."""
    request = max(cache.per_request(length), 1)
    budget = max(budget, 0)
    tokens = budget * length // request
    return Pool(budget, cache.rules.block, request, length, 1, 1, tokens)
