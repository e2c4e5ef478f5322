"""Fleet files and the short form: what they mean, and one clear line for each thing that can be wrong."""

from __future__ import annotations

import pytest

from moeaudit.costs.devices import catalogue
from moeaudit.costs.fleet import short_fleet
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.search import node_of
from moeaudit.errors import UsageError

LEAST = "schema: moeaudit/fleet/v1\ndevices: {type: H100-SXM, per_node: 8, nodes: 1}\n"

BAD = {
    "no devices": ("devices: {type: H100-SXM, per_node: 0}\n", "the fleet has 0 devices"),
    "unknown device": ("devices: {type: H1000-SXM}\n", "Did you mean H100-SXM"),
    "nothing like it": ("devices: {type: H999}\n", "Did you mean H"),
    "unit missing": ("devices: {type: mine, memory: 80}\n", "Did you mean memory_gib?"),
    "negative price": ("devices: {type: H200}\ncosts: {price_per_device_hour: -2}\n", "greater than or equal to 0"),
    "price without unit": ("devices: {type: H200}\ncosts: {price: 2}\n", "Did you mean price_per_device_hour?"),
    "ep of its own": ("devices: {type: H200, per_node: 8}\nlayout: {tp: 8, ep: 4}\n", "tp · dp = 8"),
    "more than there is": (
        "devices: {type: H200, per_node: 8}\nlayout: {tp: 16}\n",
        "takes 16 devices, the fleet has 8",
    ),
    "utilisation in percent": ("devices: {type: H200}\nengine: {memory_utilization: 90}\n", "less than or equal to 1"),
    "unknown engine": ("devices: {type: H200}\nengine: {name: vlm}\n", "Did you mean vllm?"),
    "cache dtype": ("devices: {type: H200}\nengine: {cache_dtype: fp7}\n", "input should be"),
    "infinite": ("devices: {type: H200, memory_gib: .inf}\n", "memory_gib"),
    "no device": ("engine: {name: vllm}\n", "'devices' is missing"),
    "no memory known": ("devices: {type: Gaudi3}\n", "devices.memory_gib"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_fleets_get_one_clear_line(case: str) -> None:
    text, expected = BAD[case]
    with pytest.raises(UsageError) as caught:
        parse_fleet("schema: moeaudit/fleet/v1\n" + text, "fleet.yaml").device.memory_bytes  # noqa: B018
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message


def test_errors_say_where() -> None:
    with pytest.raises(UsageError, match=r"fleet\.yaml:3:10"):
        parse_fleet("schema: moeaudit/fleet/v1\ndevices: {type: H200}\nengine: {neme: vllm}\n", "fleet.yaml")


def test_the_least_fleet_file() -> None:
    fleet = parse_fleet(LEAST, "fleet.yaml")
    assert (fleet.devices, fleet.device.name, fleet.settings.engine.name, fleet.layout) == (8, "H100-SXM", "vllm", None)


def test_a_whole_fleet_file() -> None:
    fleet = parse_fleet(
        LEAST
        + """
engine: {name: vllm, version: "0.11", memory_utilization: 0.9, cache_dtype: bf16, cache_budget_gib: null}
layout: {tp: 8, ep: false, dp: 1, pp: 1}
workload: {context: 131072, concurrency: 64, input_tokens: 8000, output_tokens: 1000}
costs: {price_per_device_hour: 2.5, price_per_kwh: 0.1}
host: {memory_gib: 512}
""",
        "fleet.yaml",
    )
    assert fleet.layout == Layout(8)
    assert (fleet.settings.engine.range, fleet.workload.concurrency, fleet.prices.device_hour) == (
        "0.11 to before 0.17",
        64,
        2.5,
    )


def test_a_version_without_quotes_keeps_its_zeros() -> None:
    assert parse_fleet(LEAST + "engine: {version: 0.20}\n", "f").settings.engine.version == "0.20"


@pytest.mark.parametrize(
    ("text", "devices", "nodes"),
    [("8xH200", 8, 1), ("2x8xH200", 16, 2), ("1x4090", 1, 1), ("72xGB200", 72, 1), ("16xh100", 16, 2)],
)
def test_short_form(text: str, devices: int, nodes: int) -> None:
    fleet = short_fleet(text)
    assert (fleet.devices, fleet.nodes) == (devices, nodes)


ACROSS = {"GB200", "GB300", "TPU-v5e", "TPU-v5p", "TPU-v6e", "TPU-v7x"}
"""NVIDIA on multi-node NVLink: "GB200 NVL72 … turn a rack of GPU machines, each with a small number of GPUs, into" one
(docs.nvidia.com, DRA driver, ComputeDomains); Google on pods: a slice's links lead from host to host."""


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("2x2xH200", 2),  # an NVSwitch joins the devices of one baseboard
        ("2x8xH200", 8),
        ("16xH200", 8),
        ("3x1xH100", 1),
        ("2x4xMI300X", 4),
        ("2x16xTrainium2", 16),
        ("2x4xGB200", 8),  # trays of four in one rack
        ("18x4xGB200", 72),
        ("36x4xGB300", 72),  # two racks
        ("4x4xTPU-v5e", 16),
    ],
)
def test_a_node_is_a_domain_unless_its_links_lead_further(text: str, domain: int) -> None:
    assert short_fleet(text).domain == domain


def test_whose_links_lead_further() -> None:
    assert {found.name for found in catalogue() if found.across_nodes} == ACROSS
    assert all(found.across_nodes.startswith("https://") for found in catalogue() if found.across_nodes)


@pytest.mark.parametrize("text", ["H200", "8H200", "0xH200", "xH200", "8x", "-1xH200", "9999999xH200"])
def test_short_forms_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        short_fleet(text)


def test_your_own_numbers_replace_the_catalogue() -> None:
    fleet = parse_fleet(
        "schema: moeaudit/fleet/v1\ndevices: {type: H200, memory_gib: 100, bandwidth_gb_s: 4000}\n", "f"
    )
    assert (fleet.device.memory.value, fleet.device.bandwidth.value, fleet.device.peaks["bf16"].value) == (
        100,
        4000,
        989,
    )


def test_sglangs_nested_sizes_are_read_as_sglang_means_them() -> None:
    """`tp: 8, dp: 8` on 8 devices is data-parallel attention inside one group of 8; for vLLM it would take 64."""
    devices = "schema: moeaudit/fleet/v1\ndevices: {type: B200, per_node: 8}\nlayout: {tp: 8, dp: 8}\n"
    assert parse_fleet(devices + "engine: {name: sglang}\n", "f").layout == Layout(1, False, 8)
    with pytest.raises(UsageError, match="takes 64 devices"):
        parse_fleet(devices, "f")


@pytest.mark.parametrize(("version", "slots"), [("0.11", 1), ("", 2)])
def test_recurrent_states_follow_the_versions_prefix_caching(version: str, slots: int) -> None:
    assert short_fleet("1xH200", engine_version=version).settings.state_slots == slots


@pytest.mark.parametrize(
    ("text", "node"),
    [("2xA100", 8), ("8xH200", 8), ("16xH200", 8), ("2x2xH200", 2), ("1xH100-NVL", 2), ("4xMI250X", 16), ("1xL4", 8),
     ("2xL4", 2), ("4xGB200", 4), ("72xGB200", 72), ("3x1xH100", 1)],
)  # fmt: skip
def test_a_part_of_a_node_stands_for_a_whole_one(text: str, node: int) -> None:
    assert node_of(short_fleet(text)) == node
