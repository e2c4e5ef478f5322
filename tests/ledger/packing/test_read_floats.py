"""What the tensors of floats and bytes with scales can stand for: every reading with its shape and how sure it is.

By hand from the formats' arithmetic; the modules' docstrings cite the code that writes them.
"""

from __future__ import annotations

import pytest

from moeaudit.ledger.packing.scheme import Scheme, Seen, Shape
from moeaudit.ledger.packing.schemes import (
    Bnb4,
    Bnb8,
    Mxfp4,
    Mxfp4Blocks,
    Nvfp4,
    Scaled,
)
from moeaudit.ledger.packing.schemes.scaled import CHANNEL, TENSOR, same
from tests.ledger.packing.readings import Reading, read, seen


@pytest.mark.parametrize(
    ("scheme", "tensors", "found"),
    [
        (Mxfp4, seen(weight=("U8", (7, 48)), scale=("U8", (7, 3))), [("MXFP4, groups of 32", (7, 96), "high")]),
        (Mxfp4, seen(weight=("I8", (7, 48)), scale=("F8_E8M0", (7, 3))), [("MXFP4, groups of 32", (7, 96), "high")]),
        (Mxfp4, seen(weight=("U8", (7, 48)), scale=("F8_E4M3", (7, 3))), []),
        (Mxfp4, seen(weight=("U8", (7, 48)), scale=("U8", (7, 6))), []),
        (Mxfp4, seen(weight=("U8", (48,)), scale=("U8", (3,))), []),
        (Mxfp4, seen(weight=("U8", (7, 48))), []),
        (Nvfp4, seen(weight=("U8", (7, 48)), scale=("F8_E4M3", (7, 6))), [("NVFP4, groups of 16", (7, 96), "high")]),
        (Nvfp4, seen(weight=("U8", (7, 48)), scale=("U8", (7, 6))), []),
        (Nvfp4, seen(weight=("U8", (7, 48)), scale=("F8_E4M3", (7, 3))), []),
    ],
)
def test_two_floats_in_a_byte(scheme: type[Scheme], tensors: dict[str, Seen], found: list[Reading]) -> None:
    assert read(scheme, tensors) == found


def test_two_floats_in_a_byte_without_scales() -> None:
    """By the config, or where the tensor's own name says that it is packed."""
    tensors = seen(weight=("U8", (7, 48)))
    (found,) = Mxfp4.solutions(tensors, Mxfp4.spellings[0], Mxfp4())
    assert (found.shape, found.confidence) == ((7, 96), "medium")
    assert found.note == "4-bit by the config; no scale is stored beside it"
    packed = next(one for one in Mxfp4.spellings if dict(one)["weight"] == ".weight_packed")
    (found,) = Mxfp4.solutions(tensors, packed, None)
    assert (found.shape, found.confidence) == ((7, 96), "low")
    assert found.note == "4-bit by the name of the tensor; no scale is stored beside it"
    stacked = next(one for one in Mxfp4.spellings if dict(one)["weight"] == "")
    assert read(Mxfp4, tensors, None, stacked) == read(Mxfp4, tensors, Nvfp4(), stacked) == []


def test_two_floats_in_a_byte_keep_what_they_saw() -> None:
    spelled = Mxfp4.spellings[0]
    (found,) = Mxfp4.solutions(seen(weight=("I8", (7, 48)), scale=("U8", (7, 3))), spelled, None)
    assert found.scheme == Mxfp4(spelled, "I8", "U8")
    (found,) = Mxfp4.solutions(seen(weight=("I8", (7, 48))), spelled, Mxfp4())
    assert found.scheme == Mxfp4(spelled, "I8", "F8_E8M0")
    tensors = seen(weight=("U8", (7, 48)), scale=("F8_E4M3", (7, 6)))
    (dynamic,) = Nvfp4.solutions(tensors, Nvfp4.spellings[0], None)
    (static,) = Nvfp4.solutions({**tensors, "input_scale": Seen("F32", ())}, Nvfp4.spellings[0], None)
    assert dynamic.scheme == Nvfp4(Nvfp4.spellings[0], static=False)
    assert static.scheme == Nvfp4(Nvfp4.spellings[0])


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ((70, 3, 16), [("MXFP4, groups of 32", (96, 70), "high")]),
        ((5, 70, 3, 16), [("MXFP4, groups of 32", (5, 96, 70), "high")]),
        ((5, 70, 3, 8), []),
        ((3, 16), []),
    ],
)
def test_blocks_of_gpt_oss(shape: Shape, found: list[Reading]) -> None:
    assert read(Mxfp4Blocks, seen(weight=("U8", shape))) == found


@pytest.mark.parametrize(
    ("weight", "scale", "found"),
    [
        ((257, 130), (3, 2), (128, 128)),
        ((257, 130), (257, 5), (1, 32)),
        ((257, 130), (257, 2), (1, 128)),
        ((257, 130), (5, 3), (64, 64)),
        ((257, 130), (9, 5), (32, 32)),
        ((257, 130), (2, 1), (256, 256)),
        ((257, 130), (257, 3), (1, 64)),
        ((257, 130), (257, 9), (1, 16)),
        ((257, 130), (257, 1), CHANNEL),
        ((257, 130), (257,), CHANNEL),
        ((257, 130), (), TENSOR),
        ((257, 130), (1, 1), TENSOR),
        ((1, 130), (), TENSOR),
        ((1, 130), (1,), TENSOR),
        ((4, 257, 130), (4,), TENSOR),
        ((4, 257, 130), (4, 1, 1), TENSOR),
        ((4, 1, 130), (4,), TENSOR),
        ((4, 257, 130), (4, 3, 2), (128, 128)),
    ],
)
def test_the_blocks_that_scales_have(weight: Shape, scale: Shape, found: tuple[int, int]) -> None:
    (one,) = Scaled.solutions(seen(weight=("F8_E4M3", weight), scale=("F32", scale)), Scaled.spellings[0], None)
    assert isinstance(one.scheme, Scaled) and one.scheme.block == found
    assert (one.shape, one.confidence) == (weight, "high")
    assert one.scheme.flat is (found == CHANNEL and len(scale) == 1)


def test_bytes_without_scales_or_with_strange_ones() -> None:
    assert read(Scaled, seen(weight=("F8_E4M3", (6, 10)))) == [("FP8 E4M3, 128×128 blocks", (6, 10), "high")]
    assert read(Scaled, seen(weight=("I8", (6, 10)))) == []
    assert read(Scaled, seen(weight=("I8", (6, 10))), Scaled()) == []  # the config's are FP8
    (found,) = Scaled.solutions(seen(weight=("I8", (6, 10))), Scaled.spellings[0], Scaled(dtype="I8"))
    assert (found.confidence, found.note) == ("medium", "8-bit by the config; no scale is stored beside it")
    # U8 may be two values
    assert read(Scaled, seen(weight=("U8", (6, 10)), scale=("F32", (6, 1))))[0][2] == "low"
    # scales that are of no block: FP8 is a byte all the same, an integer is not read
    assert read(Scaled, seen(weight=("F8_E4M3", (6, 10)), scale=("F32", (5, 7)))) == [
        ("FP8 E4M3, 128×128 blocks", (6, 10), "high")
    ]
    assert read(Scaled, seen(weight=("I8", (6, 10)), scale=("F32", (5, 7)))) == []
    assert read(Scaled, seen(weight=("I8", (6, 32)), scale=("F32", (6, 2)))) == []  # 16 inputs: two 4-bit values
    assert read(Scaled, seen(weight=("F8_E4M3", (10,)), scale=("F32", ()))) == []


def test_what_the_config_says_of_blocks_comes_before_the_usual_ones() -> None:
    """Three scales for 257 outputs: of blocks of 128, or of 86 to 128; the config's 100 fits as well."""
    tensors = seen(weight=("F8_E4M3", (257, 130)), scale=("F32", (3, 2)))
    assert read(Scaled, tensors, Scaled(block=(100, 100)))[0][0] == "FP8 E4M3, 100×100 blocks"
    assert read(Scaled, tensors, Scaled(block=(50, 50)))[0][0] == "FP8 E4M3, 128×128 blocks"
    exponents = seen(weight=("F8_E4M3", (6, 32)), scale=("U8", (6, 1)))
    assert read(Scaled, exponents, Scaled(block=(1, 64)))[0][0] == "FP8 E4M3, one scale per output"
    exponents = seen(weight=("F8_E4M3", (6, 64)), scale=("U8", (6, 2)))
    assert read(Scaled, exponents, Scaled(block=(1, 40)))[0][0] == "MXFP8, groups of 32"
    exponents["scale"] = Seen("F32", (6, 2))
    assert read(Scaled, exponents, Scaled(block=(1, 40)))[0][0] == "FP8 E4M3, 1×40 blocks"


def test_scaled_keeps_what_it_saw() -> None:
    tensors = seen(weight=("F8_E5M2", (256, 128)), scale=("BF16", (2, 1)))
    spelled = Scaled.spellings[0]
    kept = Scaled(spelled, dtype="F8_E5M2", scale_dtype="BF16")
    assert next(Scaled.solutions(tensors, spelled, None)).scheme == kept
    for role in ("input_scale", "input"):
        (found,) = Scaled.solutions({**tensors, role: Seen("F32", ())}, spelled, None)
        assert isinstance(found.scheme, Scaled) and found.scheme.static
    (found,) = Scaled.solutions(seen(weight=("F8_E5M2", (256, 128))), spelled, Scaled(scale_dtype="F16"))
    assert isinstance(found.scheme, Scaled) and found.scheme.scale_dtype == "F16"


@pytest.mark.parametrize(
    ("outputs", "scale", "rows"),
    [
        (257, (4, 2), 4),  # three blocks of 128 and one more, partly filled
        (257, (5, 2), 5),
        (257, (6, 2), None),  # twice as many
        (257, (3, 2), 0),  # as many as the outputs ask for: plain blocks
        (257, (4, 3), None),
        (257, (2, 2), None),
    ],
)
def test_slices_blocked_one_by_one(outputs: int, scale: Shape, rows: int | None) -> None:
    weight = Seen("F8_E4M3", (outputs, 130))
    assert Scaled.sliced(Scaled(), weight, Seen("F32", scale)) == (rows or None)
    (found,) = Scaled.solutions({"weight": weight, "scale": Seen("F32", scale)}, Scaled.spellings[0], None)
    assert isinstance(found.scheme, Scaled) and found.scheme.rows == (rows or 0)
    assert Scaled.sliced(Scaled(block=(1, 128)), Seen("F8_E4M3", (3, 130)), Seen("F32", (4, 2))) is None
    assert Scaled.sliced(Scaled(block=(2, 128)), Seen("F8_E4M3", (5, 130)), Seen("F32", (4, 2))) == 4
    assert Scaled.sliced(Scaled(block=(128, 0)), weight, Seen("F32", (4, 2))) is None
    assert Scaled.sliced(Scaled(), Seen("F8_E4M3", (2, 257, 130)), Seen("F32", (4, 2))) is None
    assert Scaled.sliced(Scaled(), weight, Seen("F32", (2, 4, 2))) is None


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ((), (), True),
        ((), (1,), True),
        ((), (1, 1), True),
        ((3, 1), (3,), True),
        ((3, 1), (1, 3), True),
        ((3,), (4,), False),
        ((3, 2), (2, 3), False),
        ((), (2,), False),
    ],
)
def test_axes_of_one_do_not_count(one: Shape, other: Shape, alike: bool) -> None:
    assert same(one, other) is same(other, one) is alike


def test_bitsandbytes() -> None:
    packed, absmax = ("U8", (65, 1)), ("U8", (3,))
    double = ("bitsandbytes NF4, blocks of 64, scales quantised again", (130,), "high")
    single = ("bitsandbytes NF4, blocks of 64", (130,), "high")
    assert read(Bnb4, seen(weight=packed, scale=absmax, nested=("F32", (1,)))) == [double]
    assert read(Bnb4, seen(weight=packed, scale=absmax)) == [single]
    assert read(Bnb4, seen(weight=packed, state=("U8", (90,)))) == [single]
    assert read(Bnb4, seen(weight=("U8", (1, 65)), scale=absmax)) == [single]
    assert read(Bnb4, seen(weight=packed)) == []
    assert read(Bnb4, seen(weight=("U8", (65, 2)), scale=absmax)) == []
    assert read(Bnb4, seen(weight=("U8", (65,)), scale=absmax)) == []
    (found,) = Bnb4.solutions(seen(weight=packed, scale=absmax), Bnb4.spellings[1], Bnb4(model_dtype="float16"))
    assert found.scheme == Bnb4(Bnb4.spellings[1], False, "float16")
    (found,) = Bnb4.solutions(seen(weight=packed, scale=absmax), Bnb4.spellings[1], Bnb8())
    assert found.scheme == Bnb4(Bnb4.spellings[1], False, "bfloat16")
    rows = ("bitsandbytes INT8, one scale per output", (6, 10), "high")
    assert read(Bnb8, seen(weight=("I8", (6, 10)), scale=("F32", (6,)))) == [rows]
    assert read(Bnb8, seen(weight=("I8", (6, 10)))) == read(Bnb8, seen(weight=("I8", (10,)), scale=("F32", (6,)))) == []
