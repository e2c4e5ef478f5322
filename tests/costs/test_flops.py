"""Operations of a forward pass, held against what torch counts on the same small models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families.registry import describe
from moeaudit.architecture.model import Architecture
from moeaudit.costs.flops import forward, prompt

RECORDED = json.loads((Path(__file__).parent / "recorded_flops.json").read_text())
"""Written by tools/record_flops.py: torch's FlopCounterMode over transformers' models, one sequence per context."""

CASES = [(model, int(context)) for model, entry in RECORDED["models"].items() for context in entry["flops"]]


def small(model: str) -> Architecture:
    return describe(Config(RECORDED["models"][model]["config"]))


@pytest.mark.parametrize(("model", "context"), CASES)
def test_matrix_products_are_what_torch_counts(model: str, context: int) -> None:
    counted: dict[str, int] = RECORDED["models"][model]["flops"][str(context)]
    expected = counted["linear"] + counted.get("experts", 0) // EVERY_EXPERT.get(model, 1)
    assert forward(small(model), context, decode=False).matmuls * context == pytest.approx(expected, rel=1e-3)


EVERY_EXPERT: dict[str, Any] = {"llama4_text": 4}
"""Reference code that multiplies every token with all experts and zeroes what was not selected: 16 where 4 are selected."""
