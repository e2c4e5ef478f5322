"""Real header tables of published releases: every parameter counted, with the packing undone, and nothing odd."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.ledger.doubts import Cause
from moeaudit.vocabulary import Kind
from tests.conftest import corpus_cases
from tests.ledger.packing.checkpoints import expecting, read_header_table, stored_weights, undone

RELEASES = [path.parent.name for path in corpus_cases("headers/*/headers.tsv")]


def read(folder: Path, name: str = "config.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text())
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_total_stored(corpus: Path, release: str) -> None:
    """`total_stored` of the public listings, with and without the config's word on how weights are stored."""
    folder = corpus / "headers" / release
    table, meta = read_header_table(folder / "headers.tsv"), read(folder, "meta.json")
    assert table.tensors == meta["tensors"]
    unpacked = undone(table, read(folder))
    assert unpacked.parameters == meta["total_stored"]
    assert unpacked.doubts == () and unpacked.unknown == ()


def test_packed_experts_need_no_config(corpus: Path) -> None:
    """DeepSeek-V4-Pro's config as its listing prints it lacks `expert_dtype`: a note, and the same count."""
    folder = corpus / "headers" / "deepseek-ai--DeepSeek-V4-Pro"
    unpacked = undone(read_header_table(folder / "headers.tsv"), read(folder, "config.as-released.json"))
    assert unpacked.parameters == read(folder, "meta.json")["total_stored"]
    assert {(doubt.cause, doubt.open, doubt.derived) for doubt in unpacked.doubts} == {
        (Cause.PACKING_MISDECLARED, 0, "MXFP4, groups of 32")
    }


def test_static_int8_of_an_ascend_release(corpus: Path) -> None:
    """GLM-5.1 W8A8: every I8 matrix is its weight, and all that stands beside it scales it."""
    table = read_header_table(corpus / "headers" / "Eco-Tech--GLM-5.1-w8a8" / "headers.tsv")
    unpacked = undone(table)
    matrices = [group for group in table.groups if group.dtype == "I8"]
    assert {one.weight for one in unpacked.logical if one.title != "plain"} == {one.canonical() for one in matrices}
    assert all(one.group.shape == one.weight.shape for one in unpacked.logical)
    assert [other.group.template for other in unpacked.non_parameters if other.kind is Kind.BUFFER] == ["rot.weight"]


@pytest.mark.parametrize(("grid", "rows"), [([108, 32], 13568), ([116, 32], 14848)])
def test_fused_slices_are_blocked_one_by_one(grid: list[int], rows: int) -> None:
    """MiMo-V2.5's qkv_proj: 13,568 rows are 106 blocks, and four slices of 3072 + 192 + 128 rows are 4 × 27."""
    table = TensorTable.collapse(
        [
            Tensor("a.qkv_proj.weight", "F8_E4M3", (rows, 4096)),
            Tensor("a.qkv_proj.weight_scale_inv", "F32", tuple(grid)),
        ]
    )
    unpacked = undone(table, {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}})
    assert unpacked.parameters == rows * 4096 and unpacked.doubts == ()


def case(corpus: Path, name: str) -> tuple[TensorTable, dict[str, Any], dict[str, Any]]:
    folder = corpus.parent / "cases" / name
    if not folder.exists():
        pytest.skip(f"the case {name} is not beside the corpus")
    files = read(folder, "tensors.json")["files"].values()
    tensors = [Tensor(key, dtype, tuple(shape)) for file in files for key, (dtype, shape) in file.items()]
    return TensorTable.collapse(tensors), read(folder), read(folder, "case.json")["want"]


@pytest.mark.parametrize("name", ["exl3-headers", "nvfp4-kv-scales", "mlx-minimax-m2"])
def test_cases(corpus: Path, name: str) -> None:
    table, config, want = case(corpus, name)
    unpacked = undone(table, config)
    assert unpacked.parameters == want["total_full"]
    assert unpacked.unknown == () and unpacked.doubts == ()


def test_cache_scales_are_scales_at_every_depth(corpus: Path) -> None:
    table, config, _ = case(corpus, "nvfp4-kv-scales")
    expected = expecting(stored_weights(config, optional=True))
    for known in (expected, None):
        for depth in (table, table.names_only()):
            unpacked = undone(depth, config, expected=known)
            scales = {one.group.template for one in unpacked.non_parameters if one.kind is Kind.SCALE}
            assert {"model.layers.{}.self_attn.k_proj.k_scale", "model.layers.{}.self_attn.v_proj.v_scale"} <= scales


def test_bits_are_read_off_the_shapes(corpus: Path) -> None:
    """(…, 192) words over 3,072 columns are 2 bits, whatever the config says; the shape expected is what tells."""
    table, config, want = case(corpus, "mlx-bits-misdeclared")
    shapes = {"gate_proj": (32, 1536, 3072), "up_proj": (32, 1536, 3072), "down_proj": (32, 3072, 1536)}
    stacks = {f"model.layers.{{}}.block_sparse_moe.switch_mlp.{word}.weight": shape for word, shape in shapes.items()}
    unpacked = undone(table, config, expected=stacks.get)
    assert unpacked.parameters == want["total_full"]
    assert {(doubt.cause, doubt.derived, doubt.claimed, doubt.open) for doubt in unpacked.doubts} == {
        (Cause.PACKING_MISDECLARED, "2 bits, groups of 128", "8 bits, groups of 32", 0)
    }
