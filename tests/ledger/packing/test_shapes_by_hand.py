"""Shapes that a format stores, and the shape behind what is seen: by hand, for sizes that divide nothing evenly."""

from __future__ import annotations

import pytest

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.ledger.packing import Storage, Unpacked, unpack
from moeaudit.ledger.packing.scheme import groups
from moeaudit.ledger.packing.schemes.int4 import PackQuantized
from moeaudit.ledger.packing.schemes.scaled import CHANNEL, TENSOR, Scaled
from tests.architecture.recordings import Recording
from tests.ledger.packing.checkpoints import SMALL, compressed, stored_weights

FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic"}


@pytest.mark.parametrize(
    ("block", "shape", "scales", "fits"),
    [
        ((128, 128), (256, 256), (2, 2), True),
        ((128, 128), (257, 255), (3, 2), True),
        ((128, 128), (128, 1), (1, 1), True),
        ((128, 128), (127, 4096), (1, 32), False),  # fewer outputs than a block: left as it is
        ((64, 128), (96, 256), (2, 2), True),
        ((128, 64), (96, 256), (1, 4), False),
        ((64, 128), (5, 96, 256), (5, 2, 2), True),
        ((128, 128), (256,), None, False),
    ],
)
def test_blocks_of_scales(block: tuple[int, int], shape: tuple[int, ...], scales: object, fits: bool) -> None:
    found = Scaled(block=block)
    assert found.fits(shape) is fits
    if scales is not None:
        assert found.scales(shape) == scales


def test_scales_of_outputs_and_of_the_whole() -> None:
    assert Scaled(block=CHANNEL).scales((96, 256)) == (96, 1)
    assert Scaled(block=CHANNEL, flat=True).scales((96, 256)) == (96,)
    assert Scaled(block=TENSOR).scales((96, 256)) == ()
    assert Scaled(block=TENSOR, single=(1,)).scales((8, 96, 256)) == (8, 1)
    assert Scaled(rows=108).scales((13568, 4096)) == (108, 32)


def test_experts_stored_as_stacks_keep_their_stacks() -> None:
    """A family whose experts are stacked, under transformers' fine-grained FP8: 128 experts of 2 × 704 rows and 2,816
    columns in blocks of 128 have (128, 11, 22) scales. Numbered gate and up of 704 rows would have 6 + 6 rows each."""
    config = {**Recording.load("diffusion_gemma").config, "quantization_config": FP8}
    stack = next(one for one in describe(Config(config)).weights if one.name.endswith("experts.gate_up_proj"))
    packed = [(tensor.group.template, tensor.group.shape) for tensor in Storage.of(config).pack([stack])]
    stem = "model.encoder.language_model.layers.{}.experts.gate_up_proj"
    assert packed == [(stem, (128, 1408, 2816)), (f"{stem}_scale_inv", (128, 11, 22))]


def test_numbered_experts_are_blocked_one_by_one() -> None:
    config = {**SMALL, "quantization_config": FP8, "moe_intermediate_size": 192}
    each = next(one for one in stored_weights(config) if one.name.endswith("gate_proj.weight"))
    assert [tensor.group.shape for tensor in Storage.of(config).pack([each])] == [(192, 256), (2, 2)]


def solved(weight: tuple[int, ...], scale: tuple[int, ...], dtype: str = "I32", group: int = 128) -> Unpacked:
    """What one packed matrix of the small model counts as."""
    section = compressed("pack-quantized", 4, "int", strategy="group", group_size=group, symmetric=True)
    stem = "model.layers.0.mlp.experts.0.down_proj"
    table = TensorTable.collapse(
        [Tensor(f"{stem}.weight_packed", dtype, weight), Tensor(f"{stem}.weight_scale", "BF16", scale)]
    )
    return unpack(table, Storage.of({**SMALL, "quantization_config": section}).recipe)


@pytest.mark.parametrize(
    ("packed", "scale", "elements", "confidence", "doubted"),
    [
        ((64, 32), (64, 2), 64 * 256, "medium", False),  # 32 words of eight values; the width is the config's word
        ((64, 16), (64, 1), 64 * 128, "medium", False),
        ((64, 25), (64, 2), 64 * 200, "low", True),  # 200 values in two groups: of 100, not of the config's 128
    ],
)
def test_words_of_eight_values_in_groups(
    packed: tuple[int, int], scale: tuple[int, int], elements: int, confidence: str, doubted: bool
) -> None:
    found = solved(packed, scale)
    (only,) = found.logical
    assert (only.elements, only.confidence, bool(found.doubts)) == (elements, confidence, doubted)


def test_groups_that_do_not_divide_are_refused_on_the_way_in() -> None:
    assert PackQuantized(group=128).fits((64, 256))
    assert not PackQuantized(group=128).fits((64, 200))
    assert PackQuantized(group=-1).fits((64, 200))
    assert not PackQuantized(group=128).fits((256,))


@pytest.mark.parametrize(("size", "many"), [(128, 2), (129, 2), (255, 2), (256, 1), (1, 256), (0, 1), (-1, 1)])
def test_groups_of_256_inputs(size: int, many: int) -> None:
    """A last group may be partly filled; 0 and −1 mean one group for all."""
    assert groups(256, size) == many
