"""Layers as an allocator of blocks sees them: bytes and tokens of a page, and how many pages a request takes.

vLLM 0.33.0: v1/kv_cache_interface.py (FullAttentionSpec, SlidingWindowSpec, ChunkedLocalAttentionSpec, MambaSpec),
models/deepseek_v4/attention.py and compressor.py, v1/attention/backends/mla/sparse_swa.py (pages of compressed layers),
platforms/interface.py (_align_hybrid_block_size: states enlarge the block).
"""

from __future__ import annotations

from enum import StrEnum

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.architecture.blocks.cache import CacheKind
from moeaudit.costs.cache import StageCache, blocks, entry_bytes, state_bytes
from moeaudit.costs.forms import PACKED
from moeaudit.later import dataclass

FLOAT = 4


class Keeps(StrEnum):
    """What of a request stays."""

    ALL = "all"
    WINDOW = "window"
    CHUNK = "chunk"
    STATE = "state"


@dataclass(frozen=True)
class Kind:
    """`layers` whose pages are of `page` bytes for `block` tokens. `reach`: tokens of a window, slots of a state.
    `latent`: one vector for all heads, whose pages an engine does not pad."""

    layers: int
    page: int
    block: int
    keeps: Keeps = Keeps.ALL
    reach: int = 0
    latent: bool = False

    def pages(self, length: int, flight: int) -> int:
        """Pages that a request of `length` takes of each layer; `flight`: tokens of the steps that are under way. A
        window may begin inside a block, so it takes one more."""
        match self.keeps:
            case Keeps.ALL:
                return blocks(length, self.block)
            case Keeps.WINDOW:
                return blocks(min(length, self.reach - 1 + flight), self.block) + 1
            case Keeps.CHUNK:
                return blocks(min(length, self.reach + flight), self.block)
            case Keeps.STATE:
                return self.reach

    @property
    def alike(self) -> tuple[object, ...]:
        """Layers for which this is the same take the same number of pages, whatever their bytes."""
        return (self.keeps, self.reach, self.block)


def kinds(cache: StageCache) -> tuple[Kind, ...]:
    """The stage's layers by kind, those of one page and reach together."""
    found: dict[tuple[object, ...], Kind] = {}
    for need, layers in cache.kinds:
        made = _of_state(cache, need, layers) if isinstance(need, SequenceState) else _of_tokens(cache, need, layers)
        key = (*made.alike, made.page, made.latent)
        before = found[key].layers if key in found else 0
        found[key] = Kind(before + layers, made.page, made.block, made.keeps, made.reach, made.latent)
    return tuple(found.values())


def base_block(cache: StageCache) -> int:
    """Tokens of a block of full layers: enlarged where layers keep one entry for several tokens, and until a block of
    attention holds a whole state."""
    rules = cache.rules
    strides = [need.stride for need, _ in cache.entries if need.stride > 1]
    block = max([rules.block, *(rules.pools.strided for _ in strides)])
    states = [state_bytes(need, cache.layout, rules) for need, _ in cache.states if not own_ring(cache, need)]
    if not states or not cache.entries:
        return block
    need, entry = max(
        ((one, entry_bytes(one, cache.layout, rules)) for one, _ in cache.entries), key=lambda two: two[1]
    )
    align = max(block, (rules.pools.align or {}).get(need.kind.value, 1))
    return align * blocks(max(states), int(align * entry * cache.layout.dcp))


def own_ring(cache: StageCache, need: SequenceState) -> bool:
    """Whether a state belongs to entries that stand for several tokens: it has pages of its own, and enlarges none."""
    return bool(need.window) or any(one.stride > 1 for one, _ in cache.entries)


def _of_tokens(cache: StageCache, need: TokenCache, layers: int) -> Kind:
    rules, dcp = cache.rules, cache.layout.dcp
    block, latent = base_block(cache), need.kind is not CacheKind.HEADS
    windowed = need.window is not None and not cache.grows(need)
    if windowed and need.shared:
        block = rules.pools.shared_window
    size = entry_bytes(need, cache.layout, rules) * need.stride * dcp  # of one entry, on the rank that has it
    page = int(blocks(block, need.stride) * size)
    if need.shared or need.stride > 1:
        page = blocks(page, _align(cache)) * _align(cache)
    if not windowed:
        return Kind(layers, page, block * dcp, latent=latent)
    return Kind(layers, page, block, Keeps.CHUNK if need.chunked else Keeps.WINDOW, need.window or 0, latent)


def _of_state(cache: StageCache, need: SequenceState, layers: int) -> Kind:
    """A compressor's features are a window of their own; any other state is a page for each slot."""
    rules = cache.rules
    size = state_bytes(need, cache.layout, rules)
    block = (rules.pools.states or {}).get(need.window)
    if need.window and block:
        page = block * FLOAT * need.recurrent // need.window
        page = blocks(page, _align(cache)) * _align(cache)
        return Kind(layers, page, block, Keeps.WINDOW, need.window, latent=True)
    return Kind(layers, size, 0, Keeps.STATE, 1 if own_ring(cache, need) else rules.state_slots)


def _align(cache: StageCache) -> int:
    """Bytes that pages are rounded up to: of packed entries what their kernels step by."""
    return cache.rules.pools.entry_align if cache.rules.dtype in (PACKED, "nvfp4_ds_mla") else 512
