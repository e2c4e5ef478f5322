"""Every number of the engines' and the efficiency data, held against what was logged or documented, written down here
apart from it. `gt…` are rows of measurements.yaml; the engines' defaults are those of their documentation."""

from __future__ import annotations

import pytest
import yaml

from moeaudit.costs.engines.read import Band, engine, names
from moeaudit.costs.fleet import short_fleet
from moeaudit.costs.timing import CASES, efficiency
from tools.calibration.models import DATA

GIB = 2**30
ROWS = {row["id"]: row["figure"]["value"] for row in yaml.safe_load((DATA / "measurements.yaml").read_text())["rows"]}

DEFAULTS = {
    # utilisation, block, slots of a state without and with prefix caching, sequences, tokens of a step, padding
    "vllm": (0.9, 16, 1, 2, 1024, 8192, {"marlin": (256, 128), "triton": (256, 64)}),  # vllm/config; get_batch_defaults
    "sglang": (0.88, 1, 1, 1, 256, 8192, {"triton": (256, 64)}),  # server_args: mem_fraction_static, page_size
    "tensorrt-llm": (0.9, 32, 1, 1, 2048, 8192, {}),  # KvCacheConfig and BuildConfig: free fraction, tokens_per_block
    "generic": (0.9, 16, 1, 1, 256, 8192, {}),
}

Figures = tuple[tuple[float, ...], dict[int, tuple[float, ...]], tuple[float, ...], tuple[float, ...]]
FIGURES: dict[tuple[str, str], Figures] = {
    # sampler bytes; non-torch by group; floor; graphs: each (value, low, high), GiB but for the first
    ("vllm", "0.7"): (
        (0, 0, 0),
        {1: (0.35, 0.16, 3.58), 2: (0.25, 0.16, 3.58)},  # gt058's and gt056's logs; vllm#10511: 0.16 to 3.58
        (0, 0, 0.5),
        (0.4, 0, 1),
    ),
    ("vllm", "0.8"): (
        (38.9, 38.4, 39.2),
        {1: (0.13,) * 3, 2: (0.55,) * 3},  # gt083, gt093
        (0, 0, 0.6),
        (0, -0.88, 1.03),  # gt104 to gt089
    ),
    ("vllm", "0.16"): ((38.9, 38.4, 39.2), {1: (0.13,) * 3, 2: (0.55,) * 3}, (0, 0, 0.6), (0, -0.88, 1.03)),
    ("vllm", "0.17"): ((15.4, 15, 15.8), {1: (0.13,) * 3, 2: (0.55,) * 3}, (0, 0, 0.2), (1.04, 0.51, 1.85)),  # gt129
    ("vllm", "0.19"): (
        (15.4, 15, 15.8),
        {1: (0.25,) * 3, 2: (2.07,) * 3, 4: (2.13,) * 3},  # gt132, gt135, gt138
        (0, 0, 0.2),
        (1.04, 0.51, 1.85),  # gt129: mean and range over 49 runs
    ),
    ("vllm", "0.20"): (
        (15.4, 15, 15.8),
        {1: (0.25,) * 3, 2: (2.07,) * 3, 4: (2.13,) * 3},
        (0, 0, 0.2),
        (0.58, 0.1, 1.85),
    ),
    ("sglang", ""): ((0, 0, 0), {1: (0.71, 0.6, 3), 2: (1.6, 0.6, 3)}, (0, 0, 0), (0, 0, 0)),
    ("tensorrt-llm", ""): ((0, 0, 4), {1: (0.5, 0.3, 3), 2: (2, 0.3, 3)}, (2, 0.5, 6), (0, 0, 2)),
    ("generic", ""): ((0, 0, 0), {1: (0.25, 0.07, 3), 2: (1.3, 0.07, 3)}, (2, 0.2, 7.4), (0.5, 0, 1.85)),
}
VERSIONS = ("0.0", "0.7.9", "0.8", "0.10.9", "0.11", "0.16.9", "0.17", "0.17.9", "0.18", "0.19.9", "0.20", "0.99", "98")


def band(found: Band) -> tuple[float, float, float]:
    return found.value, found.low, found.high


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_are_the_engines_own(name: str) -> None:
    found = engine(name)
    padding = {kernel: (by["hidden"], by["width"]) for kernel, by in found.padding.get("mxfp4", {}).items()}
    assert DEFAULTS[name] == (
        found.utilization, found.block, found.state_slots, found.state_slots_prefix_caching, found.max_num_seqs,
        found.step_tokens, padding,
    )  # fmt: skip


def test_every_engine_is_written_down() -> None:
    assert set(names()) == set(DEFAULTS) == {name for name, _ in FIGURES}


@pytest.mark.parametrize(("name", "version"), FIGURES)
def test_figures_are_those_logged(name: str, version: str) -> None:
    found = engine(name, version)
    outside = {size: band(one) for size, one in found.non_torch}
    assert (band(found.sampler_bytes), outside, band(found.floor), band(found.graphs)) == FIGURES[name, version]


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_bands_hold_their_value_in_every_version(name: str, version: str) -> None:
    found = engine(name, version)
    for one in (found.sampler_bytes, found.floor, found.graphs, *(one for _, one in found.non_torch)):
        assert one.low <= one.value <= one.high
        assert one.source.startswith("https://") or "assumed" in one.source


@pytest.mark.parametrize(
    ("row", "vocabulary"), [("gt097", 128_256), ("gt102", 151_936), ("gt107", 151_936), ("gt082", 201_088)]
)
def test_vllm_0_11_logs_these_bytes_per_word_and_sequence(row: str, vocabulary: int) -> None:
    """The peak of one profiling step of a dense model is the sampler's: 4.76 GiB / (128,256 × 1,024) = 38.9 bytes."""
    found = engine("vllm", "0.11").sampler_bytes
    assert found.low <= ROWS[row] * GIB / (vocabulary * 1024) <= found.high
    assert ROWS["gt097"] * GIB / (128_256 * 1024) == pytest.approx(found.value, rel=0.002)


def test_vllm_0_19_logs_these() -> None:
    """1.89 GiB / (128,256 × 1,024) = 15.4 bytes (gt131)."""
    found = engine("vllm", "0.19")
    assert ROWS["gt131"] * GIB / (128_256 * 1024) == pytest.approx(found.sampler_bytes.value, rel=0.005)
    assert [found.outside_torch(group).value for group in (1, 2, 4)] == [
        ROWS[row] for row in ("gt132", "gt135", "gt138")
    ]
    assert found.graphs.value == ROWS["gt129"]


@pytest.mark.parametrize(("group", "value"), [(1, 0.25), (2, 2.07), (3, 2.07), (4, 2.13), (8, 2.13), (64, 2.13)])
def test_a_group_takes_the_largest_listed_below_it(group: int, value: float) -> None:
    assert engine("vllm", "0.20").outside_torch(group).value == value


@pytest.mark.parametrize(
    ("memory", "device", "sequences"),
    [(70.0, "H100-SXM", 1024), (69.99, "H100-SXM", 256), (79.25, "A100-80G-SXM", 256), (None, "", 1024)],
)
def test_small_devices_get_smaller_defaults(memory: float | None, device: str, sequences: int) -> None:
    """vllm/engine/arg_utils.py: large ones from 70 GiB on, unless the device's name has an A100 in it."""
    found = engine("vllm", memory_gib=memory, device=device)
    assert (found.max_num_seqs, found.step_tokens) == (sequences, {1024: 8192, 256: 2048}[sequences])
    assert short_fleet("1x4090").settings.sequences == 256


def test_what_runs_say_by_default() -> None:
    told = {name: (engine(name).reserve, engine(name).kernel, engine(name).prefix_caching) for name in DEFAULTS}
    assert told == {
        "vllm": ("utilization", "triton", True),
        "sglang": ("static", "triton", True),
        "tensorrt-llm": ("free", "", False),
        "generic": ("utilization", "", False),
    }
    assert [engine("vllm", version).kernel for version in ("0.7", "0.10.2", "0.11")] == ["marlin", "marlin", "triton"]
    assert [engine("vllm", version).prefix_caching for version in ("0.19", "0.20")] == [False, True]
    assert [engine("vllm", version).workspace for version in ("0.16", "0.17")] == [False, True]
    assert [engine("vllm", version).graphs_budgeted for version in ("0.19", "0.20")] == [False, True]
    assert [engine("vllm", version).copies for version in ("0.7", "0.8")] == [("rotary",), ("rotary", "absorbed")]


def test_shares_of_peak() -> None:
    """Products: 77 to 80 % of dense peak at best (measured on H100, H200, B200). Memory: 0.92 measured at best. Links:
    153 of 160 GB/s inside a node is 0.96. Latency per layer: 77 µs for one dispatch over 8 ranks; 192 − 77 = 115 µs
    more over 128 ranks, twice a layer is 230."""
    found = efficiency()
    assert CASES == ("best", "typical", "worst")
    assert [found[case].matmul for case in CASES] == [0.80, 0.45, 0.25]
    assert [found[case].bandwidth for case in CASES] == [0.92, 0.60, 0.45]
    assert [found[case].link for case in CASES] == [round(153 / 160, 2), 0.70, 0.30]
    assert [round(found[case].latency * 1e6) for case in CASES] == [5, 80, 150]
    assert [round(found[case].crossing * 1e6) for case in CASES] == [30, 2 * (192 - 77), 700]
