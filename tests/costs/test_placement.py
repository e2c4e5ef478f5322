"""Stored bytes on devices: exact totals, and who holds what."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.costs.layout import Divisors, Layout, stages
from moeaudit.costs.served import Served
from moeaudit.costs.storage import uniform
from moeaudit.vocabulary import Part
from tools.calibration.models import served

MODELS = ("Mixtral-8x7B", "DeepSeek-V3", "Qwen3-30B-A3B", "gpt-oss-20b", "Nemotron-3-Nano")
LAYOUTS = st.builds(
    Layout,
    tp=st.sampled_from([1, 2, 4, 8]),
    ep=st.booleans(),
    dp=st.integers(1, 5),
    pp=st.integers(1, 7),
    redundant=st.integers(0, 40),
)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(MODELS), LAYOUTS)
def test_totals_over_devices_are_stored_bytes_plus_declared_replication(model: str, layout: Layout) -> None:
    found = served(model).stages(layout.pp)
    held = sum(stage.on_rank(layout, rank) for stage in found for rank in range(layout.ranks))
    declared = sum(
        row.replication(layout) + (row.stored if row.rule.declared else 0) for stage in found for row in stage.rows
    )
    stored = sum(
        served(model).storage.stored_bytes(weight)
        for weight in served(model).architecture.weights
        if weight.part is not Part.MTP
    )
    assert held == stored + declared


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(MODELS), LAYOUTS, st.sampled_from(["tp", "dp", "pp"]))
def test_more_devices_never_raise_the_weights_of_one(model: str, layout: Layout, axis: str) -> None:
    doubled = Layout(
        **{**{name: getattr(layout, name) for name in ("tp", "ep", "dp", "pp")}, axis: 2 * getattr(layout, axis)}
    )
    plain = Layout(layout.tp, layout.ep, layout.dp, layout.pp)
    heaviest = [max(stage.on_rank(chosen) for stage in served(model).stages(chosen.pp)) for chosen in (plain, doubled)]
    assert heaviest[1] <= heaviest[0] + len(served(model).architecture.weights)  # a byte a template, from uneven splits


@settings(deadline=None, max_examples=30)
@given(LAYOUTS)
def test_rank_0_is_among_the_fullest(layout: Layout) -> None:
    for stage in served("Qwen3-30B-A3B").stages(layout.pp):
        assert stage.on_rank(layout, 0) == max(stage.on_rank(layout, rank) for rank in range(layout.ranks))


def test_llmfit_230_memory_never_comes_from_active_parameters() -> None:
    """Mixtral 8x7B uses 12.9B parameters a token and holds 46.7B: a device holds all of them."""
    on_one = served("Mixtral-8x7B").stages(1)[0].on_rank(Layout())
    assert on_one == 46_702_792_704 * 2


def test_expert_parallelism_places_whole_experts() -> None:
    """128 experts on 3 ranks: 43, 43 and 42; redundant copies are counted."""
    experts = [row for row in served("Qwen3-30B-A3B").stages(1)[0].rows if row.rule.experts]
    one = sum(row.stored for row in experts) // 128
    layout = Layout(1, True, 3)
    assert [sum(row.on_rank(layout, rank) for row in experts) // one for rank in range(3)] == [43, 43, 42]
    assert sum(row.on_rank(Layout(1, True, 4, redundant=32), 0) for row in experts) == 40 * one


def test_without_expert_parallelism_every_expert_is_split_over_the_whole_group() -> None:
    experts = [row for row in served("Qwen3-30B-A3B").stages(1)[0].rows if row.rule.experts]
    assert sum(row.on_rank(Layout(2, False, 4)) for row in experts) == sum(row.stored for row in experts) // 8


def test_attention_is_replicated_under_data_parallel_attention() -> None:
    stage = served("DeepSeek-V3").stages(1)[0]
    assert stage.components(Layout(1, True, 8))["attention"] == stage.components(Layout())["attention"]


def test_a_tied_table_stands_on_both_ends_of_a_pipeline() -> None:
    architecture = served("Qwen3-30B-A3B").architecture
    tied = Served(type(architecture)(**{**vars_of(architecture), "tied": True}), uniform(16)).stages(2)
    assert "head: copy of the tied table" in tied[1].components(Layout(pp=2))


def vars_of(architecture: object) -> dict[str, object]:
    return {name: getattr(architecture, name) for name in architecture.__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("layers", "pp", "sizes"),
    [(61, 4, [15, 15, 16, 15]), (32, 4, [8, 8, 8, 8]), (10, 4, [2, 3, 3, 2]), (7, 2, [4, 3]), (5, 1, [5])],
)
def test_stages_follow_vllms_split(layers: int, pp: int, sizes: list[int]) -> None:
    assert [len(stage) for stage in stages(layers, pp)] == sizes


@given(st.integers(1, 200), st.integers(1, 64))
def test_stages_hold_every_layer_once(layers: int, pp: int) -> None:
    assert [layer for stage in stages(layers, pp) for layer in stage] == list(range(layers))


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        (Layout(3), "tp 3 does not divide the 128 attention heads"),
        (Layout(8, True, 64), "EP 512 (tp 8 × dp 64) is above the 256 experts"),
        (Layout(pp=62), "pp 62 is above the 61 layers"),
        (Layout(8, dcp=3), "dcp 3 must divide"),
        (Layout(8, redundant=2), "redundant experts need expert parallelism"),
    ],
)
def test_what_a_model_does_not_allow(layout: Layout, words: str) -> None:
    assert any(words in problem for problem in Divisors.of(served("DeepSeek-V3").architecture).problems(layout))
