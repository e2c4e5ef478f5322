"""Every scheme in every spelling, forwards and back: the weight's shape returns, or what is open is said.

The law: with the shape that an architecture expects, every weight comes back exactly, whatever the config says. Without
it, a shape that is wrong stands apart, or has a doubt that leaves it open, or the config itself was wrong about a width
that only it can tell (`medium`), never high confidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.architecture.weights import Weight
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.packing import Storage, Unpacked, unpack
from moeaudit.ledger.packing.recipe import Recipe
from moeaudit.ledger.packing.scheme import MODULE, Scheme, Seen, Shape
from moeaudit.ledger.packing.schemes import (
    SCHEMES,
    Aqlm,
    Awq,
    Bnb4,
    Bnb8,
    Exl2,
    Exl3,
    Gptq,
    Hqq,
    Int4Bytes,
    Mlx,
    Mxfp4,
    Mxfp4Blocks,
    Nvfp4,
    PackQuantized,
    QuipSharp,
    Scaled,
)
from moeaudit.ledger.packing.schemes.bitsandbytes import four_bit
from moeaudit.ledger.packing.schemes.scaled import ASCEND, CHANNEL, TENSOR
from moeaudit.vocabulary import Component

VARIANTS: list[Scheme] = [
    *(Scaled(block=block, dtype="F8_E4M3") for block in ((128, 128), (64, 64), (1, 128), TENSOR, CHANNEL)),
    Scaled(block=(1, 32), scale_dtype="U8"), Scaled(block=(128, 128), scale_dtype="BF16"),
    Scaled(block=CHANNEL, dtype="I8"), Scaled(block=CHANNEL, dtype="I8", flat=True), Scaled(block=TENSOR, static=True),
    Scaled(block=CHANNEL, dtype="U8", scale_dtype="BF16"), Scaled(block=(1, 128), dtype="U8", scale_dtype="BF16"),
    Scaled(block=(128, 128), dtype="F8_E5M2", scale_dtype="F16"),
    *(Mxfp4(dtype=dtype, scale_dtype=scale) for dtype in ("U8", "I8") for scale in ("U8", "F8_E8M0")),
    Nvfp4(), Nvfp4(static=False), Mxfp4Blocks(), Int4Bytes(), Int4Bytes(group=-1, dtype="I8", smoothed=False), Bnb8(),
    *(Bnb4(four_bit(kind), double) for kind in ("nf4", "fp4") for double in (True, False)),
    *(Gptq(bits=bits, group=group, ordered=ordered) for bits in (2, 3, 4, 8) for group in (32, 128, -1)
      for ordered in (True, False)),
    *(Awq(bits=bits, group=group, zeros=zeros) for bits in (4, 8) for group in (32, 128, -1)
      for zeros in (True, False)),
    *(PackQuantized(bits=bits, group=group, symmetric=even, ordered=ordered, shape_dtype=dtype)
      for bits in (2, 3, 4, 8) for group in (32, 128, -1) for even in (True, False) for ordered in (True, False)
      for dtype in ("I64", "I32")),
    *(Mlx(bits=bits, group=group) for bits in (2, 3, 4, 5, 6, 8) for group in (32, 64, 128)),
    Mlx(mode="mxfp4", group=32), Mlx(mode="nvfp4", group=16), Mlx(mode="mxfp8", bits=8, group=32),
    *(Exl2(bits=bits) for bits in (2, 4, 6)), Exl3(), Exl3(halves=5, mul1=True),
    *(Aqlm(bits=bits, codebooks=books) for bits, books in ((16, 1), (8, 2), (12, 1))), Aqlm(8, 2, outputs=2),
    QuipSharp(), QuipSharp(dtype="I16", rows=1, columns=8), QuipSharp(rows=4, columns=8),
    *(Hqq(bits=bits, group=group, axis=axis) for bits in (8, 4, 3, 2, 1) for group in (64, 128) for axis in (0, 1)),
]  # fmt: skip
"""Every class, with the widths, groups and switches that its writers have."""

FLATTENED = (Bnb4, Hqq)
"""Schemes whose shapes stand in values, which are never read: without an architecture only the count comes back."""

SPELLED = [
    replace(scheme, spelling=spelling)
    for scheme in VARIANTS
    for spelling in ([scheme.spelling] if isinstance(scheme, Bnb4) else scheme.spellings)
    if (spelling == ASCEND) <= (scheme.describe().startswith("INT8") and getattr(scheme, "flat", False))
]
"""Each variant under every name (static W8A8 of msModelSlim has flat scales alone)."""

SIDE = st.integers(1, 6).map(lambda number: 128 * number)
SHAPE = st.one_of(st.tuples(SIDE, SIDE), st.tuples(st.integers(1, 5), SIDE, SIDE))
STEM = "model.layers.{}.mlp.experts.up"


def stored(scheme: Scheme, shape: Shape) -> TensorTable:
    """Three layers of one weight, as the scheme stores it."""
    return TensorTable(
        tuple(
            TensorGroup(STEM + suffix, (range(3),), slot.dtype or "BF16", slot.shape)
            for suffix, slot in scheme.stored(shape)
        )
    )


def name_of(scheme: Scheme) -> str:
    return STEM + (MODULE if scheme.suffixes["weight"].startswith(".") else "")


def hints(scheme: Scheme) -> Iterator[Scheme | None]:
    """What a config may say: the truth, nothing, or something else."""
    yield scheme
    yield None
    yield from (Gptq(bits=8, group=32), Mlx(bits=8, group=32), Mlx(bits=2, group=128), PackQuantized(bits=8, group=64))
    yield from (Awq(bits=8), Scaled(), Mxfp4(), Int4Bytes(), Hqq(bits=2, group=32, axis=0))


def read(scheme: Scheme, shape: Shape, hint: Scheme | None, expected: Shape | None) -> Unpacked:
    wanted = {name_of(scheme): expected} if expected is not None else {}
    return unpack(stored(scheme, shape), Recipe("any" if hint else "none", hint), wanted.get)


def open_parameters(unpacked: Unpacked) -> int:
    return sum(doubt.open for doubt in unpacked.doubts)


def ids(scheme: Scheme) -> str:
    return f"{scheme.describe()} {' '.join(scheme.suffixes.values())[:60]}"


@pytest.mark.parametrize("scheme", SPELLED, ids=ids)
@settings(max_examples=6, deadline=None)
@given(shape=SHAPE)
def test_an_expected_weight_comes_back_exactly(scheme: Scheme, shape: Shape) -> None:
    if not scheme.fits(shape):
        return
    for hint in hints(scheme):
        unpacked = read(scheme, shape, hint, shape)
        assert [(one.group.template, one.group.shape) for one in unpacked.logical] == [(name_of(scheme), shape)], hint
        assert unpacked.unknown == () and open_parameters(unpacked) == 0
        assert {one.confidence for one in unpacked.logical} == {"high"}


@pytest.mark.parametrize("scheme", SPELLED, ids=ids)
@settings(max_examples=6, deadline=None)
@given(shape=SHAPE)
def test_no_shape_is_wrong_and_sure(scheme: Scheme, shape: Shape) -> None:
    if not scheme.fits(shape):
        return
    for hint in hints(scheme):
        unpacked = read(scheme, shape, hint, None)
        if unpacked.unknown:
            assert open_parameters(unpacked) > 0
            continue
        [one] = unpacked.logical
        right = one.group.shape == shape or (isinstance(scheme, FLATTENED) and one.elements == 3 * prod(shape))
        if not right:
            misled = one.confidence == "medium" and hint is not None and hint != scheme
            assert open_parameters(unpacked) > 0 or misled, (hint, one)
        assert right or hint != scheme, "the config's own scheme reads it"
        assert right or one.confidence != "high"


def test_every_scheme_is_tried() -> None:
    assert {type(scheme) for scheme in VARIANTS} == set(SCHEMES)
    assert len(SPELLED) * len(list(hints(VARIANTS[0]))) > 1500


@pytest.mark.parametrize("scheme", SPELLED, ids=ids)
def test_every_byte_is_placed_once(scheme: Scheme) -> None:
    for shape, hint in product([(256, 256), (3, 256, 256)], (scheme, None)):
        if scheme.fits(shape):
            unpacked = read(scheme, shape, hint, None)
            placed = [*unpacked.logical, *unpacked.unknown, *(other.group for other in unpacked.non_parameters)]
            assert sum(one.bytes or 0 for one in placed) == stored(scheme, shape).bytes


@pytest.mark.parametrize(("mode", "group", "bits"), [("mxfp4", 32, 4), ("mxfp8", 32, 8), ("nvfp4", 16, 4)])
def test_a_floating_mode_of_mlx_is_told_by_its_shapes_alone(mode: str, group: int, bits: int) -> None:
    """mlx.core.quantize: each of these modes has one group size and one width, scales of U8, and no biases."""
    seen = {"weight": Seen("U32", (64, 256 * bits // 32)), "scale": Seen("U8", (64, 256 // group))}
    (found,) = Mlx.solutions(seen, Mlx.spellings[0], None)
    assert isinstance(found.scheme, Mlx) and found.scheme.mode == mode
    assert (found.shape, found.confidence, found.note) == ((64, 256), "high", "")


@pytest.mark.parametrize(
    ("algorithm", "weight", "scale"),
    [
        ("FP8", ("F8_E4M3", (256, 512)), ()),
        ("FP8_PER_CHANNEL_PER_TOKEN", ("F8_E4M3", (256, 512)), (256,)),
        ("FP8_PB_WO", ("F8_E4M3", (256, 512)), (2, 4)),
        ("MXFP8", ("F8_E4M3", (256, 512)), (256, 16)),
        ("W8A16", ("I8", (256, 512)), (256,)),
        ("W8A8_SQ_PER_CHANNEL", ("I8", (256, 512)), (256,)),
        ("NVFP4", ("U8", (256, 256)), (256, 32)),
        ("NVFP4_AWQ", ("U8", (256, 256)), (256, 32)),
        ("W4A16_NVFP4", ("U8", (256, 256)), (256, 32)),
        ("W4A8_NVFP4_FP8", ("U8", (256, 256)), (256, 32)),
        ("W4A8_MXFP4_FP8", ("U8", (256, 256)), (256, 16)),
        ("W4A16_AWQ", ("U8", (128, 512)), (256, 4)),
        ("INT4_AWQ", ("U8", (128, 512)), (256, 4)),
    ],
)
def test_modelopt_stores_a_matrix_of_256_by_512_so(algorithm: str, weight: tuple[str, Shape], scale: Shape) -> None:
    """By the algorithms' names: a scale for all, for a row, for 128 × 128, or for 16, 32 or 128 of a row."""
    section = {"quantization_config": {"quant_method": "modelopt", "quant_algo": algorithm}}
    described = Weight("l.proj.weight", (256, 512), Component.ATTENTION, linear=True)
    stored = {one.group.template: one.group for one in Storage.of(section).pack([described])}
    assert (stored["l.proj.weight"].dtype, stored["l.proj.weight"].shape) == weight
    assert stored["l.proj.weight_scale"].shape == scale
