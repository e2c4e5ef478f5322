"""The engine's own figure: what "GPU KV cache size: N tokens" will say for a budget, and why it moves with
max_model_len.

vLLM (vllm/v1/core/kv_cache_utils.py): layers of one kind form groups of equal size; a block of the pool serves one
block of one group; state pages and attention pages are made equal by enlarging the block. The log line is
max_model_len × the number of requests of that length that fit, so for hybrids it is no count of stored tokens.
"""

from __future__ import annotations

from math import ceil

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.costs.cache import StageCache, blocks, entry_bytes, state_bytes
from moeaudit.later import dataclass

UNEVEN = 1.25
"""Where the largest group is less than this times the smallest, groups take the larger size and pad."""


@dataclass(frozen=True)
class Pool:
    """`blocks` of `block` tokens and `page` bytes in the pool, of which one request of `length` takes `per_request`."""

    blocks: int
    block: int
    per_request: int
    length: int
    groups: int
    page: float

    @property
    def tokens(self) -> int:
        """The logged size."""
        return self.length * self.blocks // self.per_request if self.groups > 1 else self.blocks * self.block

    @property
    def concurrency(self) -> float:
        """The logged "maximum concurrency" for requests of that length."""
        return self.blocks / self.per_request

    def taken(self, requests: int) -> int:
        """Bytes of whole blocks that so many requests of that length take."""
        return ceil(requests * self.per_request * self.page)


def pool(cache: StageCache, budget: int, length: int) -> Pool:
    """What a budget of bytes on one device becomes for a max_model_len of `length`. Raises ValueError where nothing
    is cached."""
    growing = [(need, layers) for need, layers in cache.entries if cache.grows(need)]
    windowed = [(need, layers) for need, layers in cache.entries if not cache.grows(need)]
    if not growing and not windowed:
        raise ValueError("no layer keeps tokens")
    if not windowed and not cache.states:
        page = cache.rules.block * cache.per_token
        return Pool(int(max(budget, 0) // page), cache.rules.block, blocks(length, cache.rules.block), length, 1, page)
    return _grouped(cache, budget, length)


def _grouped(cache: StageCache, budget: int, length: int) -> Pool:
    """Groups of equal size over full, windowed and recurrent layers."""
    sizes = [layers for _, layers in cache.kinds]
    group = max(sizes) if max(sizes) < UNEVEN * min(sizes) else min(sizes)
    entry = max(entry_bytes(need, cache.layout, cache.rules) for need, _ in cache.entries)
    block = cache.rules.block
    page_state = max((state_bytes(need, cache.layout, cache.rules) for need, _ in cache.states), default=0)
    if page_state:
        block = block * blocks(page_state, int(block * entry))
    per_request = groups = 0
    for need, layers in cache.kinds:
        count = blocks(layers, group)
        groups += count
        each = cache.rules.state_slots if isinstance(need, SequenceState) else _blocks_of(cache, need, length, block)
        per_request += count * each
    page = group * block * entry
    return Pool(int(max(budget, 0) // page), block, per_request, length, groups, page)


def _blocks_of(cache: StageCache, need: TokenCache, length: int, block: int) -> int:
    """Blocks one request takes in a group of this kind."""
    if cache.grows(need) or need.window is None:
        return blocks(length, block)
    reach = min(length, need.window - 1 + cache.rules.step_tokens)
    return min(blocks(length, block), blocks(reach, block) + (0 if need.chunked else 1))
