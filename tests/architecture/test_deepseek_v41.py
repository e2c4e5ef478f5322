"""DeepSeek-V4.1-Flash against the header totals that @huggingface/hub 2.17.5 pins for its release (by stored type)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.model import Architecture
from moeaudit.errors import UsageError
from moeaudit.ledger.packing import Storage
from moeaudit.vocabulary import Part

CASE = json.loads((Path(__file__).parent / "sizes/deepseek_v41.json").read_text())
FLASH: dict[str, Any] = CASE["config"]
TEXT: dict[str, Any] = FLASH["text_config"]


def read(**text: Any) -> Architecture:
    return describe(Config({**FLASH, "text_config": TEXT | text}))


def test_every_stored_type_has_its_published_total() -> None:
    """As the release's own config stores it. The pinned totals undo the two values in a byte of the routed experts, and
    leave the scales (F8_E8M0) out; 763,205,315,794 in all."""
    sums: Counter[str] = Counter()
    for tensor in Storage.of(FLASH).pack(read().weights):
        sums[tensor.group.dtype] += tensor.elements
    sums["I8"] *= 2
    del sums["F8_E8M0"]
    assert sums == {
        "BF16": 1_976_441_856,
        "F32": 42_307_282,
        "F8_E4M3": 204_015_223_296,
        "I8": 557_171_343_360,
    }
    assert sums.total() == sum(weight.elements for weight in read().weights) == 763_205_315_794


def test_only_sources_make_entries_and_choose() -> None:
    """Four layers pool, the last of them without a gate; eight choose; four of these have keys of their own."""
    counts: Counter[str] = Counter()
    for weight in read().weights:
        for end in ("compressor.wkv.weight", "compressor.wgate.weight", "indexer.wq_b.weight", "indexer.wk.weight"):
            counts[end] += weight.tensors * weight.name.endswith(end)
    assert counts == {
        "compressor.wkv.weight": 4,
        "compressor.wgate.weight": 3,
        "indexer.wq_b.weight": 8,
        "indexer.wk.weight": 4,
    }


def test_the_text_half_alone_has_no_tower_and_no_bias_for_pictures() -> None:
    model = describe(Config(TEXT))
    assert {weight.part for weight in model.weights} == {Part.LANGUAGE, Part.MTP}
    assert not [weight for weight in model.weights if weight.name.endswith("bias_vl")]


@pytest.mark.parametrize(
    "change",
    [
        {"kv_source_layer_ids": [8]},
        {"index_source_layer_ids": [20]},
        {"kv_source_layer_ids": [0, 2]},
        {"engram_num_embeddings": [384006168]},
        {"engram_layer_ids": [1, 40]},
        {"dspark_target_layer_ids": []},
    ],
)
def test_lists_that_contradict_each_other_are_an_error_that_names_one(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(change))):
        read(**change)
