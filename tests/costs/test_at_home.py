"""One device at home: experts computed by the processor or read over the link, memory that host and device share, and a
decode band where no peak is published.

Expected speeds are reports of people who ran it: kvcache-ai/ktransformers #319 and #477, nibor1896/Crow#24 (which cites
ktransformers on two sockets), openclawradar 2026-06-06. The shares in data/host.yaml rest on #319 and #477; the other
two are held against them unfitted.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.costs.asked import served_model
from moeaudit.costs.devices import device
from moeaudit.costs.fleet import Fleet, Workload, short_fleet
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Deployment
from moeaudit.costs.offload import Offload, host_defaults, host_of, offload
from moeaudit.costs.served import Served
from moeaudit.costs.serving import Serving, serving
from moeaudit.costs.storage import uniform
from moeaudit.costs.timing import efficiency
from moeaudit.costs.waits import CASES, waits
from moeaudit.errors import UsageError
from tools.calibration.models import served

MIXTRAL = Served(served("Mixtral-8x7B").architecture, uniform(4))


def at_home(gpus: str, gb_s: float, sockets: int = 1) -> Fleet:
    return replace(
        short_fleet(gpus),
        workload=Workload(8192),
        host_memory_gib=1024,
        host_memory_gb_s=gb_s,
        host_sockets=sockets,
    )


def hosted(model: Served, fleet: Fleet) -> Offload:
    found = offload(model, fleet)
    assert found is not None
    return found


R1 = Served(served("DeepSeek-V3").architecture, uniform(4.5))
"""DeepSeek-R1 has the same layers."""

DDR5_4800, DDR4_3200 = 8 * 8 * 4.8, 8 * 8 * 3.2
"""GB/s of eight channels: 307.2 and 204.8."""


@pytest.mark.parametrize(
    ("gb_s", "sockets", "reported"),
    [
        (DDR5_4800, 1, (8, 8)),  # ktransformers' own figure for 32 cores of one socket, as #319 quotes it
        (DDR4_3200, 1, (6, 7)),  # Xeon 8352Y, #319
        (12 * 8 * 4.8, 1, (14, 14)),  # EPYC 9654, #477: at most
        (DDR5_4800, 2, (13.69, 16.8)),  # Crow#24, not fitted
    ],
)
def test_r1_in_four_bits_beside_a_4090(gb_s: float, sockets: int, reported: tuple[float, float]) -> None:
    found = hosted(R1, at_home("1x4090", gb_s, sockets))
    assert found.fits and found.tokens_per_second is not None and found.typical is not None
    worst, best = found.tokens_per_second
    assert worst <= reported[0] <= reported[1] <= best
    assert best / worst < 4


def test_qwen_in_three_and_a_half_bits_beside_a_3090(corpus: Path) -> None:
    """About 29 tokens per second, 35 with prediction modules, on two channels of DDR5-5200; not fitted."""
    model = served_model(inspect(str(corpus / "hub" / "Qwen--Qwen3.5-122B-A10B"), offline=True), 3.5)
    found = hosted(model, at_home("1x3090", 2 * 8 * 5.2))
    assert found.tokens_per_second is not None and found.typical is not None
    worst, best = found.tokens_per_second
    assert worst <= 29 and best >= 35 and 29 / 1.5 < found.typical < 29 * 1.5


def test_the_link_is_slower_and_an_option() -> None:
    """Over 25 GB/s, every expert that a token picks: never faster than the link alone allows."""
    fleet = at_home("1x4090", DDR5_4800)
    by_processor, over = hosted(R1, fleet), hosted(R1, replace(fleet, experts_over_link=True))
    assert over.over_link and not by_processor.over_link and over.read_per_token == by_processor.read_per_token
    assert over.tokens_per_second is not None and by_processor.tokens_per_second is not None
    assert over.tokens_per_second[1] < 25e9 / over.read_per_token < by_processor.tokens_per_second[0]


def test_a_token_by_hand() -> None:
    """Mixtral in 4 bits beside a 4090: each term from the figures of the catalogue."""
    fleet = at_home("1x4090", 80.0)
    found = hosted(MIXTRAL, fleet)
    assert found.typical is not None and 0 < found.resident < 1
    shares, host = efficiency()["typical"], host_defaults()["share"]["typical"]
    stage = MIXTRAL.stages(1)[0].components(Layout())
    used = found.experts * 2 / 8
    cached = 1500 * 32 * 2 * 8 * 128 * 2  # 1,000 in and half of 1,000 out; 32 layers of 8 heads of 128, K and V, bf16
    always = sum(stage.values()) - found.experts - stage["embedding"] + 1504 / 1500 * cached * 1500 / 1504
    seconds = (
        (always + used * found.resident) / (shares.bandwidth * 1010e9)
        + used * (1 - found.resident) / (80e9 * host)
        + 32 * 60e-6  # launches of a layer
        + 1000e-6  # the host's part of a step
        + 2 * 2 * 4096 * 32 / 25e9
    )
    assert found.typical == pytest.approx(1 / seconds, rel=1e-3)


@pytest.mark.parametrize("case", CASES)
def test_a_further_socket_helps_at_best(case: str) -> None:
    one, two = (host_of(at_home("1x4090", 300, sockets)).read(case) for sockets in (1, 2))
    assert two / one == pytest.approx({"best": 2, "typical": 1.5, "worst": 1}[case])


def test_the_host_of_a_fleet_file() -> None:
    text = "schema: moeaudit/fleet/v1\ndevices: {type: 4090}\nhost: {memory_gib: 384, memory_gb_s: 307.2, sockets: 2}\n"
    fleet = parse_fleet(text, "f")
    assert (fleet.host_memory_gib, fleet.host_memory_gb_s, fleet.host_sockets) == (384, 307.2, 2)
    assert fleet.hosted and not fleet.experts_over_link and not host_of(fleet).assumed
    link = parse_fleet(text.replace("sockets: 2", "experts: link"), "f")
    assert link.experts_over_link and link.host_sockets == 1
    bare = parse_fleet(text.partition("host:")[0] + "host: {}\n", "f")
    assert not bare.hosted and host_of(bare).memory_gb_s == 89.6 and host_of(bare).assumed


def test_what_is_assumed_of_a_host() -> None:
    """Two channels of DDR5-5600, 2 × 8 × 5.6 GB/s, and it is said that nobody gave them."""
    host = host_of(short_fleet("1x4090"))
    assert host.memory_gb_s == pytest.approx(2 * 8 * 5.6) and (host.assumed, host.shared, host.sockets) == (
        True,
        False,
        1,
    )
    assert host.memory_gib is None


@pytest.mark.parametrize(("name", "left"), [("M3-Ultra", 128), ("Strix-Halo", 62.47), ("DGX-Spark", 0)])
def test_a_shared_memory_is_one_pool(name: str, left: float) -> None:
    """What the device may not take is the host's, at the device's own bandwidth; no link lies between."""
    fleet = short_fleet(f"1x{name}")
    host = host_of(fleet)
    assert host.shared and host.memory_gib == pytest.approx(left) and not host.assumed
    assert host.memory_gb_s == device(name).bandwidth.value and host.sockets == 1
    slow, fast = (hosted(R1, replace(fleet, host_link=link, workload=Workload(8192))) for link in (1e-3, 1e3))
    assert slow.tokens_per_second == fast.tokens_per_second


def test_more_of_a_shared_memory_by_the_fleet_file() -> None:
    """iogpu.wired_limit_mb raised to 496 GiB: the device has that, the host the rest."""
    fleet = parse_fleet("schema: moeaudit/fleet/v1\ndevices: {type: M3-Ultra, memory_gib: 496}\n", "f")
    assert fleet.device.memory_bytes == 496 * 2**30 and fleet.device.beside == 16


def test_bandwidth_alone_gives_a_decode_band() -> None:
    """Without a peak a token of decode takes the time of its bytes; prompts, and what they cost, are not said."""
    fleet = replace(short_fleet("1x4090"), workload=Workload(4096), prices=short_fleet("1x4090").prices)
    fleet = replace(fleet, prices=replace(fleet.prices, device_hour=1.0))
    model = Served(served("Qwen3-30B-A3B").architecture, uniform(4))
    whole = serving(Deployment(model, fleet, Layout()), 1)
    peaks = dict.fromkeys(("bf16", "fp8", "fp4"), replace(fleet.device.peaks["fp4"], value=None, reason="z"))
    blind = serving(Deployment(model, replace(fleet, device=replace(fleet.device, peaks=peaks)), Layout()), 1)
    assert isinstance(whole, Serving) and isinstance(blind, Serving)
    assert blind.prefill == "no dense peak for RTX-4090: z"
    assert blind.time_to_first is None and blind.input_cost is None and blind.output_cost is not None
    for case in CASES:
        shares = efficiency()[case]
        read = sum(piece.bytes for piece in blind.decode.work)
        idle = waits()[case]
        expected = read / (shares.bandwidth * 1010e9) + model.executed_layers * idle.layer + idle.step + idle.request
        assert blind.decode.seconds[case] == pytest.approx(expected)
        assert blind.decode.seconds[case] <= whole.decode.seconds[case]
    assert set(blind.decode.binding.values()) == {"memory"}
    assert blind.output_per_second.typical == pytest.approx(1 / blind.decode.seconds["typical"])


@pytest.mark.parametrize(
    "name", ["RTX-5090", "RTX-3090", "DGX-Spark", "H100-NVL", "H200-NVL", "H800", "MI350X", "TPU7x"]
)
def test_devices_that_had_no_times_have_a_decode_band(name: str) -> None:
    model = Served(served("Qwen3-30B-A3B").architecture, uniform(4))
    found = serving(Deployment(model, replace(short_fleet(f"1x{name}"), workload=Workload(4096)), Layout()), 1)
    assert isinstance(found, Serving) and found.output_per_second.best > found.output_per_second.worst > 0


CACHED = {
    "fp16": 2,
    "q8_0": 34 / 32,
    "q5_1": 24 / 32,
    "q5_0": 22 / 32,
    "q4_1": 20 / 32,
    "q4_0": 18 / 32,
    "iq4_nl": 18 / 32,
}
"""Bytes per element: ggml's blocks of 32 with their scales (ggml-common.h)."""


@pytest.mark.parametrize(("dtype", "each"), CACHED.items())
def test_a_cache_in_ggml_blocks(dtype: str, each: float) -> None:
    """Llama-3.1-8B: 32 layers, 8 heads of 128, keys and values, 8,192 tokens of context."""
    text = f"schema: moeaudit/fleet/v1\ndevices: {{type: 4090}}\nengine: {{name: llama.cpp, cache_dtype: {dtype}}}\n"
    stage = Deployment(served("Llama-3.1-8B"), parse_fleet(text, "f"), Layout()).stages[0]
    assert stage.cache.per_request(8192) == 8192 * 32 * 2 * 8 * 128 * each


@pytest.mark.parametrize("engine", ["vllm", "sglang", "tensorrt-llm", "generic"])
def test_others_have_no_such_cache(engine: str) -> None:
    text = f"schema: moeaudit/fleet/v1\ndevices: {{type: 4090}}\nengine: {{name: {engine}, cache_dtype: q8_0}}\n"
    with pytest.raises(UsageError, match="keeps no cache in q8_0") as raised:
        parse_fleet(text, "f")
    assert raised.value.place is not None and raised.value.place.line == 3


def test_llama_cpp_by_any_name() -> None:
    for name in ("llama.cpp", "llamacpp", "llama-cpp", "llama-server"):
        assert short_fleet("1x4090", engine_name=name, engine_version="b10741").settings.engine.title == "llama.cpp"
