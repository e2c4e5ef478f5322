"""The cache by attention kind, and the engine's own "KV cache size"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.costs.cache import CacheRules
from moeaudit.costs.layout import Layout
from moeaudit.costs.pool import pool
from tools.calibration.models import served

DEEPSEEK, QWEN, GPT_OSS, HYBRID = "DeepSeek-V3", "Qwen3-235B-A22B-FP8", "gpt-oss-20b", "Qwen3.5-27B-FP8"


def per_token(model: str, layout: Layout, **rules: object) -> float:
    return served(model).caches(layout, CacheRules(**rules))[0].per_token  # type: ignore[arg-type]


def test_hf_mem_60_latent_cache_is_not_divided_by_tensor_parallelism() -> None:
    """61 layers × (512 + 64) × 2 bytes on every rank, whatever tp."""
    assert {per_token(DEEPSEEK, Layout(tp)) for tp in (1, 2, 8, 16)} == {61 * 576 * 2}


def test_latent_cache_is_divided_by_decode_context_parallelism() -> None:
    assert per_token(DEEPSEEK, Layout(8, dcp=8)) == 61 * 576 * 2 / 8


def test_aiconfigurator_cache_is_divided_by_pipeline_stages() -> None:
    """A device keeps its own stage's layers only: 61 layers over 4 stages are 15, 15, 16, 15 (vLLM's split)."""
    caches = served(DEEPSEEK).caches(Layout(1, pp=4), CacheRules())
    assert [cache.per_token / 1152 for cache in caches] == [15, 15, 16, 15]


@pytest.mark.parametrize(("tp", "heads"), [(1, 4), (2, 2), (4, 1), (8, 1), (16, 1)])
def test_heads_are_replicated_once_ranks_outnumber_them(tp: int, heads: int) -> None:
    assert per_token(QWEN, Layout(tp)) == 94 * heads * 256 * 2


@pytest.mark.parametrize(("dtype", "size"), [("bf16", 1152 + 132), ("fp8", 656 + 132), ("fp8_ds_mla", 656 + 132)])
def test_indexer_and_packed_latents(dtype: str, size: int) -> None:
    """DeepSeek-V3.2: 788 bytes a token and layer with packed 8-bit latents (sgl-project/sglang#11309)."""
    assert per_token("DeepSeek-V3.2-Exp", Layout(1), dtype=dtype) == 61 * size


def test_windows_stop_growing() -> None:
    """gpt-oss-20b: 12 full and 12 windowed layers of 8 heads × 64; a window keeps 128 − 1 + one step, and a block
    more."""
    cache = served(GPT_OSS).caches(Layout(), CacheRules(step_tokens=1024))[0]
    entry = 8 * 128 * 2
    assert cache.per_token == 12 * entry
    assert cache.per_request(131072) == 12 * entry * 131072 + 12 * entry * (72 + 1) * 16
    assert cache.per_request(64) == 24 * entry * 64


def test_the_hybrid_allocator_can_be_off() -> None:
    cache = served(GPT_OSS).caches(Layout(), CacheRules(hybrid=False))[0]
    assert cache.per_request(131072) == 24 * 8 * 128 * 2 * 131072


def test_recurrent_states_do_not_grow_and_are_split_by_head() -> None:
    """48 gated DeltaNet layers: 48 heads × 128 × 128 in fp32 and (2 · 16 + 48) · 128 · 3 in bf16."""
    one, two = (served(HYBRID).caches(Layout(tp), CacheRules())[0].state for tp in (1, 2))
    assert one == 48 * (48 * 128 * 128 * 4 + 80 * 128 * 3 * 2)
    assert two == one // 2


def test_vllm_51041_the_logged_size_moves_with_max_model_len() -> None:
    """A hybrid's log line is max_model_len × requests, not stored tokens: the same budget prints another figure."""
    cache = served(HYBRID).caches(Layout(2), CacheRules("fp8", state_slots=2))[0]
    budget = int(4.99 * 2**30)
    assert pool(cache, budget, 131072).tokens == 302921  # mitchross/talos-argocd-proxmox#1995
    assert pool(cache, budget, 8192).tokens < pool(cache, budget, 131072).tokens < pool(cache, budget, 262144).tokens


def test_without_groups_the_logged_size_is_what_fits() -> None:
    cache = served("Llama-3.1-8B").caches(Layout(), CacheRules())[0]
    assert (
        pool(cache, 10 * 2**30, 8192).tokens
        == pool(cache, 10 * 2**30, 131072).tokens
        == 10 * 2**30 // (16 * 131072) * 16
    )


@given(st.integers(1, 200_000), st.integers(0, 50_000), st.sampled_from([DEEPSEEK, QWEN, GPT_OSS, HYBRID]))
def test_longer_requests_never_take_less(length: int, more: int, model: str) -> None:
    cache = served(model).caches(Layout(), CacheRules())[0]
    assert cache.per_request(length) <= cache.per_request(length + more)


def test_a_token_reads_what_the_indexer_selects() -> None:
    """DeepSeek-V3.2 keeps every latent and reads 2,048 of them, and all keys of the indexer."""
    cache = served("DeepSeek-V3.2-Exp").caches(Layout(), CacheRules())[0]
    assert cache.per_request(131072) == 61 * 131072 * (1152 + 132)
    assert cache.read(131072) == 61 * (2048 * 1152 + 131072 * 132)
    assert cache.read(1024) == cache.per_request(1024)


def test_states_are_read_once() -> None:
    """However many slots an engine keeps of them."""
    one, two = (served(HYBRID).caches(Layout(), CacheRules(state_slots=slots))[0].read(1024) for slots in (1, 2))
    assert one == two


def test_a_fleet_file_names_every_type() -> None:
    from typing import get_args

    from moeaudit.costs.fleet_models import EngineTable
    from moeaudit.costs.forms import FORMATS

    assert set(get_args(EngineTable.model_fields["cache_dtype"].annotation)) == set(FORMATS)
