"""One whole estimate worked out by hand: Mixtral 8x7B, its config.json alone, by the formulas of docs/estimates.md
written out here a second time. Nothing of `moeaudit.costs` is used on this side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, comb
from typing import Any

import pytest

from moeaudit.costs.estimate import TrainingRun, estimate
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.search import candidates
from moeaudit.reports.estimate_json import document
from tools.calibration.models import served

GIB = 2**30
LAYERS, HIDDEN, WIDTH, EXPERTS, PICKED = 32, 4096, 14336, 8, 2
HEADS, GROUPS, SIZE, WORDS = 32, 8, 128, 32_000
QUERIES, KEYS = 2 * HIDDEN * HEADS * SIZE, 2 * HIDDEN * GROUPS * SIZE  # q and o; k and v
ROUTER, EXPERT, TABLE = HIDDEN * EXPERTS, 3 * HIDDEN * WIDTH, WORDS * HIDDEN
NORMS = (2 * LAYERS + 1) * HIDDEN
TOTAL = 46_702_792_704  # as published

MEMORY, BANDWIDTH, PEAK, LINK, WATTS = 139.8, 4800e9, 989e12, 450e9, 700  # H200-SXM
BETWEEN = 25e9
SHARES = {"best": (0.8, 0.92, 0.96), "typical": (0.45, 0.6, 0.7), "worst": (0.25, 0.45, 0.3)}
# Microseconds: a layer, an exchange inside a node and across, launches of a prompt's layer, a step, a request of it,
# before and after a prompt.
WAITS = {"best": (30, 5, 60, 300, 500, 4, 50_000), "typical": (60, 10, 200, 800, 1000, 8, 100_000),
         "worst": (100, 20, 380, 2000, 2500, 16, 150_000)}  # fmt: skip
SEQUENCES, STEP, BLOCK = 1024, 8192, 16
CONTEXT, INPUT, OUTPUT, PRICE, ENERGY = 4096, 2000, 500, 3.0, 0.2


@dataclass(frozen=True)
class Split:
    """A layout by its numbers."""

    tp: int
    ep: bool
    dp: int
    pp: int

    @property
    def ranks(self) -> int:
        return self.tp * self.dp

    @property
    def devices(self) -> int:
        return self.ranks * self.pp

    @property
    def crossing(self) -> float:
        """Of a rank's peers, those in the other node: eight of fifteen."""
        return max(0, self.devices - 8) / (self.devices - 1)

    @property
    def layers(self) -> tuple[int, ...]:
        """32 layers over 1, 2 or 4 stages are even."""
        return (LAYERS // self.pp,) * self.pp


SPLITS = [
    Split(4, False, 1, 1), Split(4, True, 1, 1), Split(2, True, 2, 1), Split(1, False, 4, 1), Split(2, False, 1, 2),
    Split(8, False, 2, 1),  # over two nodes
]  # fmt: skip
LIBRARIES = {1: 0.25, 2: 2.07, 4: 2.13, 8: 2.13}


def asked(split: Split, concurrency: int = 40) -> dict[str, Any]:
    fleet = parse_fleet(
        "schema: moeaudit/fleet/v1\n"
        f"devices: {{type: H200, per_node: {min(8, split.devices)}, nodes: {-(-split.devices // 8)}}}\n"
        "engine: {name: vllm, version: '0.19'}\n"
        f"layout: {{tp: {split.tp}, ep: {str(split.ep).lower()}, dp: {split.dp}, pp: {split.pp}}}\n"
        f"links: {{between_gb_s: {BETWEEN / 1e9}}}\n"
        f"workload: {{context: {CONTEXT}, concurrency: {concurrency}, "
        f"input_tokens: {INPUT}, output_tokens: {OUTPUT}}}\n"
        f"costs: {{price_per_device_hour: {PRICE}, price_per_kwh: {ENERGY}, power_overhead: 1.3}}\n",
        "fleet.yaml",
    )
    return document(estimate(served("Mixtral-8x7B"), fleet, TrainingRun(10**12, 4096, 12_748_853_248, TOTAL)))


def weights(split: Split, stage: int) -> dict[str, int]:
    """bf16 bytes on a device. With more key heads than ranks each rank has its share of them."""
    layers, found = split.layers[stage], {}
    found["routed_experts"] = 2 * layers * EXPERTS * EXPERT // split.ranks
    found["attention"] = 2 * layers * (QUERIES + KEYS) // split.tp
    found["router"] = 2 * layers * ROUTER
    found["norm"] = 2 * (2 * layers * HIDDEN + (HIDDEN if stage == split.pp - 1 else 0))
    found["attention: rotary table"] = 2 * 32_768 * SIZE
    if stage == 0:
        found["embedding"] = 2 * TABLE // split.tp
    if stage == split.pp - 1:
        found["head"] = 2 * TABLE // split.tp
    return found


def activation(split: Split, stage: int, per_row: float) -> int:
    """The sampler's logits or four hidden states, and the fused experts' workspace for two copies of every token."""
    rows = WORDS * SEQUENCES if stage == split.pp - 1 else 0
    return max(int(per_row * rows), 2 * STEP * 4 * HIDDEN) + workspace(split)


def workspace(split: Split) -> int:
    width = WIDTH if split.ep else WIDTH // split.ranks
    return 2 * STEP * PICKED * (max(2 * width, HIDDEN) + width)


def budget(split: Split, stage: int) -> int:
    libraries = int(LIBRARIES[split.tp] * GIB)
    total = int(MEMORY * GIB)
    return int(0.9 * total - sum(weights(split, stage).values()) - activation(split, stage, 15.4) - libraries)


def cached(split: Split, stage: int) -> int:
    """Bytes a token keeps on a device: keys and values of its heads, at least one."""
    return split.layers[stage] * 2 * SIZE * max(1, GROUPS // split.tp) * 2


def linear(tokens: int = 1) -> dict[str, int]:
    return {
        "attention": 2 * LAYERS * (QUERIES + KEYS) * tokens,
        "routed_experts": 2 * LAYERS * PICKED * EXPERT * tokens,
        "router": 2 * LAYERS * ROUTER * tokens,
        "head": 2 * TABLE * tokens,
    }


def positions(context: int) -> int:
    """Scores and values: two products of every head with every position."""
    return LAYERS * 2 * 2 * HEADS * SIZE * context


def sent(split: Split, tokens: int) -> dict[str, float]:
    touched = EXPERTS * (1 - (1 - PICKED / EXPERTS) ** (tokens * split.dp))
    ring = 2 * (split.tp - 1) / split.tp
    reduced = (1 if split.ep else 2) * ring * tokens * HIDDEN * 2
    if not split.ep and split.dp > 1:
        reduced += 2 * (split.dp - 1) / split.dp * tokens * split.dp * HIDDEN * 2
    dispatch = combine = every = 0
    if split.ep:
        away = EXPERTS - EXPERTS // split.ranks
        reach = split.ranks * (1 - comb(away, PICKED) / comb(EXPERTS, PICKED))
        reach = min(reach, PICKED)
        mine = tokens / split.tp
        gone = reach * (split.ranks - 1) / split.ranks
        copy = HIDDEN + 4 * HIDDEN / 128 + 16
        dispatch, combine = int(mine * gone * copy), int(mine * gone * 2 * HIDDEN)
        every = int(mine * PICKED * (copy + 2 * HIDDEN))
    handed = 2 * HIDDEN * tokens if split.pp > 1 else 0
    return {
        "tokens_per_group": tokens,
        "dispatch_bytes_per_layer": dispatch,
        "combine_bytes_per_layer": combine,
        "every_copy_bytes_per_layer": every,
        "distinct_experts_per_layer": touched,
        "all_reduce_bytes_per_layer": int(reduced),
        "bytes_per_step": (dispatch + combine) * LAYERS + int(reduced) * LAYERS + handed,
        "share_between_nodes": pytest.approx(split.crossing),
    }


def step(split: Split, tokens: int, between: float, read: float, case: str, prompts: bool = False) -> float:
    """One pass through all stages: each component by the slower of products and reading, links and waits on top. The
    launches of a prompt's layers go on while the device works."""
    products, memory, links = SHARES[case]
    layer, near, away, eager, host, request, _ = (one / 1e6 for one in WAITS[case])
    held: dict[str, int] = {}
    for stage in range(split.pp):
        for name, size in weights(split, stage).items():
            held[name] = held.get(name, 0) + size
    touched = sent(split, tokens)["distinct_experts_per_layer"] / EXPERTS
    seconds = 0.0
    for name, flop in linear().items():
        share = tokens * split.dp / split.ranks if name == "routed_experts" else tokens / split.tp
        size = held[name] * (touched if name == "routed_experts" else 1)
        seconds += max(flop * share / (products * PEAK), size / (memory * BANDWIDTH))
    seconds += max(between / split.tp / (products * PEAK), read / (memory * BANDWIDTH))
    moved, far = sent(split, tokens)["bytes_per_step"], split.crossing
    busy = (moved * far / BETWEEN + moved * (1 - far) / LINK) / links
    exchanges = 2 * (away if far else near) * LAYERS if split.ranks > 1 else 0
    exchanges += (split.pp - 1) * near  # a stage hands its tokens on, inside a node
    if not prompts:
        return seconds + busy + LAYERS * layer + exchanges + host + tokens * request
    steps = ceil(tokens / STEP)
    return max(seconds, steps * LAYERS * eager) + busy + steps * (exchanges + host)


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_memory_of_every_stage(split: Split) -> None:
    (layout,) = asked(split)["layouts"]
    for number, stage in enumerate(layout["stages"]):
        held = weights(split, number)
        assert (stage["stage"], stage["weights"]) == (number, held)
        assert (stage["weights_bytes"], stage["padding_bytes"]) == (sum(held.values()), 0)
        assert stage["total_bytes"] == int(MEMORY * GIB)
        low, value, high = (activation(split, number, size) for size in (15.0, 15.4, 15.8))
        high += int(0.2 * GIB) + workspace(split) * (split.dp - 1)  # experts may see every group's tokens at once
        assert (stage["activation_bytes"], stage["activation_band"]) == (value, [low, high])
        libraries = int(LIBRARIES[split.tp] * GIB)
        assert stage["overhead_bytes"] == libraries + int(1.04 * GIB)
        assert stage["kv_budget_bytes"] == budget(split, number)
        least, most = stage["kv_budget_band"]
        other = int(1.2 * GIB) + int(0.01 * sum(held.values()))  # logs of one setting, and weights as they lie
        assert most - budget(split, number) == pytest.approx(value - low + other, abs=1)
        assert budget(split, number) - least == pytest.approx(high - value + other, abs=1)


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_cache_of_every_stage(split: Split) -> None:
    (layout,) = asked(split)["layouts"]
    groups = split.dp
    for number, stage in enumerate(layout["stages"]):
        each = cached(split, number)
        assert stage["kv_bytes_per_token"] == stage["kv_bytes_per_token_all_layers"] == each
        assert stage["kv_bytes_per_request"] == each * CONTEXT  # 4,096 is a whole number of blocks
        held = budget(split, number) // (each * BLOCK)
        assert (stage["kv_tokens"], stage["kv_block_tokens"]) == (held * BLOCK, BLOCK)
        assert stage["kv_requests"] == held // (CONTEXT // BLOCK)
        assert stage["kv_state_bytes_per_request"] == 0
        own = -(-(INPUT + OUTPUT) // BLOCK)  # blocks of a request of the workload's own length
        assert stage["kv_requests_at_request_tokens"] == min(held // own, SEQUENCES)
        taken = each * CONTEXT  # one request of the full context starts the engine
        running = sum(weights(split, number).values()) + activation(split, number, 15.4)
        libraries = int(LIBRARIES[split.tp] * GIB)
        assert stage["utilization_needed"] == pytest.approx((running + libraries + taken) / int(MEMORY * GIB))
    least = min(stage["kv_requests"] for stage in layout["stages"])
    assert (layout["concurrency"], layout["fits"], layout["short_bytes"]) == (least * groups, True, 0)
    assert layout["per_device"] == min(layout["stages"], key=lambda one: (one["kv_requests"], one["kv_budget_bytes"]))
    assert (layout["devices"], layout["expert_ranks"]) == (split.devices, split.ranks if split.ep else 1)


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_operations_and_traffic(split: Split) -> None:
    found = asked(split)
    assert found["flops"]["prefill_per_token"] == sum(linear().values()) + positions(CONTEXT)
    assert found["flops"]["prefill"]["matmuls"] == sum(linear().values())
    assert found["flops"]["decode"]["between_positions"] == positions(CONTEXT)
    prompt = sum(linear(100_000).values()) + positions(1) * 100_000 * 100_001 // 2
    assert found["flops"]["inference_benchmark"]["flop"] == prompt
    assert found["layouts"][0]["traffic"] == sent(split, ceil(40 / split.dp))


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_times_and_cost(split: Split) -> None:
    (layout,) = asked(split)["layouts"]
    batch = ceil(40 / split.dp)
    flying = ceil(batch / split.pp)
    length = INPUT + OUTPUT // 2
    kept = sum(cached(split, number) for number in range(split.pp))
    watts = WATTS * split.devices * 1.3
    for case in SHARES:
        one = step(split, flying, positions(length) * flying, flying * kept * length, case)
        alone = step(split, INPUT, positions(1) * INPUT * (INPUT + 1) // 2, kept * INPUT, case, prompts=True)
        many = min(batch, STEP // INPUT)  # prompts that one step takes in
        fed = positions(1) * INPUT * (INPUT + 1) // 2 * many
        prompt = step(split, INPUT * many, fed, kept * INPUT * many, case, prompts=True) / many / split.pp
        told = layout["time"]
        first = alone + WAITS[case][-1] / 1e6 + one / 2
        assert told["time_to_first_token_seconds"][case] == pytest.approx(first)
        assert told["time_to_first_token_together_seconds"][case] == pytest.approx(first + (batch - 1) / 2 * prompt)
        between = 0 if case == "best" else batch * prompt / OUTPUT
        assert told["time_per_output_token_seconds"][case] == pytest.approx(one + between)
        rate = 40 * OUTPUT / (batch * prompt + OUTPUT * one)
        assert told["output_tokens_per_second"][case] == pytest.approx(rate)
        assert told["output_tokens_per_second_per_device"][case] == pytest.approx(rate / split.devices)
        second = (PRICE * split.devices / 3600 + watts / 3.6e6 * ENERGY) / split.dp
        cost = layout["cost"]
        assert cost["per_million_input_tokens"][case] == pytest.approx(second * prompt / INPUT * 1e6)
        assert cost["per_million_output_tokens"][case] == pytest.approx(second * one / batch * 1e6)
        assert cost["joules_per_output_token"][case] == pytest.approx(watts / rate)
    assert layout["cost"]["watts"] == pytest.approx(watts)


def test_training() -> None:
    """Three forward passes: products alone, under the causal mask, and all positions. 6 · N · D beside it."""
    found = asked(SPLITS[0])["flops"]["training"]
    tokens, products = 10**12, sum(linear().values())
    assert found["low"] == 3 * products * tokens
    assert found["typical"] == 3 * (products * 4096 + positions(1) * 4096 * 4097 // 2) * tokens // 4096
    assert found["high"] == 3 * (products + positions(4096)) * tokens
    assert [one["flop"] for one in found["shorthands"]] == [6 * 12_748_853_248 * tokens, 6 * TOTAL * tokens]
    assert found["high"] * 1.3 > 1e23 > found["typical"]  # 8.9e22, and any method within 30 % is accepted
    assert [one["verdict"] for one in found["thresholds"]] == ["too close to call: typical figure below", "below"]


def test_what_binds_and_what_is_short() -> None:
    """3,000 requests of 2,500 tokens over four groups: each holds as many as have 157 blocks of 16 tokens at 131,072
    bytes a token in its budget, and the rest queue."""
    split = SPLITS[3]
    (layout,) = asked(split, concurrency=3000)["layouts"]
    run = 4 * (budget(split, 0) // (157 * 16 * cached(split, 0)))
    assert (layout["verdict"], layout["starts"], layout["fits"], layout["short_bytes"]) == ("queues", True, False, 0)
    assert (layout["requests_asked"], layout["requests_served"], layout["time"]["concurrency"]) == (3000, run, run)
    assert layout["concurrency_at_request_tokens"] == run < 3000
    assert layout["concurrency"] == 4 * (budget(split, 0) // (CONTEXT * cached(split, 0)))
    assert layout["binds"] == "cache: the next request of this length does not fit"


def test_layouts_of_a_search() -> None:
    """Two devices, 8 key heads, 8 experts, 32 layers: two copies of one device, its data or expert groups, split in
    two, and a pipeline. An expert group is tp × dp ranks (vLLM)."""
    fleet = replace(parse_fleet("schema: moeaudit/fleet/v1\ndevices: {type: H200, per_node: 2}\n", "f"), layout=None)
    for model in ("Mixtral-8x7B", "DeepSeek-V3"):
        found = [str(layout) for layout in candidates(served(model), fleet)]
        assert sorted(found) == sorted(
            ["TP 1 · × 2 replicas", "TP 1 · DP 2", "TP 1 · EP 2 · DP 2", "TP 2", "TP 2 · EP 2", "TP 1 · PP 2"]
        )
    dense = [str(layout) for layout in candidates(served("Llama-3.1-8B"), fleet)]
    assert dense == ["TP 1 · × 2 replicas", "TP 2", "TP 1 · PP 2"]
