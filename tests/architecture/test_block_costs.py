"""What single blocks keep between tokens and compute beyond their weights: by hand from papers, and as torch counts."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.blocks import Block, CacheNeed
from moeaudit.architecture.blocks.attention_experts import AttentionExperts
from moeaudit.architecture.blocks.block_indexer import BlockIndexer, PooledKeyIndexer
from moeaudit.architecture.blocks.cache import CacheKind, SequenceState, TokenCache
from moeaudit.architecture.blocks.compressed_conv import CompressedConvAttention
from moeaudit.architecture.blocks.inkling import CausalConvolution, RelativeLogits
from moeaudit.architecture.blocks.linear_attention import GatedDeltaNet, LightningAttention
from moeaudit.architecture.blocks.lstm import LSTM
from moeaudit.architecture.blocks.mamba import Mamba, Mamba2
from moeaudit.architecture.blocks.short_conv import DepthwiseConv, ShortConv
from moeaudit.architecture.blocks.vision import Convolution, EncoderAttention
from moeaudit.architecture.weights import Sharding
from moeaudit.vocabulary import Component
from tests.architecture.published import read

JETMOE: dict[str, Any] = {
    "model_type": "jetmoe",
    "hidden_size": 2048,
    "intermediate_size": 5632,
    "num_hidden_layers": 24,
    "num_key_value_heads": 16,
    "vocab_size": 32000,
}


def only_state(block: Block) -> SequenceState:
    (state,) = [need for need in block.caches() if isinstance(need, SequenceState)]
    return state


def test_fused_and_separate_delta_net_projections_hold_the_same() -> None:
    fused, separate = (GatedDeltaNet(64, 2, 4, 8, 12, fused=fused) for fused in (True, False))
    assert sum(weight.elements for weight in fused.weights()) == sum(weight.elements for weight in separate.weights())


def test_lightning_attention_costs_what_torch_counts() -> None:
    """torch's FlopCounterMode over transformers 5.23, 5 heads of 12 features in a width of 40, 256 tokens in one block:
    22,609,920 operations for one layer."""
    block = LightningAttention(40, 5, 12)
    products = sum(2 * weight.elements for weight in block.weights() if weight.linear)
    assert 256 * (products + block.mixing_flops(256, decode=False)) == 22_609_920
    assert only_state(block).recurrent == 5 * 12 * 12


@pytest.mark.parametrize(
    ("block", "recurrent", "convolution"),
    [
        (Mamba(4096, 8192, state=16, kernel=4, dt_rank=256), 8192 * 16, 8192 * 3),
        (Mamba2(4096, 128, 64, state=128, groups=8, kernel=4), 8192 * 128, (8192 + 2 * 8 * 128) * 3),
        (ShortConv(2048, 3), 0, 2048 * 2),
        (DepthwiseConv(8192, 4, dilation=3), 0, 8192 * 3 * 3),
    ],
    ids=["Jamba", "Nemotron 3 Super", "LFM2", "dilated"],
)
def test_recurrent_blocks_keep_the_same_at_any_length(block: Block, recurrent: int, convolution: int) -> None:
    state = only_state(block)
    assert (state.recurrent, state.convolution) == (recurrent, convolution)
    assert block.mixing_flops(10**6, decode=True) == block.mixing_flops(1, decode=True)


@pytest.mark.parametrize(
    ("block", "needs"),
    [
        (
            CompressedConvAttention(
                64, 4, 2, 16, (2, 3)
            ),  # keys and values; 96 channels over 3 earlier tokens, half of two value heads
            [TokenCache(CacheKind.HEADS, 32, 2), SequenceState(convolution=96 * 3 + 16, heads=2)],
        ),
        (CausalConvolution(64, 4), [SequenceState(convolution=64 * 3, heads=64)]),
        (LSTM(32, 64), [SequenceState(recurrent=128, heads=64)]),
        (LSTM(32, 64, projection=16), [SequenceState(recurrent=80, heads=64)]),
        (RelativeLogits(64, 4, 8, 100), []),
    ],
)
def test_what_is_kept_between_tokens(block: Any, needs: list[CacheNeed]) -> None:
    assert list(block.caches()) == needs


def test_flops_beyond_the_weights() -> None:
    assert CompressedConvAttention(64, 4, 2, 16, (2, 3), window=10).mixing_flops(100, decode=True) == 4 * 4 * 16 * 10
    assert RelativeLogits(64, 4, 8, 100).mixing_flops(7, decode=True) == 2 * 4 * 8 * 100


def test_an_indexer_of_blocks_bounds_what_is_attended_to() -> None:
    indexer = BlockIndexer(64, 4, 16, block=128, topk=16, stem="index_")
    assert indexer.tokens == 2048
    (cache,) = indexer.caches()
    assert isinstance(cache, TokenCache) and (cache.kind, cache.width, cache.stride) == (CacheKind.INDEXER, 16, 1)
    pooled = PooledKeyIndexer(64, 4, 16, pool=4, topk=64)
    assert [need.stride for need in pooled.caches() if isinstance(need, TokenCache)] == [4]


def test_attention_experts_bring_query_heads_but_share_keys() -> None:
    """JetMoE: 16 key-value heads of 128 features; two of eight experts make 32 query heads."""
    (block,) = read(JETMOE).find(AttentionExperts)
    assert isinstance(block, AttentionExperts) and block.heads == 32
    (cache,) = block.caches()
    assert isinstance(cache, TokenCache) and cache.elements == 16 * 2 * 128
    split = {weight.component for weight in block.weights() if weight.sharding is Sharding.EXPERTS}
    assert split == {Component.ROUTED_EXPERTS}


def test_encoders_cache_nothing() -> None:
    attention = EncoderAttention(1152, 16, 72, fused=True)
    assert list(attention.caches()) == []
    assert attention.mixing_flops(729, decode=False) == 4 * 1152 * 729


def test_a_patch_sees_all_of_its_pixels_once() -> None:
    patch = Convolution(3, 1152, (2, 16, 16))
    (weight,) = [weight for weight in patch.weights() if weight.linear]
    assert patch.patch == 3 * 2 * 16 * 16 and weight.elements == 1152 * patch.patch
