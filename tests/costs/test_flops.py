"""Operations of a forward pass, held against what torch counts on the same small models."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families.registry import describe
from moeaudit.architecture.model import Architecture
from moeaudit.costs.flops import forward, prompt
from moeaudit.vocabulary import Component

RECORDED = json.loads((Path(__file__).parent / "recorded_flops.json").read_text())
"""Written by tools/record/flops.py: torch's FlopCounterMode over transformers' models, one sequence per context."""

CASES = [(model, int(context)) for model, entry in RECORDED["models"].items() for context in entry["flops"]]


def small(model: str) -> Architecture:
    return describe(Config(RECORDED["models"][model]["config"]))


@pytest.mark.parametrize(("model", "context"), CASES)
def test_matrix_products_are_what_torch_counts(model: str, context: int) -> None:
    counted: dict[str, int] = RECORDED["models"][model]["flops"][str(context)]
    expected = counted["linear"] + counted.get("experts", 0) // EVERY_EXPERT.get(model, 1)
    assert forward(small(model), context, decode=False).matmuls * context == pytest.approx(expected, rel=1e-3)


EVERY_EXPERT: dict[str, Any] = {"llama4_text": 4}
"""Reference code that multiplies every token with all experts and zeroes what was not selected: 16 where 4 are
selected."""

PART_COUNTED = {
    "qwen3_next": Fraction(9, 11),
    "kimi_linear": Fraction(9, 11),
    "jamba": Fraction(32, 146),
}
"""Of a mixer's operations, the share that the reference runs as products, which is all that torch counts.

The delta rule's triangular system is solved element by element there: two of the five products inside a chunk are
missing, 4 · 64 · 128 of 6 · 128² + 10 · 64 · 128 operations. Mamba's scan is element by element but for the read-out:
2 · 16 of the 9 · 16 + 2 operations per channel.
"""

PADDED = {"granitemoehybrid"}
"""The reference pads each sequence to whole chunks of 256 and multiplies all of them: nothing to compare at 64
tokens."""


@pytest.mark.parametrize(("model", "context"), [case for case in CASES if case[0] not in PADDED])
def test_scores_values_and_scans_are_what_torch_counts(model: str, context: int) -> None:
    """torch multiplies the whole square, as every token here is asked to see all of the context."""
    mixing = dict(forward(small(model), context, decode=False).mixing)
    mixer = mixing.pop(Component.MIXER, 0) * PART_COUNTED.get(model, Fraction(1))
    counted = RECORDED["models"][model]["flops"][str(context)]["positions"]
    assert (sum(mixing.values()) + mixer) * context == pytest.approx(counted, rel=1e-3)


def test_at_least_fifteen_families_at_two_contexts() -> None:
    assert len(RECORDED["models"]) >= 15
    assert {len(entry["flops"]) for entry in RECORDED["models"].values()} == {2}


def test_a_prompt_is_the_sum_over_its_tokens() -> None:
    model = small("gpt_oss")
    assert prompt(model, 300) == sum(forward(model, context, decode=False).total for context in range(1, 301))


def test_windows_bend_the_sum() -> None:
    """gpt-oss: half of the layers see 128 tokens at most."""
    from tools.calibration.models import served

    model = served("gpt-oss-20b").architecture
    assert prompt(model, 500) == sum(forward(model, context, decode=False).total for context in range(1, 501))


def test_llmfit_474_speed_never_comes_from_total_parameters() -> None:
    """Mixtral 8x7B multiplies 12.75B of its 46.7B parameters per token: 2 operations each, attention on top."""
    from tools.calibration.models import served

    flops = forward(served("Mixtral-8x7B").architecture, 1, decode=True)
    assert flops.matmuls == 2 * (12_879_925_248 - 131_072_000 - 65 * 4096)


def test_decoding_with_absorbed_latents_costs_more_per_position() -> None:
    """DeepSeek-V3: 2 · 128 · (2 · 512 + 64) per layer and token seen in decode, 2 · 128 · (192 + 128) in prefill."""
    from tools.calibration.models import served

    model = served("DeepSeek-V3").architecture
    assert forward(model, 1000, decode=True).positions == 61 * 2 * 128 * 1088 * 1000
    assert forward(model, 1000, decode=False).positions == 61 * 2 * 128 * 320 * 1000
