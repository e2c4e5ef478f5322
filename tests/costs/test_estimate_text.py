"""The lines of an estimate in a terminal: units, bars, tables, and which sentence stands when."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed
from moeaudit.costs.estimate import Estimate, TrainingRun, estimate
from moeaudit.costs.fleet import Fleet, Prices, Workload, short_fleet
from moeaudit.costs.layout import Layout
from moeaudit.costs.serving import Span
from moeaudit.reports.estimate import flop, gib, kept, power, render, span, stacked, table
from tools.calibration.models import served

FULL = TokenCache(CacheKind.HEADS, 1024, heads=8)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (999_999, "999999 FLOP"), (10**6, "1.00 MFLOP"), (10**9 - 10**7, "990.00 MFLOP"), (10**9, "1.00 GFLOP"),
        (74_123_000_000, "74.12 GFLOP"), (10**12, "1.00 TFLOP"), (2 * 10**15, "2000.00 TFLOP"),
    ],
)  # fmt: skip
def test_operations_with_their_unit(count: int, words: str) -> None:
    assert flop(count) == words


def test_other_figures() -> None:
    assert (power(3.3e24), power(1e5), gib(3 * 2**29)) == ("3.3e24", "1.0e05", "1.50 GiB")
    assert span(Span(1, 2000.25, 3), "s", 1) == "1.0 s · 2,000.2 s · 3.0 s"
    assert span(Span(1, 2, 3), "", 0) == "1 · 2 · 3"


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (FULL, "1,024 elements × 8 heads per token (heads)"),
        (replace(FULL, heads=1), "1,024 elements per token (heads)"),
        (replace(FULL, window=4096), "1,024 elements × 8 heads per token (heads), the last 4,096 tokens only"),
        (replace(FULL, stride=4), "1,024 elements × 8 heads per token (heads), one entry per 4 tokens"),
        (TokenCache(CacheKind.LATENT, 576), "576 elements per token (latent)"),
        (SequenceState(recurrent=1024, convolution=3), "1,024 recurrent and 3 convolution elements per request"),
    ],
)
def test_what_a_layer_keeps(need: CacheNeed, words: str) -> None:
    assert kept(need) == words


@pytest.mark.parametrize(
    ("sizes", "bar"),
    [
        ([10, 0, 0, 0, 0, 0], "|##########|"),
        ([5, 5, 0, 0, 0, 0], "|#####%%%%%|"),
        ([1, 1, 1, 1, 1, 1], "|#%+=:.    |"),
        ([0, 0, 0, 0, 0, 0], "|          |"),
        ([20, 5, 0, 0, 0, 0], "|##########|"),  # more than there is
        ([3, 0, 0, 0, 4, 3], "|###::::...|"),
    ],
)
def test_a_bar_of_ten(sizes: list[int], bar: str) -> None:
    assert stacked(sizes, 10, 10) == bar


def test_a_first_cell_that_is_too_long_has_a_line_of_its_own() -> None:
    out = StringIO()
    table([("abcd", "1"), ("abcde", "22")], (5, 4), Console(file=out, width=80))
    assert out.getvalue() == "  abcd    1\n  abcde\n         22\n"


def shown(found: Estimate, *, explain: bool = False) -> str:
    out = StringIO()
    render(found, Console(file=out, width=400), explain=explain)
    return out.getvalue()


def of(gpus: str, layout: Layout | None = None, **work: int) -> Fleet:
    return replace(short_fleet(gpus), layout=layout, workload=Workload(**work))


def said(fleet: Fleet, model: str = "Mixtral-8x7B", run: TrainingRun | None = None, *, explain: bool = False) -> str:
    return shown(estimate(served(model), fleet, run), explain=explain)


CASES: dict[str, tuple[Fleet, list[str], list[str]]] = {
    "one node, searched": (
        of("8xH200"),
        ["on 8 × H200-SXM · vLLM", "Layouts: ", "most requests at once", "fits: a request of 8,192 tokens",
         "smallest fleet of this device: 1 (TP 1)", "boots with this from utilisation"],
        [" nodes", "does not fit: ", "experts in host memory", "Training compute", "per million", "|#", "budget:"],
    ),
    "two nodes": (of("2x8xH200", Layout(8)), ["on 16 × H200-SXM in 2 nodes"], []),
    "a layout": (
        of("8xH200", Layout(8)), ["\nLayout\n", "a device sends "],
        ["Layouts: ", "most requests", "smallest fleet", "dispatches"],
    ),
    "experts": (of("8xH200", Layout(1, True, 8)), ["dispatches", "experts of a layer, tokens choosing alike"], []),
    "one request": (of("8xH200", concurrency=1), ["fits: 1 request of 8,192", "1 request at once, 1,000"], []),
    "some requests": (of("8xH200", concurrency=5), ["fits: 5 requests of 8,192", "5 requests at once, 1,000"], []),
    "too small": (
        of("1xH100"),
        ["does not fit: a request of 8,192 tokens; ", " GiB short on every device; weights: they alone exceed",
         "One H100-SXM with experts in host memory", "smallest fleet of this device: 2"],
        ["\n  fits: ", "most requests", "host memory is too small"],
    ),
    "host memory too small": (
        replace(of("1xH100"), host_memory_gib=1.0), ["host memory is too small for them"], []),
    "no fleet": (of("1xH200", concurrency=10**8), ["no fleet of up to 512 of this device"], ["smallest fleet"]),
    "prices": (
        replace(of("8xH200"), prices=Prices(2, "EUR")), ["EUR per million input tokens", "EUR per million output"], []),
    "a given budget": (
        replace(of("1xH200"), settings=replace(of("1xH200").settings, cache_budget_gib=5.0)),
        ["cache budget 5.00 GiB (from 5.00 GiB to 5.00 GiB)"], ["boots "],
    ),
    "no bandwidth": (of("4xH100-NVL"), ["not estimated: no bandwidth for H100-NVL"], ["time to first token"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_which_sentence_stands_when(case: str) -> None:
    fleet, there, absent = CASES[case]
    text = said(fleet)
    assert [words for words in there if words not in text] == []
    assert [words for words in absent if words in text] == []


@pytest.mark.parametrize(
    ("engine", "rule"),
    [
        ("vllm", "budget: utilisation × memory − weights − activations"),
        ("sglang", "budget: memory − weights − outside torch − (1 − utilisation) × memory"),
        ("tensorrt-llm", "budget: utilisation × (memory − weights"),
    ],
)
def test_with_an_explanation_the_sums_stand_there(engine: str, rule: str) -> None:
    fleet = replace(short_fleet("8xH200", engine_name=engine), layout=Layout(8))
    text = said(fleet, explain=True)
    assert rule in text and "32 layers keep 256 elements × 8 heads per token (heads)" in text and "  |#" in text
    assert "  # weights " in text and rule not in said(fleet)


def test_hybrids_log_another_size_for_another_length() -> None:
    words = "another length logs another size"
    assert words in said(of("8xH200"), "Qwen3.5-27B-FP8") and words not in said(of("8xH200"))


def test_training_is_told_of_a_run() -> None:
    text = said(of("8xH200"), run=TrainingRun(10**12, 4096, 12_748_853_248, None))
    assert "Training compute for 1.00T tokens, sequences of 4,096" in text
    assert "7.6e22 by the shorthand 6 · active.head · D" in text and "total.full · D" not in text
    assert "below 1e25, systemic risk (presumption)" in text
