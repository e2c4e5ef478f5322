"""What a tensor beside a weight is, by its shape, name and type: a scale of it, not understood, or one by itself."""

from __future__ import annotations

import pytest

from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.packing.beside import SMALLEST_BLOCK, blocks, is_scale
from moeaudit.ledger.packing.scheme import Shape
from moeaudit.vocabulary import Kind
from tests.ledger.packing.checkpoints import undone

MATRIX, STACK, ROW = (64, 128), (4, 64, 128), (64,)


@pytest.mark.parametrize(
    ("shape", "weight", "plain", "grids"),
    [
        ((), MATRIX, True, True), ((1,), MATRIX, True, True), ((1, 1), MATRIX, True, True), ((1,), ROW, True, True),
        ((64,), MATRIX, True, True), ((64, 1), MATRIX, True, True), ((1, 64), MATRIX, True, True),
        ((128,), MATRIX, True, True), ((1, 128), MATRIX, True, True), ((63,), MATRIX, False, False),
        ((2, 4), MATRIX, False, True), ((4, 2), MATRIX, False, True), ((64, 4), MATRIX, False, True),
        ((1, 2), MATRIX, False, True), ((2, 1), MATRIX, False, True), ((64, 128), MATRIX, False, False),
        ((2, 4, 1), MATRIX, False, False), ((64,), ROW, True, True), ((63,), ROW, False, False),
        ((4, 64), STACK, True, True), ((4, 1, 1), STACK, True, True), ((4,), STACK, True, True),
        ((64,), STACK, True, True), ((4, 2, 4), STACK, False, True), ((2, 4), STACK, False, True),
        ((3, 64), STACK, False, False), ((4, 63), STACK, False, False),
    ],
)  # fmt: skip
def test_shapes_that_scale(shape: Shape, weight: Shape, plain: bool, grids: bool) -> None:
    """One number, one for each output or input; in a format of blocks one for each block; of a stack alike or apart."""
    assert is_scale(shape, weight, grids=False) is plain
    assert is_scale(shape, weight, grids=True) is grids


@pytest.mark.parametrize(
    ("size", "count", "fits"),
    [
        (128, 1, True), (128, 2, True), (128, 128 // SMALLEST_BLOCK, True), (128, 256 // SMALLEST_BLOCK, False),
        (128, 3, False), (96, 3, True), (576, 5, True), (576, 4, False), (576, 9, True), (129, 2, True), (129, 3, True),
        (255, 2, True), (256, 2, True), (257, 2, True), (129, 4, False), (128, 0, False), (0, 1, False),
    ],
)  # fmt: skip
def test_an_axis_in_equal_blocks(size: int, count: int, fits: bool) -> None:
    """Of a power of two; the last may be partly filled, as DeepSeek-V3's 576 latents in 5 blocks of 128."""
    assert blocks(size, count) is fits
    powers = [2**power for power in range(20) if 2**power >= SMALLEST_BLOCK]
    assert fits is (size > 0 and any(-(-size // power) == count for power in powers))


@pytest.mark.parametrize(
    ("weight", "name", "shape", "dtype", "kind"),
    [
        (ROW, "norm.weight_scale", (3,), "F32", "scale"),  # of a row whatever is smaller is
        (ROW, "norm.weight_scale", (64,), "F32", "scale"),
        (ROW, "norm.weight_scale", (65,), "F32", "apart"),
        (MATRIX, "norm.weight_scale", (1,), "F32", "scale"),
        (MATRIX, "norm.weight_scale", (64, 1), "F32", "scale"),
        (MATRIX, "norm.weight_scale", (3, 5, 7), "F32", "apart"),
        (MATRIX, "norm.weight_scale", (64, 128), "F32", "apart"),
        (MATRIX, "norm.weight_scale", None, "F32", "scale"),
        (MATRIX, "norm.inv_freq", (64,), "F32", "buffer"),
    ],
)
def test_what_stands_beside_a_plain_weight(
    weight: Shape, name: str, shape: Shape | None, dtype: str, kind: str
) -> None:
    groups = (TensorGroup("norm.weight", (), "BF16", weight), TensorGroup(name, (), dtype, shape))
    unpacked = undone(TensorTable(groups), expected={"norm.weight": weight}.get)
    found = {
        "scale": [one.group.template for one in unpacked.non_parameters if one.kind is Kind.SCALE],
        "buffer": [one.group.template for one in unpacked.non_parameters if one.kind is Kind.BUFFER],
        "apart": [name] if any(one.cause is Cause.PACKING_UNREADABLE for one in unpacked.doubts) else [],
    }
    assert {what for what, names in found.items() if name in names} == {kind}, (found, unpacked.doubts)
