"""When an estimate has which part, and which sentences its assumptions are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeaudit.costs.estimate import Estimate, TrainingRun, estimate, utilization_needed
from moeaudit.costs.fleet import Fleet, Workload, short_fleet
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import Deployment
from moeaudit.costs.served import Served
from moeaudit.costs.serving import Serving
from moeaudit.costs.storage import uniform
from moeaudit.errors import UsageError
from tools.calibration.models import served

MIXTRAL = served("Mixtral-8x7B")
ONE, EIGHT = "{type: H200-SXM}", "{type: H200-SXM, per_node: 8}"
SMALL = "{type: H100-SXM}"  # 79 GiB: 93 GB of weights do not go in


def of(devices: str, more: str = "", model: str = "Mixtral-8x7B") -> Estimate:
    fleet = parse_fleet(f"schema: moeaudit/fleet/v1\ndevices: {devices}\n{more}", "fleet.yaml")
    return estimate(served(model), fleet)


@pytest.mark.parametrize(
    ("devices", "more", "searched", "smallest", "offload"),
    [
        (ONE, "", True, True, False),
        (ONE, "layout: {tp: 1}\n", False, False, False),
        (ONE, "host: {memory_gib: 100}\n", True, True, True),
        (ONE, "layout: {tp: 1}\nhost: {memory_gib: 100}\n", False, False, True),
        (SMALL, "", True, True, True),
        (SMALL, "layout: {tp: 1}\n", False, True, True),
    ],
)
def test_which_parts_there_are(devices: str, more: str, searched: bool, smallest: bool, offload: bool) -> None:
    """The smallest fleet where one is looked for or nothing fits; host memory where there is some or nothing fits."""
    found = of(devices, more)
    assert (found.searched, found.smallest is not None, found.offload is not None) == (searched, smallest, offload)
    assert found.fits == (devices == ONE)
    assert found.training is None


def test_a_dense_model_has_no_experts_to_keep_elsewhere() -> None:
    assert of(ONE, "host: {memory_gib: 100}\n", "Llama-3.1-8B").offload is None


def test_only_the_best_dozen_of_a_search_is_timed() -> None:
    options = of("{type: H200-SXM, per_node: 8, nodes: 2}").options
    assert len(options) > 12
    assert [isinstance(option.serving, Serving) for option in options] == [True] * 12 + [False] * (len(options) - 12)
    assert [option.traffic is not None for option in options] == [True] * 12 + [False] * (len(options) - 12)


def test_the_roomiest_is_the_one_with_most_requests() -> None:
    found = of(EIGHT)
    assert found.roomiest.fit.concurrency == max(option.fit.concurrency for option in found.options if option.fit.fits)
    assert found.roomiest.fit.concurrency > found.chosen.fit.concurrency or found.roomiest is found.chosen


@pytest.mark.parametrize(
    ("devices", "work", "batch"),
    [
        (EIGHT, "", 32),  # as many as are usual, where more fit
        (EIGHT, "workload: {concurrency: 48}\n", 48),
        (EIGHT, "workload: {concurrency: 1}\n", 1),
        (ONE, "workload: {context: 32768}\n", 32),  # by their own 2,000 tokens, though few of 32,768 fit
        (ONE, "workload: {context: 32768, input_tokens: 30000, output_tokens: 5000}\n", None),  # or as many as fit
    ],
)
def test_requests_that_are_timed(devices: str, work: str, batch: int | None) -> None:
    tp = 8 if devices == EIGHT else 1
    option = of(devices, f"layout: {{tp: {tp}}}\n{work}").chosen
    assert isinstance(option.serving, Serving)
    fitting = option.fit.concurrency
    assert option.serving.concurrency == (batch or fitting)
    if batch is None:
        assert 0 < fitting < 32


def test_a_step_is_that_of_a_groups_share() -> None:
    """33 requests over four attention groups: nine for the busiest."""
    option = of(EIGHT, "layout: {tp: 2, dp: 4, ep: true}\nworkload: {concurrency: 33}\n").chosen
    assert option.traffic is not None
    assert option.traffic.tokens == 9


def at(engine: str, layout: Layout, **settings: object) -> tuple[Fleet, Deployment]:
    fleet = replace(short_fleet("8xH200", engine_name=engine), workload=Workload(32_768))
    fleet = replace(fleet, settings=replace(fleet.settings, **settings))  # type: ignore[arg-type]
    return fleet, Deployment(MIXTRAL, fleet, layout)


def test_no_utilisation_is_named_where_the_budget_is_given() -> None:
    fleet, found = at("vllm", Layout(8))
    assert utilization_needed(found.stages[0], fleet) is not None
    fleet, found = at("vllm", Layout(8), cache_budget_gib=5.0)
    assert utilization_needed(found.stages[0], fleet) is None


@pytest.mark.parametrize("engine", ["vllm", "sglang", "tensorrt-llm"])
def test_nor_where_the_weights_alone_exceed_the_device(engine: str) -> None:
    fleet = replace(short_fleet("1xH100", engine_name=engine))
    assert utilization_needed(Deployment(MIXTRAL, fleet, Layout()).stages[0], fleet) is None


@pytest.mark.parametrize("engine", ["vllm", "sglang", "tensorrt-llm"])
def test_more_requests_need_more_of_the_device_up_to_all_of_it(engine: str) -> None:
    fleet, found = at(engine, Layout(8))
    needed = [utilization_needed(found.stages[0], fleet, count) for count in (1, 2, 100, 10_000)]
    one, two, many, beyond = needed
    assert one is not None and two is not None and many is not None and beyond is None
    assert 0 < one < two < many <= 1


SENTENCES: dict[str, tuple[str, str | None]] = {
    # part of a sentence: (what brings it, what does not); None: it always stands there
    "(no version named: the latest known)": ("", "engine: {version: '0.19'}\n"),
    "figures for versions 0.18 to before 0.20, utilisation 0.9.": ("engine: {version: '0.19'}\n", ""),
    "Activation peak: ": ("", "engine: {cache_budget_gib: 5}\n"),
    "Cache budget per device is given: 5 GiB.": ("engine: {cache_budget_gib: 5}\n", ""),
    "Cache: bf16, blocks of 16 tokens, windows free their blocks.": ("", "engine: {hybrid_allocator: false}\n"),
    "hybrid allocator off: windows keep everything.": ("engine: {hybrid_allocator: false}\n", ""),
    "routing taken as uniform.": ("", "workload: {expert_imbalance: 1.5}\n"),
    "routing with the busiest rank at 1.5 times the mean.": ("workload: {expert_imbalance: 1.5}\n", ""),
    "the 32,768 positions that the config is made for": (
        "workload: {context: 32769}\n",
        "workload: {context: 32768}\n",
    ),
    "Stored bytes: ": ("", None),
    "FLOPs: 2 per multiply-add": ("", None),
    "Device memory: 139.8 GiB, ": ("", None),
}


@pytest.mark.parametrize("words", SENTENCES)
def test_what_an_estimate_assumes(words: str) -> None:
    brings, does_not = SENTENCES[words]
    assert sum(words in sentence for sentence in of(ONE, brings).assumptions) == 1
    if does_not is not None:
        assert not any(words in sentence for sentence in of(ONE, does_not).assumptions)


@pytest.mark.parametrize(
    ("devices", "links", "said"),
    [
        ("{type: H200-SXM, per_node: 4, nodes: 2}", "", True),
        ("{type: H200-SXM, per_node: 8}", "", False),
        ("{type: H200-SXM, per_node: 4, nodes: 2}", "links: {inside_gb_s: 400}\n", False),
    ],
)
def test_the_link_between_nodes_is_an_assumption_where_there_are_nodes(devices: str, links: str, said: bool) -> None:
    found = of(devices, f"layout: {{tp: 4}}\n{links}").assumptions
    assert ("Links between nodes: 50 GB/s per direction and device." in found) == said


def test_training_is_estimated_for_a_run() -> None:
    fleet = short_fleet("1xH200")
    found = estimate(MIXTRAL, fleet, TrainingRun(10**6, sequence=128, active=5, total=7)).training
    assert found is not None
    assert (found.tokens, found.sequence) == (10**6, 128)
    assert [(one.denominator, one.flop) for one in found.shorthands] == [
        ("active.head", 6 * 5 * 10**6),
        ("total.full", 6 * 7 * 10**6),
    ]
    assert estimate(MIXTRAL, fleet, TrainingRun(10**6)).training is not None


@pytest.mark.parametrize(
    ("device", "note"),
    [
        ("H200-SXM", " (torch; the driver shows 143771 MiB = 140.40 GiB)"),
        ("H100-SXM", ""),
    ],
)
def test_a_note_on_the_memory_is_said(device: str, note: str) -> None:
    """Of data/devices.yaml: what the catalogue notes beside a number."""
    (sentence,) = [one for one in of(f"{{type: {device}}}").assumptions if one.startswith("Device memory: ")]
    assert sentence.removesuffix("; never the marketing figure.").endswith(
        note or short_fleet(f"1x{device}").device.memory.source
    )


def test_a_model_without_layers_goes_on_no_layout() -> None:
    bare = Served(replace(MIXTRAL.architecture, pieces=()), uniform(16))
    with pytest.raises(UsageError, match="no layout of 8 devices divides"):
        estimate(bare, short_fleet("8xH200"))
