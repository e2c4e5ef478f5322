"""The engine's pool of blocks by hand: which layers form groups, how large a page is, what a request takes.

Every layer here keeps 8 elements in bf16, so 16 bytes a token, 256 bytes a block of 16.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed
from moeaudit.costs.cache import CacheRules, StageCache
from moeaudit.costs.layout import Layout
from moeaudit.costs.pool import Pool, pool
from moeaudit.costs.pools.rules import Pools

FULL = TokenCache(CacheKind.HEADS, 8)
WINDOW = TokenCache(CacheKind.HEADS, 8, window=33)
CHUNKS = TokenCache(CacheKind.HEADS, 8, window=33, chunked=True)
STATE = SequenceState(recurrent=100)  # 400 bytes, in fp32


def keeping(*needs: tuple[CacheNeed, int], hybrid: bool = True, slots: int = 1) -> StageCache:
    """Steps of 64 tokens, one under way: a window of 33 reaches over 32 + 64 = 96 of them, six blocks; chunks of 33
    over 33 + 64 = 97, seven."""
    rules = CacheRules(
        hybrid=hybrid, step_tokens=64, state_slots=slots, pools=Pools(near=1.25, flight=1, counts="blocks")
    )
    return StageCache(needs, Layout(), rules)


def capacity(*needs: tuple[CacheNeed, int], slots: int) -> Pool:
    found = keeping(*needs, slots=slots)
    rules = replace(found.rules, pools=replace(found.rules.pools, counts="capacity"))
    return pool(replace(found, rules=rules), 10_240, 100)


@pytest.mark.parametrize("needs", [(), ((STATE, 4),)])
def test_where_nothing_is_kept_per_token_there_is_no_pool(needs: tuple[tuple[CacheNeed, int], ...]) -> None:
    with pytest.raises(ValueError, match="no layer keeps tokens"):
        pool(keeping(*needs), 10_000, 100)


def test_full_layers_share_one_pool() -> None:
    """Four layers are 1,024 bytes a block: 10,000 bytes hold nine, 144 tokens; 100 tokens take seven."""
    found = pool(keeping((FULL, 4)), 10_000, 100)
    assert (found.blocks, found.block, found.per_request, found.groups, found.page) == (9, 16, 7, 1, 1024)
    assert (found.tokens, found.concurrency, found.taken(2)) == (144, 9 / 7, 2 * 7 * 1024)


def test_windows_alone_are_groups_too() -> None:
    """Of 1,000 tokens a window keeps six blocks and one more."""
    found = pool(keeping((WINDOW, 4)), 10_240, 1000)
    assert (found.per_request, found.groups, found.blocks) == (7, 1, 10)


@pytest.mark.parametrize(
    ("need", "length", "blocks"),
    [
        (WINDOW, 1000, 7), (WINDOW, 16, 2), (WINDOW, 96, 7), (WINDOW, 97, 7), (WINDOW, 113, 7),
        (CHUNKS, 1000, 7), (CHUNKS, 96, 6), (CHUNKS, 80, 5),
    ],
)  # fmt: skip
def test_blocks_of_a_request_beside_full_layers(need: TokenCache, length: int, blocks: int) -> None:
    """A group of full layers takes every block of the length, the other group its own."""
    full = -(-length // 16)
    assert pool(keeping((FULL, 2), (need, 2)), 10**6, length).per_request == full + blocks


def test_without_the_hybrid_allocator_windows_keep_all() -> None:
    found = pool(keeping((FULL, 2), (WINDOW, 2), hybrid=False), 10_240, 1000)
    assert (found.groups, found.per_request, found.page) == (1, 63, 1024)


@pytest.mark.parametrize(
    ("full", "windowed", "group", "groups"),
    [
        (4, 4, 4, 2),
        (4, 8, 4, 3),  # one of full layers, two of windows
        (4, 5, 4, 3),  # 5 is 1.25 times 4: groups of the smaller, one of them for the odd layer
        (5, 6, 6, 2),  # 1.2 times: groups of the larger, padded
        (2, 10, 2, 6),
    ],
)
def test_groups_are_of_the_smaller_size_unless_the_sizes_are_near(
    full: int, windowed: int, group: int, groups: int
) -> None:
    found = pool(keeping((FULL, full), (WINDOW, windowed)), 10**6, 1000)
    assert (found.groups, found.page) == (groups, group * 256)
    per_full, per_window = -(-full // group), -(-windowed // group)
    assert found.per_request == per_full * 63 + per_window * 7


def test_states_enlarge_the_block_until_a_page_holds_one() -> None:
    """400 bytes of state are two blocks of 256, so blocks are of 32 tokens and 512 bytes; a request of 100 tokens
    takes four of them and one per slot of its state."""
    for slots in (1, 3):
        found = pool(keeping((FULL, 2), (STATE, 2), slots=slots), 10_240, 100)
        assert (found.block, found.page, found.blocks, found.groups) == (32, 1024, 10, 2)
        assert found.per_request == 4 + slots
        assert found.tokens == 10 // 2 * 32  # blocks over groups; since 0.20: length × requests
        assert capacity((FULL, 2), (STATE, 2), slots=slots).tokens == 100 * 10 // (4 + slots)


def test_the_largest_state_decides() -> None:
    """800 bytes are four blocks of 256."""
    larger = SequenceState(recurrent=200)
    assert pool(keeping((FULL, 2), (STATE, 2), (larger, 2)), 10**6, 100).block == 64


def test_the_widest_layer_decides_the_page() -> None:
    wide = TokenCache(CacheKind.HEADS, 16)
    assert pool(keeping((WINDOW, 2), (wide, 2)), 10**6, 100).page == 2 * 512


@pytest.mark.parametrize("needs", [((FULL, 2),), ((FULL, 2), (WINDOW, 2)), ((FULL, 2), (STATE, 2))])
@pytest.mark.parametrize("budget", [-5000, -1, 0, 1])
def test_without_a_budget_there_are_no_blocks(needs: tuple[tuple[CacheNeed, int], ...], budget: int) -> None:
    found = pool(keeping(*needs), budget, 100)
    assert (found.blocks, found.tokens, found.concurrency) == (0, 0, 0)
