"""Pools of cache by engine and version, by hand and as a property: what requests take is what the budget has."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed
from moeaudit.costs.cache import CacheRules, StageCache, state_bytes
from moeaudit.costs.engines.read import engine
from moeaudit.costs.fleet import Settings, Workload, settings_for, short_fleet
from moeaudit.costs.launched import as_loaded
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Deployment, captured
from moeaudit.costs.pool import pool
from moeaudit.costs.pools.rules import Pools
from moeaudit.costs.search import evaluate
from tools.calibration.models import served

GIB = 2**30
V4 = "DeepSeek-V4-Flash"
KINDS = (
    "Qwen3-30B-A3B",  # keys and values by head
    "DeepSeek-V3",  # latents
    "DeepSeek-V3.2-Exp",  # latents and an indexer
    "gpt-oss-20b",  # windows of the same page
    "gemma-4-26B-A4B",  # windows of another page
    "MiMo-V2-Flash",
    "Llama-4-Scout-17B-16E",  # chunks
    "Nemotron-3-Nano-BF16",  # states beside heads
    "Kimi-Linear-48B-A3B",  # states beside latents
    V4,  # entries for several tokens, compressors
)
VERSIONS = (("vllm", "0.8"), ("vllm", "0.11"), ("vllm", "0.19"), ("vllm", "0.25"), ("vllm", "0.26"), ("vllm", "0.33"),
            ("sglang", "0.5.23"), ("tensorrt-llm", ""), ("generic", ""))  # fmt: skip


def cache(name: str, engine_name: str, version: str, layout: Layout, dtype: str = "bf16", **rules: int) -> StageCache:
    chosen = engine(engine_name, version)
    given = CacheRules(dtype, chosen.block, pools=chosen.pools, **rules)  # type: ignore[arg-type]
    return served(name).caches(layout, given)[0]


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(VERSIONS),
    st.sampled_from([32_768, 131_072, 1_048_576]),
    st.sampled_from([1, 2, 4]),
    st.sampled_from(["bf16", "fp8"]),
    st.integers(1, 400),
)
def test_requests_times_bytes_of_a_request_are_the_budget(
    name: str, of: tuple[str, str], length: int, tp: int, dtype: str, gib: int
) -> None:
    """Within one block and one request: no engine holds fewer than fit, none more."""
    kept = cache(name, *of, Layout(tp), dtype)
    found, budget = pool(kept, gib * GIB, length), gib * GIB
    requests = int(found.concurrency)
    assert found.taken(requests) <= budget or requests == 0
    assert found.taken(requests + 1) > budget - found.page
    each = found.taken(1) - found.aside
    left = max(budget - found.aside, 0)
    assert found.concurrency * each == pytest.approx(left, abs=found.page + each * 1e-6)
    assert each >= length * kept.per_token  # never less than what its layers keep of it
    if found.groups > 1 and engine(*of).pools.counts == "capacity":
        assert found.tokens == pytest.approx(found.concurrency * length, abs=1)


@pytest.mark.parametrize("length", [32_768, 131_072, 1_048_576])
@pytest.mark.parametrize("name", [V4, "gemma-4-26B-A4B", "Nemotron-3-Nano-BF16"])
def test_what_a_report_prints_agrees_with_itself(name: str, length: int) -> None:
    """Requests, bytes of one, and the budget of the tightest device."""
    fleet = replace(short_fleet("8xB200", engine_version="0.26"), workload=Workload(length))
    stage = evaluate(served(name), fleet, Layout(8 if name == V4 else 2)).tightest
    assert stage.pool is not None
    assert stage.requests * stage.request <= stage.budget.value < (stage.requests + 1) * stage.request + stage.pool.page


def test_deepseek_v4_by_hand() -> None:
    """vLLM 0.26, blocks of 256 tokens. Pages: 64 entries of 584 bytes are 37,376, to a multiple of 576: 37,440 (the
    layers of ratio 4, and the windows' pages of 64 tokens); 64 index keys of 132 are 8,448: 8,640; two entries of 584
    (ratio 128) are 1,168: 1,728. Full layers: 21 · (37,440 + 8,640) + 20 · 1,728 = 1,002,240 bytes a block.
    43 windows, 21 and 20 compressors go into tuples of 22, so a block of the pool is 22 · 37,440 + 21 · 8,640 + 20 ·
    1,728 = 1,039,680 bytes. Two steps of 8,192 tokens are under way: 121,344 tokens take 474 blocks of full layers,
    ⌈(127 + 16,384) / 64⌉ + 1 = 259 of each half of the windows, ⌈(7 + 16,384) / 4⌉ + 1 = 4,099 of ratio 4's compressors
    and ⌈(127 + 16,384) / 8⌉ + 1 = 2,065 of ratio 128's."""
    found = pool(cache(V4, "vllm", "0.26", Layout(2), "fp8"), int(7.7 * GIB), 121_344)
    sizes = (1_002_240, 22 * 37_440, 21 * 37_440, 21 * (37_440 + 8_640), 20 * 37_440)
    pages = (474, 259, 259, 4_099, 2_065)
    assert (found.page, found.groups, found.block) == (1_039_680, 5, 256)
    assert found.per_request == ceil(sum(size * number for size, number in zip(sizes, pages, strict=True)) / sizes[0])
    assert found.tokens == pytest.approx(150_000, rel=0.01)  # vllm#51041
    summed = pool(cache(V4, "vllm", "0.28", Layout(2), "fp8"), int(7.7 * GIB), 121_344)
    assert summed.per_request == sum(pages)  # since 0.27 blocks are added up group by group
    one_step = pool(cache(V4, "vllm", "0.25", Layout(2), "fp8"), int(7.7 * GIB), 121_344)
    assert one_step.per_request < found.per_request / 1.8  # up to 0.25 one step's tokens are kept


def test_since_0_29_a_block_is_as_wide_as_its_widest_group() -> None:
    """Windows' and compressors' pages are not padded to those of full layers, so those are the widest."""
    found = pool(cache(V4, "vllm", "0.33", Layout(2), "fp8"), 10 * GIB, 121_344)
    assert (found.page, found.groups) == (1_002_240, 5)


def test_gemma_4_by_hand() -> None:
    """fp8: a token of a full layer is 2 · 1,024 bytes, of a window 8 · 512. Pages are made equal by a block of 32
    tokens for full layers; 5 and 25 layers are one group and five: 131,072 / 32 + 5 · (⌈(1,023 + 2,048) / 16⌉ + 1) =
    5,061 blocks of 5 · 65,536 bytes."""
    kept = cache("gemma-4-26B-A4B", "vllm", "0.19", Layout(), "fp8", step_tokens=2048)
    found = pool(kept, int(51.62 * GIB), 131_072)
    assert (found.per_request, found.page, found.groups) == (5_061, 327_680, 6)
    assert found.concurrency == pytest.approx(33.42, abs=0.005)  # logged


FULL = TokenCache(CacheKind.HEADS, 8)
WINDOW = TokenCache(CacheKind.HEADS, 8, window=33)


def unified(*needs: tuple[CacheNeed, int], **rules: object) -> StageCache:
    return StageCache(needs, Layout(), CacheRules(step_tokens=64, pools=Pools(flight=1, **rules)))  # type: ignore[arg-type]


def test_blocks_grow_where_pages_divide_and_are_padded_where_not() -> None:
    """A window of twice the bytes gives full layers blocks of 32; one of one and a half times leaves them at 16, in
    pages as large as its own."""
    double, more = (TokenCache(CacheKind.HEADS, width, window=33) for width in (16, 12))
    grown, padded = (pool(unified((FULL, 2), (need, 2)), 10**6, 320) for need in (double, more))
    assert (grown.page, grown.per_request) == (2 * 512, 320 // 32 + 7)
    assert (padded.page, padded.per_request) == (2 * 384, 320 // 16 + 7)


@pytest.mark.parametrize(("near", "groups"), [(1.0, 3), (1.25, 3), (1.5, 2)])
def test_how_near_sizes_must_be_to_share_the_larger_group(near: float, groups: int) -> None:
    """Five windows beside four full layers: 1.25 times, below 1.5."""
    assert pool(unified((FULL, 4), (WINDOW, 5), near=near), 10**6, 1000).groups == groups


def test_the_log_counts_blocks_or_capacity() -> None:
    """Full layers take 63 blocks of 1,000 tokens and windows 7; of 200 blocks one log makes 200 / 2 · 16 tokens, the
    other 1,000 · 200 / 70."""
    budget = 200 * 2 * 256
    counted, able = (
        pool(unified((FULL, 2), (WINDOW, 2), counts=word), budget, 1000) for word in ("blocks", "capacity")
    )
    assert (counted.tokens, able.tokens) == (1600, 2857)
    assert counted.concurrency == able.concurrency


def test_before_0_9_windows_keep_all() -> None:
    old, new = (cache("gpt-oss-20b", "vllm", version, Layout()) for version in ("0.8", "0.9"))
    assert pool(old, GIB, 32_768).groups == 1 < pool(new, GIB, 32_768).groups
    assert old.per_token == 2 * new.per_token


def shares(*needs: tuple[CacheNeed, int], **given: object) -> StageCache:
    rules = CacheRules(block=1, pools=Pools(kind="shared"), **given)  # type: ignore[arg-type]
    return StageCache(needs, Layout(), rules)


def test_sglang_gives_windows_a_share_of_the_tokens() -> None:
    """0.8 tokens of the windows' pool for each of full layers: 2 · 16 + 0.8 · 2 · 16 = 57.6 bytes a token. A request
    takes its own tokens, or 33 + 1 over 0.8 where it is shorter than that."""
    kept = shares((FULL, 2), (WINDOW, 2))
    long, short = pool(kept, 57_600, 500), pool(kept, 57_600, 34)
    assert (long.tokens, int(long.concurrency)) == (1000, 2)
    assert int(short.concurrency) == int(57_600 / (34 / 0.8 * 57.6))


def test_sglang_gives_states_a_share_of_the_bytes() -> None:
    """0.9 times the rest, so 9 of 19 parts; 400 bytes a state, four layers. With a number of states, just those."""
    state = SequenceState(recurrent=100)
    ratio = pool(shares((FULL, 2), (state, 4)), 190_000, 100)
    assert ratio.tokens == 100_000 // 32
    assert int(ratio.concurrency) == min(100_000 // 3_200, 90_000 // 1_600)
    fixed = pool(shares((FULL, 2), (state, 4), fixed_states=10), 190_000, 100)
    assert (fixed.aside, fixed.tokens) == (16_000, 174_000 // 32)
    three = pool(shares((FULL, 2), (state, 4), state_slots=3), 190_000, 100)
    assert int(three.concurrency) == 90_000 // 4_800


def test_sglang_makes_rings_for_every_request_that_may_run() -> None:
    """DeepSeek-V4's compressors of ratio 128: 128 tokens of 2 · 512 features in 32 bits, 20 layers; 2,048 requests
    where nobody says how many (0.5.23, _get_c128_state_fixed_bytes and resolve_max_num_reqs)."""
    fleet = short_fleet("8xH200", engine_name="sglang")
    one = replace(fleet, settings=replace(fleet.settings, max_num_seqs=32))
    most, few = (Deployment(served(V4), asked, Layout(8)).stages[0].pool for asked in (fleet, one))
    assert most is not None and few is not None
    assert (most.aside, few.aside) == (2048 * 128 * 1024 * 4 * 20, 32 * 128 * 1024 * 4 * 20)


def test_states_are_in_what_is_set_then_stated_then_chosen() -> None:
    """Qwen3-Next's config says nothing of its states: vLLM keeps them in the model's 16 bits, SGLang in 32."""
    plain, told = SequenceState(recurrent=100), SequenceState(recurrent=100, dtype="float32")
    by = {name: engine(name).pools for name in ("vllm", "sglang", "generic")}
    sizes = {name: state_bytes(plain, Layout(), CacheRules(pools=pools)) for name, pools in by.items()}
    assert sizes == {"vllm": 200, "sglang": 400, "generic": 400}
    assert state_bytes(told, Layout(), CacheRules(pools=by["vllm"])) == 400
    assert state_bytes(told, Layout(), CacheRules(state_dtype="bfloat16")) == 200
    compressor = SequenceState(recurrent=100, window=8, dtype="float32")  # whatever is set
    assert state_bytes(compressor, Layout(), CacheRules(state_dtype="bfloat16")) == 400


def test_ratios_are_settings() -> None:
    chosen = settings_for("sglang", "0.5.23", short_fleet("1xH100").device)
    assert (chosen.pools.window_ratio, chosen.pools.state_ratio, chosen.fixed_states) == (0.8, 0.9, 0)
    other = replace(chosen, window_ratio=0.5, state_ratio=0.2, max_states=64)
    assert (other.pools.window_ratio, other.pools.entry_ratio, other.pools.state_ratio) == (0.5, 0.5, 0.2)
    assert other.fixed_states == 64
    uncached = replace(chosen, prefix_caching=False, max_num_seqs=8)
    assert uncached.fixed_states == 8 and replace(uncached, max_num_seqs=None).fixed_states == 0


def test_aiter_works_beside_every_token() -> None:
    """sgl-project/sglang#18263: 204.63 GiB become 1,669,816 tokens: 98,304 bytes each and 2 · 32 · (4 · 128 + 8) of
    workspace."""
    fleet = short_fleet("1xMI355X", engine_name="sglang")
    stage = Deployment(served("Qwen3-30B-A3B"), fleet, Layout()).stages[0]
    assert stage.cache.rules.workspace == 2 * 32 * (4 * 128 + 8)
    assert pool(stage.cache, int(204.63 * GIB), 262_144).tokens == pytest.approx(1_669_816, rel=1e-4)
    assert (
        Deployment(served("Qwen3-30B-A3B"), short_fleet("1xH100", engine_name="sglang"), Layout()).attention_workspace
        == 0
    )


def deployed(model: str, gpus: str, layout: Layout, version: str = "", **given: object) -> Deployment:
    fleet = short_fleet(gpus, engine_version=version)
    chosen: Settings = replace(fleet.settings, **given)  # type: ignore[arg-type]
    return Deployment(as_loaded(served(model), chosen).model, replace(fleet, settings=chosen), layout)


@pytest.mark.parametrize(("tokens", "gib"), [(2048, 35.55), (1856, 32.21), (1840, 31.94), (1536, 26.66)])
def test_deepep_buffers_are_those_of_vllm_57894(tokens: int, gib: float) -> None:
    """448 experts with the redundant ones, hidden 5,120: 4 · 448 · 1,840 · (10,240 + 160) bytes = 31.94 GiB."""
    found = deployed("GLM-4.5", "16xH200", Layout(1, True, 16, redundant=448 - 160),
                     all_to_all="deepep_low_latency", dispatch_tokens=tokens)  # fmt: skip
    assert found.model.experts is not None and found.model.experts.hidden == 5120
    assert found.buffers() / GIB == pytest.approx(gib, abs=0.005)
    assert found.outside().value - deployed("GLM-4.5", "16xH200", found.layout).outside().value == found.buffers()


def test_other_backends_set_a_fixed_buffer_aside() -> None:
    layout = Layout(1, True, 8)
    assert deployed("DeepSeek-V3", "8xH200", layout, all_to_all="deepep_high_throughput").buffers() == GIB
    assert deployed("DeepSeek-V3", "8xH200", layout, all_to_all="allgather").buffers() == 0
    assert deployed("DeepSeek-V3", "8xH200", Layout(8), all_to_all="deepep_low_latency").buffers() == 0


def test_libraries_take_less_over_pcie_and_without_compiling() -> None:
    fast, slow, eager = (
        deployed("MiniMax-M2", gpus, Layout(4), "0.21", eager=eager).outside().value / GIB
        for gpus, eager in (("4xH100", False), ("4xRTX-PRO-6000", False), ("4xH100", True))
    )
    assert (fast, slow, eager) == (pytest.approx(2.13), pytest.approx(0.5), pytest.approx(1.3))


def test_a_shared_memory_has_a_host_in_it() -> None:
    spark = deployed("gpt-oss-20b", "1xDGX-Spark", Layout())
    found = spark.outside()
    assert (found.value - int(0.25 * GIB), found.high - found.low) == (int(1.5 * GIB), 9 * GIB)
    assert spark.fleet.device.unified is not None


def test_graphs_by_batch_sizes() -> None:
    """1, 2, 4, 30 eighths to 248 and 17 sixteenths to 512: 51 sizes are all; one request at once captures two."""
    assert (captured(256), captured(1024), captured(1), captured(8)) == (51, 51, 2, 5)
    whole, one, none = (
        deployed("gpt-oss-20b", "1xH100", Layout(), **given).graphs()
        for given in ({}, {"max_num_seqs": 1}, {"eager": True})
    )
    assert whole.value == int(0.58 * GIB) and none.high == 0
    assert one.value == int(int(0.58 * GIB) * (0.1 + 0.9 * 2 / 51))


def test_profiling_encoders_takes_its_peak_on_the_first_stage() -> None:
    found = deployed("Qwen3-VL-30B-A3B-FP8", "2x4090", Layout(pp=2))
    first, second = found.activation(last=False, first=True), found.activation(last=False)
    assert (first.value, first.high) == (int(2.8 * GIB), 5 * GIB) and second.value < GIB
    without = deployed("Qwen3-VL-30B-A3B-FP8", "2x4090", Layout(pp=2), language_only=True)
    assert without.activation(last=False, first=True) == second
    kept, left = (one.stages[0].needs.weights for one in (found, without))
    assert {"vision", "projector"} & kept.keys() and not {"vision", "projector"} & left.keys()


def test_before_chunked_prefill_a_step_is_a_whole_prompt() -> None:
    """vllm#10517: 2.07 GiB at 20,000 tokens: three widths and four hidden states of them."""
    found = deployed("Llama-3.1-8B", "1xRTX-3090", Layout(), "0.6.4")
    long = replace(found, fleet=replace(found.fleet, workload=Workload(20_000)))
    assert long.activation(last=True).value == 2 * 20_000 * (3 * 14_336 + 4 * 4_096)
    assert long.activation(last=True).value / GIB == pytest.approx(2.07, rel=0.07)
    longer = replace(found, fleet=replace(found.fleet, workload=Workload(100_000)))  # cut into steps of 2,048
    assert longer.activation(last=True).value == 2 * 2_048 * (3 * 14_336 + 4 * 4_096)


@pytest.mark.parametrize(
    ("gpus", "share", "step"),
    [("1x4090", 0.714, 4096), ("1xH100", 0.834, 8192), ("1xH200", 0.906, 8192), ("1xB200", 0.857, 16384)],
)
def test_sglang_keeps_memory_free_by_the_size_of_a_device(gpus: str, share: float, step: int) -> None:
    """0.5.23: H100 (79.18 GiB): 512 + 8,192 · 1.5 + 128 + 256 · 2 MiB of 81,080 are 0.166."""
    found = short_fleet(gpus, engine_name="sglang").settings
    assert (found.utilization, found.tokens_per_step) == (pytest.approx(share, abs=0.003), step)
