"""Which layers slide, in the words of each family that states it by a pattern: number or letters, from layer 0."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families.exaone import slides


@pytest.mark.parametrize(
    ("pattern", "sliding"),
    [
        ({}, "LLLGLLLG"),
        ({"sliding_window_pattern": 4}, "LLLGLLLG"),
        ({"sliding_window_pattern": 3}, "LLGLLGLL"),
        ({"sliding_window_pattern": 2}, "LGLGLGLG"),
        ({"sliding_window_pattern": 1}, "GGGGGGGG"),
        ({"sliding_window_pattern": 0}, "GGGGGGGG"),
        ({"sliding_window_pattern": "LLLG"}, "LLLGLLLG"),
        ({"sliding_window_pattern": "LG"}, "LGLGLGLG"),
        ({"sliding_window_pattern": "GL"}, "GLGLGLGL"),
        ({"sliding_window_pattern": "L"}, "LLLLLLLL"),
        ({"sliding_window_pattern": ""}, "GGGGGGGG"),
    ],
)
def test_exaone(pattern: dict[str, Any], sliding: str) -> None:
    """LGAI-EXAONE/EXAONE-4.0 writes "LLLG"; transformers' configuration takes a number as well."""
    slide = slides(Config(pattern))
    assert "".join("L" if slide(number) else "G" for number in range(8)) == sliding
