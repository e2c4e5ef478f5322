"""Matrices that a conversion joins or takes apart, beside an index: names that are known for it, and bytes that must be
those of the whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import pytest

from moeaudit.audits.inspect import inspect
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.packing import Storage
from moeaudit.ledger.values import Count
from moeaudit.vocabulary import Basis
from tests.architecture.recordings import Recording
from tests.ledger.packing.checkpoints import stored_weights, table_of

Names = dict[str, int]
"""Tensors with their bytes."""


def stored(config: dict[str, Any]) -> Names:
    tensors = table_of(Storage.of(config).pack(stored_weights(config))).expand()
    return {one.name: prod(one.shape) * DTYPE_BITS[one.dtype] // 8 for one in tensors}


def small(model_type: str, **changes: Any) -> dict[str, Any]:
    return {**Recording.load(model_type).small, "torch_dtype": "bfloat16", **changes}


def by_index(folder: Path, config: dict[str, Any], names: Names) -> Inspection:
    index = {
        "metadata": {"total_size": sum(names.values())},
        "weight_map": dict.fromkeys(names, "model-00001-of-00001.safetensors"),
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return inspect(str(folder), offline=True)


def apart(names: Names, whole: str, *parts: str) -> Names:
    """Each module `whole` as these parts, its bytes divided among them."""
    found: Names = {}
    for name, size in names.items():
        if f".{whole}." not in name:
            found[name] = size
            continue
        each = [size // len(parts)] * (len(parts) - 1)
        for part, bytes in zip(parts, [*each, size - sum(each)], strict=True):
            found[name.replace(f".{whole}.", f".{part}.")] = bytes
    return found


def joined(names: Names, whole: str, *parts: str) -> Names:
    """These modules of one place as one."""
    found: Names = {}
    for name, size in names.items():
        part = next((part for part in parts if f".{part}." in name and ".experts." not in name), None)
        key = name if part is None else name.replace(f".{part}.", f".{whole}.")
        found[key] = found.get(key, 0) + size
    return found


CASES: dict[str, tuple[str, Callable[[Names], Names], str]] = {
    "mlx": ("deepseek_v3", lambda names: apart(names, "kv_b_proj", "embed_q", "unembed_out"), "embed_q"),
    "latents": (
        "deepseek_v3",
        lambda names: joined(names, "fused_qkv_a_proj_with_mqa", "q_a_proj", "kv_a_proj_with_mqa"),
        "fused_qkv_a_proj_with_mqa",
    ),
    "qkv": ("qwen3_moe", lambda names: joined(names, "qkv_proj", "q_proj", "k_proj", "v_proj"), "qkv_proj"),
    "gates": ("deepseek_v3", lambda names: joined(names, "gate_up_proj", "gate_proj", "up_proj"), "gate_up_proj"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_index_of_another_layout_agrees(tmp_path: Path, case: str) -> None:
    model_type, change, word = CASES[case]
    config = small(model_type)
    names = change(stored(config))
    assert any(word in name for name in names)
    found = by_index(tmp_path, config, names)
    plain = tmp_path / "plain"
    plain.mkdir()
    assert found.agreement.verdict == "agree" and "weights-relaid" in causes(found)
    total = found.denominators["total.full"]
    assert total == by_index(plain, config, stored(config)).denominators["total.full"]
    assert isinstance(total, Count) and total.basis is Basis.MATCHED


@pytest.mark.parametrize("case", CASES)
def test_a_part_alone_stands_for_nothing(tmp_path: Path, case: str) -> None:
    """A layer that lacks one of the parts, or has a part that belongs to no whole."""
    model_type, change, word = CASES[case]
    config = small(model_type)
    names = change(stored(config))
    gone = next(name for name in names if re.search(rf"layers\.0\..*\.{word}\.|layers\.0\..*{word}", name))
    found = by_index(tmp_path, config, {name: size for name, size in names.items() if name != gone})
    assert found.agreement.verdict == "disagree" and found.agreement.names_missing > 0


def test_a_stranger_beside_the_parts_is_told(tmp_path: Path) -> None:
    config = small("deepseek_v3")
    names = apart(stored(config), "kv_b_proj", "embed_q", "unembed_out")
    names["model.layers.0.self_attn.qkv_proj.weight"] = 64
    found = by_index(tmp_path, config, names)
    assert found.agreement.verdict == "disagree" and found.agreement.names_unexpected == 1


def causes(found: Inspection) -> list[str]:
    return [doubt.cause.value for doubt in found.account.doubts]
