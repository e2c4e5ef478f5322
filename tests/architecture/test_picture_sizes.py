"""InternViT's pictures and patches of two different sides: transformers 5.24 builds `(448 // 14) × (224 // 14)` places
and one for the class, and a patch embedding of both sides (models/internvl/modeling_internvl.py; built on the meta
device)."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.errors import UsageError
from tests.architecture.recordings import Recording
from tests.architecture.tables import derived_tensors

TOWER = "vision_tower.embeddings"


def config(change: dict[str, Any]) -> Config:
    small = Recording.load("internvl").small
    small["vision_config"].update(change)
    return Config(small)


@pytest.mark.parametrize(
    ("change", "places", "patch"),
    [
        ({"image_size": [448, 224]}, 513, (14, 14)),
        ({"patch_size": [14, 28]}, 513, (14, 28)),
        ({"image_size": [224, 448], "patch_size": [28, 14]}, 257, (28, 14)),
        ({"image_size": 448, "patch_size": 14}, 1025, (14, 14)),
    ],
)
def test_two_sides(change: dict[str, Any], places: int, patch: tuple[int, int]) -> None:
    found = dict(derived_tensors(describe(config(change))))
    assert found[f"{TOWER}.position_embeddings"] == (1, places, 1024)
    assert found[f"{TOWER}.patch_embeddings.projection.weight"] == (1024, 3, *patch)


@pytest.mark.parametrize("change", [{"image_size": []}, {"patch_size": [0, 1]}, {"image_size": [[448]]}])
def test_no_sides(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(change))):
        describe(config(change))
