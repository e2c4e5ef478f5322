"""What the tensors of integers of a few bits can stand for: every reading with its shape and how sure it is.

By hand from the formats' arithmetic; the modules' docstrings cite the code that writes them.
"""

from __future__ import annotations

import pytest

from moeaudit.ledger.packing.scheme import Scheme, Seen, Shape
from moeaudit.ledger.packing.schemes import (
    Awq,
    Gptq,
    Int4Bytes,
    Mlx,
    PackQuantized,
)
from moeaudit.ledger.packing.schemes.mlx import MODES
from tests.ledger.packing.readings import Reading, mlx, read, seen


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
    assert read(PackQuantized, pack(10, 2), PackQuantized(bits=3, group=50))[0] == (
        "INT3, groups of 50",  # 300 of 320 bits
        (6, 100),
        "medium",
    )
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


def test_the_modes_of_mlx() -> None:
    """mlx.core.quantize: group size and bits of each mode where none is named."""
    assert MODES == {"affine": (64, 4), "mxfp4": (32, 4), "mxfp8": (32, 8), "nvfp4": (16, 4)}


def test_mlx_counts_what_differs() -> None:
    whole = Mlx(bits=4, group=64)
    assert [whole.unlike(Mlx(bits=bits, group=group)) for bits, group in ((4, 64), (8, 64), (4, 32), (8, 32))] == [
        0,
        1,
        1,
        2,
    ]
