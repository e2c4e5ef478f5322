"""Encoders of pictures: experts that grow layer by layer (dots), patches folded in steps (Inkling)."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.architecture.encoders.inkling import plan_scales, rising
from tests.architecture.published import SMALL, described


def test_dots_vision_layers_hold_more_and_more_experts() -> None:
    mla = {
        "kv_lora_rank": 8,
        "q_lora_rank": 8,
        "qk_rope_head_dim": 4,
        "qk_nope_head_dim": 4,
        "v_head_dim": 8,
        "n_routed_experts": 4,
        "intermediate_size": 48,
    }
    vision = {
        "hidden_size": 32,
        "num_attention_heads": 4,
        "num_hidden_layers": 3,
        "pyramid_num_routed": [-1, 2, 4],
        "adapter_in_dim": 32,
    }
    architecture = described("dots3_note", {"text_config": {**SMALL, **mla}, "vision_config": vision})
    experts = {
        name.split(".mlp.")[0] + name.split("experts")[1].split(".fc1")[0]
        for weight in architecture.weights
        if "vision_encoder.blocks" in weight.name and "experts.{}.fc1" in weight.name
        for name in weight.names()
    }
    assert experts == {
        f"vision_encoder.blocks.{layer}.{expert}" for layer, count in ((1, 2), (2, 4)) for expert in range(count)
    }


def test_inkling_folds_patches_in_even_steps() -> None:
    """A patch of 40 × 40 pixels and two frames: 5, 10, 20, 40 pixels a side, then both frames."""
    scales = plan_scales(2, 40, 24, 3)
    assert scales[0] == (1, 1, 3) and scales[-1] == (2, 40, 40 * 40 * 3 * 2 * 64)
    assert list(dict.fromkeys(size for _, size, _ in scales)) == [1, 5, 10, 20, 40]


@given(st.lists(st.lists(st.integers(0, 20), min_size=7, max_size=7), min_size=1, max_size=7))
def test_rising_places_are_the_best_of_all(rows: list[list[int]]) -> None:
    """As trying all of them finds it, the first of equals."""
    every = combinations(range(7), len(rows))
    best = min(every, key=lambda pick: sum(row[place] for row, place in zip(rows, pick, strict=True)))
    assert rising(rows) == list(best)


@pytest.mark.parametrize("layers", [20, 40, 60])
def test_many_scales_of_few_layers_take_no_time(layers: int) -> None:
    """Two sides of 2^39: 79 scales, of which 21, 41 or 61 may be chosen in 10^18 ways and more."""
    scales = plan_scales(2**39, 2**39, layers, 3)
    assert len(scales) == layers + 1 and scales == sorted(scales)
    assert (scales[0][:2], scales[-1][:2]) == ((1, 1), (2**39, 2**39))
