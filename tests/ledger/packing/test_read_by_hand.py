"""What the tensors of each format can stand for: every reading with its shape and how sure it is, by hand from the
formats' arithmetic (the modules' docstrings cite the code that writes them)."""

from __future__ import annotations

import pytest

from moeaudit.ledger.packing.scheme import Scheme, Seen, Shape, Solution, Spelling, agreed, bare, solve
from moeaudit.ledger.packing.schemes import (
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
from moeaudit.ledger.packing.schemes.scaled import CHANNEL, TENSOR, same

Reading = tuple[str, Shape, str]
"""The scheme in words, the weight's shape, how sure."""


def seen(**tensors: tuple[str, Shape]) -> dict[str, Seen]:
    return {name: Seen(dtype, shape) for name, (dtype, shape) in tensors.items()}


def read(
    scheme: type[Scheme], tensors: dict[str, Seen], hint: Scheme | None = None, spelling: Spelling | None = None
) -> list[Reading]:
    found = scheme.solutions(tensors, spelling or scheme.spellings[0], hint)
    return [(one.scheme.describe(), one.shape, one.confidence) for one in found]


def test_gptq_is_fixed_by_the_order_of_the_inputs_or_by_the_zero_points() -> None:
    """(inputs · bits / 32, outputs): g_idx lists the inputs, zero points pack the outputs."""
    weight, scale = ("I32", (36, 64)), ("F16", (3, 64))
    assert read(Gptq, seen(weight=weight, scale=scale, order=("I32", (384,)))) == [
        ("GPTQ INT3, groups of 128", (64, 384), "high")
    ]
    assert read(Gptq, seen(weight=weight, scale=scale, zero=("I32", (3, 6)))) == [
        ("GPTQ INT3, groups of 128", (64, 384), "high")
    ]
    # an order that is no multiple, and one that is no list, say nothing: the zero points do not count beside an order
    assert [one[2] for one in read(Gptq, seen(weight=weight, scale=scale, order=("I32", (385,))))] == ["low"] * 6
    assert read(Gptq, seen(weight=weight, scale=scale, order=("I32", (384, 1)), zero=("I32", (3, 6)))) == [
        ("GPTQ INT3, groups of 128", (64, 384), "high")
    ]
    assert read(Gptq, seen(weight=weight, scale=scale, order=("I32", (96,)))) == []  # twelve bits


def test_gptq_without_them_is_as_wide_as_the_config_says_or_assumed() -> None:
    tensors = seen(weight=("I32", (36, 64)), scale=("F16", (3, 64)))
    by_width = {bits: ("low", (64, 32 * 36 // bits)) for bits in (4, 8, 3, 2, 6, 1)}
    found = list(Gptq.solutions(tensors, Gptq.spellings[0], None))
    widths = [one.scheme.bits for one in found if isinstance(one.scheme, Gptq)]
    assert widths == [4, 8, 3, 2, 6, 1]  # 1152 bits hold no row of 5 or 7
    assert [(one.confidence, one.shape) for one in found] == [by_width[bits] for bits in widths]
    assert found[0].note == "4 bits assumed: nothing names a width"
    found = list(Gptq.solutions(tensors, Gptq.spellings[0], Gptq(bits=2)))
    assert [(one.confidence, one.note) for one in found][:2] == [
        ("medium", ""),
        ("low", "4 bits assumed: the config names others"),
    ]
    assert [one.shape[1] for one in found] == [576, 288, 144, 384, 192, 1152]
    assert not any(isinstance(one.scheme, Gptq) and one.scheme.ordered for one in found)
    # a hint of another format is none
    assert [one[2] for one in read(Gptq, tensors, Awq(bits=2))] == ["low"] * 6


def test_gptq_without_scales_is_one_group_and_none_where_the_config_says_awq() -> None:
    tensors = seen(weight=("I32", (16, 64)))
    assert read(Gptq, tensors, Gptq())[0] == ("GPTQ INT4, groups of 128", (64, 128), "medium")
    assert read(Gptq, tensors, Awq()) == []
    assert read(Awq, tensors, Awq())[0] == ("AWQ INT4, groups of 16", (512, 16), "medium")
    assert read(Awq, tensors, None)[0] == ("AWQ INT4, groups of 16", (512, 16), "low")
    # scales of other outputs are AWQ's
    assert read(Gptq, seen(weight=("I32", (128, 16)), scale=("F16", (1, 128)))) == []
    assert read(Gptq, seen(weight=("I32", (16, 64)), scale=("F16", (64,)))) == []


@pytest.mark.parametrize(
    ("weight", "scale", "found"),
    [
        ((256, 12), (2, 96), [("AWQ INT4, groups of 128", (96, 256), "high")]),
        ((256, 24), (2, 96), [("AWQ INT8, groups of 128", (96, 256), "high")]),
        ((256, 12), (3, 96), [("AWQ INT4, groups of 86", (96, 256), "high")]),
        ((256, 12), (256, 96), [("AWQ INT4, groups of 1", (96, 256), "high")]),
        ((256, 12), (257, 96), []),  # more groups than inputs
        ((256, 12), (2, 97), []),  # 384 bits for 97 outputs
        ((256, 27), (2, 96), []),  # nine bits
        ((256, 12), (96,), []),
        ((256, 3), (1, 96), [("AWQ INT1, groups of 256", (96, 256), "high")]),
    ],
)
def test_awq_by_its_scales(weight: Shape, scale: Shape, found: list[Reading]) -> None:
    assert read(Awq, seen(weight=("I32", weight), scale=("F16", scale))) == found


def pack(words: int, columns: int, **others: tuple[str, Shape]) -> dict[str, Seen]:
    return seen(weight=("I32", (6, words)), scale=("BF16", (6, columns)), **others)


def test_pack_quantized_by_its_order_its_zero_points_and_the_config() -> None:
    spelled = PackQuantized.spellings[0]
    # 12 words of 32: 96 inputs of 4 bits, by g_idx
    assert read(PackQuantized, pack(12, 3, order=("I32", (96,))))[0] == ("INT4, groups of 32", (6, 96), "high")
    assert read(PackQuantized, pack(12, 3, order=("I32", (48,))))[0] == ("INT8, groups of 16", (6, 48), "high")
    assert read(PackQuantized, pack(12, 1, order=("I32", (95,))))[0] == ("INT4, groups of 95", (6, 95), "high")
    # zero points pack six outputs: one word at 4 bits, two at 8
    narrow = read(PackQuantized, pack(12, 3, zero=("I32", (1, 3))))
    wide = read(PackQuantized, pack(12, 3, zero=("I32", (2, 3))))
    assert [one[0][:4] for one in narrow] == ["INT4", "INT2", "INT1"]  # 3 bits: 128 inputs in three groups, no
    assert [one[0][:4] for one in wide] == ["INT8", "INT7"]  # 7 bits: 54 inputs, the last word partly filled
    assert {one[2] for one in narrow + wide} == {"low"}
    # the config's width, its groups, and groups other than its own
    assert read(PackQuantized, pack(12, 3), PackQuantized())[0] == ("INT4, groups of 32", (6, 96), "medium")
    assert read(PackQuantized, pack(25, 4), PackQuantized(group=50))[0] == ("INT4, groups of 50", (6, 200), "medium")
    assert read(PackQuantized, pack(25, 2), PackQuantized(group=96))[0] == ("INT4, groups of 100", (6, 200), "low")
    odd = next(PackQuantized.solutions(pack(12, 2), spelled, PackQuantized()))
    assert (odd.shape, odd.confidence, odd.note) == ((6, 96), "low", "4 bits as the config says, but groups of 48")
    for group in (-1, 0):
        assert read(PackQuantized, pack(12, 3), PackQuantized(group=group))[0][2] == "medium"


def test_pack_quantized_with_one_width_that_the_zero_points_allow() -> None:
    """Of 64 outputs zero points take two words for each bit: the width is sure."""
    tensors = seen(weight=("I32", (64, 12)), scale=("BF16", (64, 3)), zero=("I32", (8, 3)))
    assert read(PackQuantized, tensors) == [("INT4, groups of 32", (64, 96), "high")]
    assert read(PackQuantized, tensors, PackQuantized(bits=8)) == [("INT4, groups of 32", (64, 96), "high")]
    # zero points that are no matrix allow any width
    tensors["zero"] = Seen("I32", (8,))
    assert read(PackQuantized, tensors)[0] == ("INT4, groups of 32", (64, 96), "low")


def test_pack_quantized_whose_parts_disagree() -> None:
    """Seven groups in 96, 48, 128, 192, 64 … inputs: none is whole."""
    (found,) = PackQuantized.solutions(pack(1, 7), PackQuantized.spellings[0], None)
    assert (found.shape, found.confidence) == ((6, 8), "low")
    assert found.note == "scales and packed weight disagree on the inputs"
    assert found.scheme.describe() == "INT4, groups of 2"
    (found,) = PackQuantized.solutions(pack(1, 7), PackQuantized.spellings[0], PackQuantized(bits=8))
    assert (found.shape, found.scheme.describe()) == ((6, 4), "INT8, groups of 1")


def test_pack_quantized_keeps_what_it_saw() -> None:
    spelled = PackQuantized.spellings[0]
    plain = next(PackQuantized.solutions(pack(12, 3, shape=("I32", (2,))), spelled, None)).scheme
    full = next(PackQuantized.solutions(pack(12, 3, order=("I32", (96,)), zero=("I32", (1, 3))), spelled, None)).scheme
    assert plain == PackQuantized(spelled, shape_dtype="I32")
    assert full == PackQuantized(spelled, symmetric=False, ordered=True)
    # without scales, or with one for all, there is one group
    bare = seen(weight=("I32", (6, 12)))
    assert read(PackQuantized, bare)[0] == ("INT4, groups of 96", (6, 96), "low")
    assert read(PackQuantized, {**bare, "scale": Seen("BF16", ())})[0] == ("INT4, groups of 96", (6, 96), "low")
    assert read(PackQuantized, seen(weight=("I32", (12,)))) == []


@pytest.mark.parametrize(
    ("tensors", "hint", "found"),
    [
        (seen(weight=("U8", (5, 256)), scale=("F32", (10, 2))), None, [("INT4, groups of 128", (10, 256), "high")]),
        (
            seen(weight=("U8", (3, 5, 256)), scale=("F32", (3, 10, 3))),
            None,
            [("INT4, groups of 86", (3, 10, 256), "high")],
        ),
        (seen(weight=("I8", (5, 256)), scale=("F32", (10, 1))), None, [("INT4, groups of 256", (10, 256), "high")]),
        (seen(weight=("U8", (5, 256)), scale=("F32", (5, 2))), None, []),
        (seen(weight=("U8", (5, 256)), scale=("F32", (10,))), None, []),
        (seen(weight=("U8", (256,)), scale=("F32", (10, 2))), None, []),
        (seen(weight=("U8", (5, 256))), None, []),
        (seen(weight=("U8", (5, 256))), Int4Bytes(group=64), [("INT4, groups of 64", (10, 256), "medium")]),
    ],
)
def test_int4_in_bytes(tensors: dict[str, Seen], hint: Scheme | None, found: list[Reading]) -> None:
    assert read(Int4Bytes, tensors, hint) == found


def test_int4_in_bytes_keeps_what_it_saw() -> None:
    tensors = seen(weight=("I8", (5, 256)), scale=("F32", (10, 2)))
    spelled = Int4Bytes.spellings[0]
    (plain,) = Int4Bytes.solutions(tensors, spelled, None)
    (smooth,) = Int4Bytes.solutions({**tensors, "smoothing": Seen("F16", (256,))}, spelled, None)
    assert plain.scheme == Int4Bytes(spelled, 128, "I8", False)
    assert smooth.scheme == Int4Bytes(spelled, 128, "I8", True)


def mlx(words: int, columns: int, dtype: str = "BF16") -> dict[str, Seen]:
    found = seen(weight=("U32", (6, words)), scale=(dtype, (6, columns)))
    return found if dtype == "U8" else {**found, "bias": Seen(dtype, (6, columns))}


def test_mlx_fixes_bits_times_group() -> None:
    """12 words and one group of each: 384 = 64 × 6 = 128 × 3 bits; eight words 256 = 64 × 4 = 32 × 8 = 128 × 2."""
    assert read(Mlx, mlx(12, 1)) == [
        ("MLX 6-bit, groups of 64", (6, 64), "low"),
        ("MLX 3-bit, groups of 128", (6, 128), "low"),
    ]
    assert read(Mlx, mlx(8, 1)) == [
        ("MLX 4-bit, groups of 64", (6, 64), "low"),
        ("MLX 8-bit, groups of 32", (6, 32), "low"),
        ("MLX 2-bit, groups of 128", (6, 128), "low"),
    ]
    # the config's own is sure, what differs least from it follows
    assert read(Mlx, mlx(8, 1), Mlx(bits=8, group=32)) == [
        ("MLX 8-bit, groups of 32", (6, 32), "medium"),
        ("MLX 4-bit, groups of 64", (6, 64), "low"),
        ("MLX 2-bit, groups of 128", (6, 128), "low"),
    ]
    assert [one[0] for one in read(Mlx, mlx(8, 1), Mlx(bits=2, group=64))] == [
        "MLX 4-bit, groups of 64",  # the group is the config's
        "MLX 2-bit, groups of 128",  # the bits are
        "MLX 8-bit, groups of 32",
    ]
    assert read(Mlx, mlx(20, 1)) == [("MLX 5-bit, groups of 128", (6, 128), "high")]
    assert read(Mlx, mlx(2, 1)) == [
        ("MLX 2-bit, groups of 32", (6, 32), "low"),
        ("MLX 4-bit, groups of 16", (6, 16), "low"),
    ]
    assert read(Mlx, mlx(7, 1)) == []
    note = next(Mlx.solutions(mlx(8, 1), Mlx.spellings[0], None)).note
    assert note == "groups of 64 assumed: bits and group size cannot both be read from the shapes"


def test_mlx_with_scales_of_bytes_or_none() -> None:
    assert read(Mlx, mlx(12, 3, "U8")) == [("MLX MXFP4, groups of 32", (6, 96), "high")]
    with_biases = read(Mlx, {**mlx(12, 3, "U8"), "bias": Seen("U8", (6, 3))})  # 128 bits a group: affine
    assert [one[0] for one in with_biases] == [f"MLX {bits}-bit, groups of {128 // bits}" for bits in (2, 4, 8)]
    kept = next(Mlx.solutions(mlx(8, 1), Mlx.spellings[0], Mlx(scale_dtype="F16"))).scheme
    assert kept == Mlx(Mlx.spellings[0])
    for scale in ({}, seen(scale=("BF16", ()))):
        tensors = {**seen(weight=("U32", (6, 9))), **scale}
        assert read(Mlx, tensors) == []
        (found,) = Mlx.solutions(tensors, Mlx.spellings[0], Mlx(bits=3, group=32))
        assert (found.shape, found.confidence) == ((6, 96), "medium")
        assert found.note == "bits from the config: no scales are stored"
    assert read(Mlx, seen(weight=("U32", (6,)), scale=("BF16", (6, 1)))) == []


def test_mlx_counts_what_differs() -> None:
    whole = Mlx(bits=4, group=64)
    assert [whole.unlike(Mlx(bits=bits, group=group)) for bits, group in ((4, 64), (8, 64), (4, 32), (8, 32))] == [
        0,
        1,
        1,
        2,
    ]


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
        ((4, 257, 130), (4,), TENSOR),
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


@pytest.mark.parametrize(
    ("codes", "books", "found"),
    [
        ((6, 8, 1), (1, 65536, 1, 8), [("AQLM, 1×16 bits per 8 values", (6, 64), "high")]),
        ((3, 16, 2), (2, 256, 2, 4), [("AQLM, 2×8 bits per 8 values", (6, 64), "high")]),
        ((6, 8, 1), (1, 2, 1, 8), [("AQLM, 1×1 bits per 8 values", (6, 64), "high")]),
        ((6, 8, 1), (1, 1, 1, 8), [("AQLM, 1×1 bits per 8 values", (6, 64), "high")]),
        ((6, 8, 1), (2, 256, 1, 8), []),
        ((6, 8), (1, 256, 1, 8), []),
        ((6, 8, 1), (1, 256, 8), []),
        ((6, 8, 1), None, []),
    ],
)
def test_codebooks_of_aqlm(codes: Shape, books: Shape | None, found: list[Reading]) -> None:
    tensors = seen(weight=("I16", codes)) | (seen(codebooks=("F16", books)) if books else {})
    assert read(Aqlm, tensors) == found


def test_rotations_of_quip() -> None:
    whole = seen(weight=("I16", (3, 8)), inputs=("F16", (64,)), outputs=("F16", (6,)))
    (found,) = QuipSharp.solutions(whole, QuipSharp.spellings[0], None)
    assert (found.shape, found.scheme) == ((6, 64), QuipSharp(QuipSharp.spellings[0], "I16", 2, 8))
    for other in (
        {"weight": Seen("I16", (4, 8))},  # six outputs in four
        {"weight": Seen("I16", (3, 7))},
        {"weight": Seen("I16", (24,))},
        {"weight": Seen("I16", (0, 8))},
        {"inputs": Seen("F16", (8, 8))},
        {"outputs": Seen("F16", (3, 2))},
    ):
        assert read(QuipSharp, whole | other) == []
    for role in ("inputs", "outputs"):
        assert read(QuipSharp, {name: one for name, one in whole.items() if name != role}) == []


def test_hqq_along_its_inputs_counts_the_groups() -> None:
    """A group to a row: 12 of them in 6 rows of 4 bits, in 12 of 8, in 3 of 2, in 2 of 1 (or of 3, by words)."""
    for bits, rows in ((8, 12), (4, 6), (2, 3)):
        tensors = seen(weight=("U8", (rows, 32)), scale=("F16", (12, 1)))
        assert read(Hqq, tensors) == [(f"HQQ {bits}-bit, groups of 32", (384,), "high")]
    assert read(Hqq, seen(weight=("I32", (2, 32)), scale=("F16", (12, 1)))) == [
        ("HQQ 3-bit, groups of 32", (384,), "high")
    ]
    assert [one[0] for one in read(Hqq, seen(weight=("U8", (2, 32)), scale=("F16", (12, 1))))] == [
        "HQQ 3-bit, groups of 32",
        "HQQ 1-bit, groups of 32",
    ]
    assert read(Hqq, seen(weight=("U8", (5, 32)), scale=("F16", (12, 1)))) == []
    # bytes seen as floats: two, or four, of them to a number
    for dtype, columns in (("F16", 16), ("BF16", 16), ("F32", 8)):
        tensors = seen(weight=(dtype, (6, columns)), scale=("F16", (12, 1)))
        assert read(Hqq, tensors) == [("HQQ 4-bit, groups of 32", (384,), "high")]


def test_hqq_along_its_outputs_leaves_the_width_open() -> None:
    tensors = seen(weight=("U8", (16, 12)), scale=("F16", (1, 12)))
    found = read(Hqq, tensors, Hqq(bits=2, group=64))
    assert found[0] == ("HQQ 2-bit, groups of 64", (768,), "medium")
    assert set(found[1:]) == {
        ("HQQ 8-bit, groups of 16", (192,), "low"),
        ("HQQ 4-bit, groups of 32", (384,), "low"),
        ("HQQ 3-bit, groups of 160", (1920,), "low"),
        ("HQQ 1-bit, groups of 128", (1536,), "low"),
    }
    assert read(Hqq, tensors)[0] == ("HQQ 8-bit, groups of 16", (192,), "low")
    first, second = list(Hqq.solutions(tensors, Hqq.spellings[0], Hqq(bits=2, group=64)))[:2]
    assert (first.note, second.note) == ("", "8 bits assumed: groups along the first axis leave the width open")
    assert read(Hqq, tensors, Hqq(bits=2, group=32))[0][2] == "low"
    words = read(Hqq, seen(weight=("I32", (2, 12)), scale=("F16", (1, 12))))
    assert words == [("HQQ 3-bit, groups of 16", (192,), "low")]  # 11 to 20 rows in two words
    assert [one[0] for one in read(Hqq, seen(weight=("I32", (4, 12)), scale=("F16", (1, 12))))] == [
        "HQQ 3-bit, groups of 40",
        "HQQ 3-bit, groups of 32",
    ]


@pytest.mark.parametrize("role", ["scale", "zero", "both"])
def test_hqq_by_whichever_of_its_scales_is_there(role: str) -> None:
    tensors = seen(weight=("U8", (6, 32))) | {role: Seen("F16", (12, 1))}
    assert read(Hqq, tensors) == [("HQQ 4-bit, groups of 32", (384,), "high")]
    # `zero_scale` holds both, one above the other
    assert read(Hqq, {**tensors, role: Seen("F16", (2, 12, 1))}) == [("HQQ 4-bit, groups of 32", (384,), "high")]
    for dtype, shape in (("U8", (12, 1)), ("F16", (12,)), ("F16", (2, 12)), ("F16", (1, 31)), ("F16", (1, 1))):
        assert read(Hqq, {**tensors, role: Seen(dtype, shape)}) == []
    assert read(Hqq, {**tensors, "weight": Seen("U8", (6, 32, 1))}) == []
    assert read(Hqq, seen(weight=("U8", (6, 32)))) == []


def test_exllama() -> None:
    two = seen(weight=("I32", (9, 64)), order=("I32", (96,)))
    (found,) = Exl2.solutions(two, Exl2.spellings[0], None)
    assert (found.shape, found.confidence) == ((64, 96), "medium")
    assert found.scheme == Exl2(Exl2.spellings[0], 3, 32, 9)
    assert read(Exl2, seen(weight=("I32", (1, 64)), order=("I32", (96,)))) == [
        ("EXL2, about 1 bits", (64, 96), "medium")
    ]
    assert read(Exl2, seen(weight=("I32", (9, 64)))) == []
    assert read(Exl2, seen(weight=("I32", (9,)), order=("I32", (96,)))) == []
    assert read(Exl2, seen(weight=("I32", (9, 64)), order=("I32", (96, 1)))) == []
    assert read(Exl2, seen(weight=("I32", (9, 64)), order=("I32", (0,))))[0][1] == (64, 0)
    for words, bits in ((16, "1"), (40, "2.5"), (128, "8")):
        tensors = seen(weight=("I16", (16, 8, words)))
        assert read(Exl3, tensors) == [(f"EXL3, {bits} bits", (128, 256), "medium")]
    for shape in ((16, 8, 8), (16, 8, 136), (16, 8, 44), (16, 48)):
        assert read(Exl3, seen(weight=("I16", shape))) == []
    spelled = Exl3.spellings[0]
    for tag, kept in (
        ({}, (False, False)),
        ({"mcg": Seen("I32", ())}, (False, True)),
        ({"mul1": Seen("I32", ())}, (True, True)),
    ):
        (found,) = Exl3.solutions(seen(weight=("I16", (16, 8, 48))) | tag, spelled, None)
        assert found.scheme == Exl3(spelled, 6, *kept)


@pytest.mark.parametrize(
    ("shape", "expected", "pads", "turned", "found"),
    [
        ((6, 10), (6, 10), 1, False, (6, 10)),
        ((4, 6, 10), (8, 6, 10), 1, False, (4, 6, 10)),  # fewer experts
        ((6, 10), (10, 6), 1, False, None),
        ((6, 10), (10, 6), 1, True, (6, 10)),
        ((4, 6, 10), (8, 10, 6), 1, True, (4, 6, 10)),
        ((6, 10), (6, 10), 1, True, None),
        ((60,), (60,), 1, True, None),
        ((60,), (60,), 1, False, (60,)),
        ((60,), (6, 10), 1, False, (6, 10)),  # a flattened weight
        ((61,), (6, 10), 1, False, (6, 10)),  # an odd one filled up
        ((62,), (6, 10), 1, False, None),
        ((59,), (6, 10), 1, False, None),
        ((64, 96), (33, 96), 32, False, (33, 96)),
        ((64, 96), (32, 96), 32, False, None),
        ((64, 96), (65, 96), 32, False, None),
        ((64, 128), (64, 97), 32, False, (64, 97)),
    ],
)
def test_what_agrees_with_an_architecture(
    shape: Shape, expected: Shape, pads: int, turned: bool, found: Shape | None
) -> None:
    assert agreed(shape, expected, pads, turned) == found


def test_an_architecture_chooses_among_readings() -> None:
    """Never what the stored shapes do not allow; the straight reading before the turned one."""
    spelled, tensors = Mlx.spellings[0], mlx(8, 1)

    def found(expected: Shape | None) -> Solution:
        one = solve(Mlx, tensors, spelled, None, expected)
        assert one is not None
        return one

    assert (found((6, 128)).shape, found((6, 128)).confidence, found((6, 128)).note) == ((6, 128), "high", "")
    assert (found((32, 6)).shape, found((32, 6)).confidence) == ((6, 32), "high")
    assert (found((6, 96)).shape, found((6, 96)).confidence) == ((6, 64), "low")
    assert (found(None).shape, found(None).confidence) == ((6, 64), "low")
    assert solve(Mlx, mlx(7, 1), spelled, None, (6, 56)) is None
    assert solve(Mlx, seen(weight=("U32", (0, 8)), scale=("BF16", (0, 1))), spelled, None, None) is None
    square = solve(
        Mlx, seen(weight=("U32", (64, 8)), scale=("BF16", (64, 1)), bias=("BF16", (64, 1))), spelled, None, (32, 64)
    )
    assert square is not None and square.shape == (64, 32)


@pytest.mark.parametrize(
    ("suffix", "found"),
    [
        (".weight_scale_inv", "_scale_inv"),
        (".weight_scale", "_weight_scale"),
        (".scale", "_scale"),
        (".a.b", "_a.b"),
    ],
)
def test_a_suffix_of_a_module_for_a_bare_tensor(suffix: str, found: str) -> None:
    assert bare(suffix) == found
