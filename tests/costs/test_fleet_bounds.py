"""Fleet files at the bounds of every number, what each key becomes, and what stands in where a key is left out."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.costs.fleet import Fleet
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.layout import Layout
from moeaudit.errors import UsageError

HEAD = "schema: moeaudit/fleet/v1\n"
DEVICES = "{type: H200-SXM, per_node: 8, nodes: 2}"


def parsed(table: str = "", key: str = "", value: object = None) -> Fleet:
    """A fleet with one key of one table set."""
    if table == "devices":
        return parse_fleet(f"{HEAD}devices: {{type: H200-SXM, {key}: {value}}}\n", "f")
    more = f"{table}: {{{key}: {value}}}\n" if table else ""
    return parse_fleet(f"{HEAD}devices: {DEVICES}\n{more}", "f")


BOUNDS: dict[tuple[str, str], tuple[list[object], list[object]]] = {
    # what is read, and what is not: the least and the most, and the nearest beside them
    ("devices", "per_node"): ([1, 65_536], [0, 65_537]),
    ("devices", "nodes"): ([1, 65_536], [0, 65_537]),
    ("devices", "memory_gib"): ([1.0e-6, 1.0e9], [0, 9.0e-7, 1.1e9]),
    ("devices", "bandwidth_gb_s"): ([1.0e-6, 1.0e9], [0, 1.1e9]),
    ("devices", "bf16_tflops"): ([1.0e-6, 1.0e9], [0, 1.1e9]),
    ("devices", "power_w"): ([1.0e-6, 1.0e9], [0, 1.1e9]),
    ("links", "inside_gb_s"): ([1.0e-6, 1.0e9], [0, 1.1e9]),
    ("links", "between_gb_s"): ([1.0e-6, 1.0e9], [0, 1.1e9]),
    ("engine", "memory_utilization"): ([1.0e-9, 1], [0, 1.001, -0.5]),
    ("engine", "cache_budget_gib"): ([1.0e-6, 1.0e9], [0, 1.1e9]),
    ("engine", "block_size"): ([1, 2**32], [0, 2**32 + 1]),
    ("engine", "speculative_tokens"): ([0, 64], [-1, 65]),
    ("engine", "max_num_seqs"): ([1, 2**32], [0, 2**32 + 1]),
    ("engine", "max_batched_tokens"): ([1, 2**32], [0, 2**32 + 1]),
    ("engine", "state_slots"): ([1, 64], [0, 65]),
    ("layout", "redundant_experts"): ([0, 4096], [-1, 4097]),
    ("layout", "tp"): ([1], [0, 2**32 + 1]),
    ("layout", "dp"): ([1], [0, 2**32 + 1]),
    ("layout", "pp"): ([1], [0, 2**32 + 1]),
    ("layout", "dcp"): ([1, 2**32], [0, 2**32 + 1]),
    ("layout", "replicas"): ([1], [0, 2**32 + 1]),
    ("layout", "ep"): ([1], [0]),
    ("workload", "context"): ([1, 10**8], [0, 10**8 + 1]),
    ("workload", "concurrency"): ([1, 2**32], [0, 2**32 + 1]),
    ("workload", "input_tokens"): ([1, 10**8], [0, 10**8 + 1]),
    ("workload", "output_tokens"): ([1, 10**8], [0, 10**8 + 1]),
    ("workload", "expert_imbalance"): ([1, 1000], [0.99, 1000.1]),
    ("costs", "price_per_device_hour"): ([0, 1.0e6], [-0.01, 1.01e6]),
    ("costs", "price_per_kwh"): ([0, 1.0e4], [-0.01, 1.01e4]),
    ("costs", "power_overhead"): ([1, 10], [0.99, 10.1]),
    ("host", "memory_gib"): ([1.0e-6, 1.0e9], [0, 1.1e9]),
}


@pytest.mark.parametrize(
    ("table", "key", "value"), [(*where, value) for where, (read, _) in BOUNDS.items() for value in read]
)
def test_at_its_bounds_a_number_is_read(table: str, key: str, value: object) -> None:
    assert parsed(table, key, value).device.name == "H200-SXM"


@pytest.mark.parametrize(
    ("table", "key", "value"), [(*where, value) for where, (_, refused) in BOUNDS.items() for value in refused]
)
def test_beside_them_it_is_not(table: str, key: str, value: object) -> None:
    with pytest.raises(UsageError, match=r"should be|the fleet has"):
        parsed(table, key, value)


@pytest.mark.parametrize(
    ("per_node", "nodes", "read"),
    [(256, 256, True), (257, 256, False), (256, 257, False)],
)
def test_devices_of_all_nodes_together(per_node: int, nodes: int, read: bool) -> None:
    """65,536 of them: 256 · 256."""
    text = f"{HEAD}devices: {{type: H200, per_node: {per_node}, nodes: {nodes}}}\n"
    if read:
        assert parse_fleet(text, "f").devices == 65_536
    else:
        with pytest.raises(UsageError, match="the fleet has 65,792 devices"):
            parse_fleet(text, "f")


def test_what_is_left_out() -> None:
    """Defaults of docs/estimates.md and of the engine: vLLM's own share, type and sizes; two links of 400 Gb/s."""
    fleet = parsed()
    chosen, work, prices = fleet.settings, fleet.workload, fleet.prices
    assert (fleet.inside, fleet.between, fleet.layout, fleet.power) == (None, 50, None, None)
    assert (fleet.host_memory_gib, fleet.host_link, fleet.origin, fleet.notes) == (None, 25, "f", ())
    assert (work.context, work.concurrency, work.input_tokens, work.output_tokens) == (8192, None, 1000, 1000)
    assert work.imbalance == 1 and work.assumed
    assert (prices.device_hour, prices.currency, prices.energy, prices.overhead) == (None, None, None, 1)
    assert (chosen.engine.name, chosen.engine.version, chosen.utilization) == ("vllm", "", 0.9)
    assert (chosen.cache_dtype, chosen.cache_budget_gib, chosen.block, chosen.hybrid) == ("bf16", None, None, True)
    assert (chosen.prefix_caching, chosen.speculative_tokens, chosen.prediction) == (None, 0, False)
    assert (chosen.max_num_seqs, chosen.step_tokens, chosen.kernel) == (None, None, "")
    assert chosen.state_slots_override is None


SAID: dict[tuple[str, str, object], tuple[str, object]] = {
    ("links", "inside_gb_s", 7): ("inside", 7),
    ("links", "between_gb_s", 8): ("between", 8),
    ("engine", "name", "sglang"): ("settings.engine.name", "sglang"),
    ("engine", "version", "0.19"): ("settings.engine.version", "0.19"),
    ("engine", "memory_utilization", 0.5): ("settings.utilization", 0.5),
    ("engine", "cache_dtype", "fp8"): ("settings.cache_dtype", "fp8"),
    ("engine", "cache_budget_gib", 3): ("settings.cache_budget_gib", 3),
    ("engine", "block_size", 64): ("settings.block_tokens", 64),
    ("engine", "hybrid_allocator", "false"): ("settings.hybrid", False),
    ("engine", "prefix_caching", "false"): ("settings.prefix_caching", False),
    ("engine", "speculative_tokens", 3): ("settings.speculative_tokens", 3),
    ("engine", "prediction_modules", "true"): ("settings.prediction", True),
    ("engine", "max_num_seqs", 5): ("settings.sequences", 5),
    ("engine", "max_batched_tokens", 512): ("settings.tokens_per_step", 512),
    ("engine", "kernel", "triton"): ("settings.kernel", "triton"),
    ("engine", "state_slots", 7): ("settings.state_slots", 7),
    ("layout", "tp", 4): ("layout", Layout(4)),
    ("layout", "dp", 4): ("layout", Layout(dp=4)),
    ("layout", "pp", 4): ("layout", Layout(pp=4)),
    ("layout", "dcp", 4): ("layout", Layout(dcp=4)),
    ("layout", "ep", "true"): ("layout", Layout(ep=True)),
    ("layout", "ep", 1): ("layout", Layout()),
    ("layout", "redundant_experts", 4): ("layout", Layout(redundant=4)),
    ("layout", "replicas", 4): ("layout", Layout(replicas=4)),
    ("workload", "context", 5): ("workload.context", 5),
    ("workload", "concurrency", 5): ("workload.concurrency", 5),
    ("workload", "input_tokens", 5): ("workload.input_tokens", 5),
    ("workload", "output_tokens", 5): ("workload.output_tokens", 5),
    ("workload", "expert_imbalance", 5): ("workload.imbalance", 5),
    ("costs", "price_per_device_hour", 5): ("prices.device_hour", 5),
    ("costs", "currency", "EUR"): ("prices.currency", "EUR"),
    ("costs", "price_per_kwh", 5): ("prices.energy", 5),
    ("costs", "power_overhead", 5): ("prices.overhead", 5),
    ("host", "memory_gib", 5): ("host_memory_gib", 5),
    ("host", "memory_gib", "5, link_gb_s: 6"): ("host_link", 6),
    ("devices", "per_node", 4): ("devices", 4),
    ("devices", "nodes", 4): ("devices", 4),
    ("devices", "memory_gib", 5): ("device.memory.value", 5),
    ("devices", "bandwidth_gb_s", 5): ("device.bandwidth.value", 5),
    ("devices", "bf16_tflops", 5): ("device.peaks.bf16.value", 5),
    ("devices", "fp8_tflops", 5): ("device.peaks.fp8.value", 5),
    ("devices", "fp4_tflops", 5): ("device.peaks.fp4.value", 5),
    ("devices", "power_w", 5): ("device.power.value", 5),
}


@pytest.mark.parametrize(("table", "key", "value"), SAID)
def test_what_each_key_becomes(table: str, key: str, value: object) -> None:
    path, expected = SAID[table, key, value]

    def at(fleet: Fleet) -> object:
        found: Any = fleet
        for name in path.split("."):
            found = found[name] if isinstance(found, dict) else getattr(found, name)
        return found

    assert at(parsed(table, key, value)) == expected


def test_a_device_of_ones_own() -> None:
    """Its numbers are the file's; what the file leaves out is unknown, with the reason."""
    own = parse_fleet(f"{HEAD}devices: {{type: mine, per_node: 4, memory_gib: 30, fp8_tflops: 9}}\n", "f").device
    assert (own.name, own.memory.value, own.peaks["fp8"].value, own.domain) == ("mine", 30, 9, 4)
    assert {cell.value for cell in (own.bandwidth, own.peaks["bf16"], own.peaks["fp4"], own.link, own.power)} == {None}
    assert own.bandwidth.reason == "not given in the fleet file"


def test_a_device_has_a_name() -> None:
    with pytest.raises(UsageError, match="at least 1 item"):
        parse_fleet(f"{HEAD}devices: {{type: ''}}\n", "f")
