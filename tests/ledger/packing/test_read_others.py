"""What the tensors of codebooks, HQQ and ExLlama can stand for: every reading with its shape and how sure it is.

By hand from the formats' arithmetic; the modules' docstrings cite the code that writes them.
"""

from __future__ import annotations

import pytest

from moeaudit.ledger.packing.scheme import Seen, Shape, Solution, agreed, bare, solve
from moeaudit.ledger.packing.schemes import (
    Aqlm,
    Exl2,
    Exl3,
    Hqq,
    Mlx,
    QuipSharp,
)
from tests.ledger.packing.readings import Reading, mlx, read, seen


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
        assert next(Hqq.solutions(tensors, Hqq.spellings[0], None)).scheme == Hqq(Hqq.spellings[0], bits, 32, 1)
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
    assert first.scheme == Hqq(Hqq.spellings[0], 2, 64, 0)
    column = seen(weight=("U8", (16, 1)), scale=("F16", (1, 1)))  # one column of one group
    assert [one[1] for one in read(Hqq, column)] == [(16,), (32,), (160,), (64,), (128,)]
    assert [one[0] for one in read(Hqq, seen(weight=("I32", (6, 12)), scale=("F16", (1, 12))))] == [
        "HQQ 3-bit, groups of 56"  # 51 to 60 rows
    ]
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
    assert read(Exl2, seen(weight=("I32", (255, 64)), order=("I32", (1024,))))[0][0] == "EXL2, about 7 bits"
    assert read(Exl2, seen(weight=("I32", (9, 64)))) == []
    assert read(Exl2, seen(weight=("I32", (9,)), order=("I32", (96,)))) == []
    assert read(Exl2, seen(weight=("I32", (9, 64)), order=("I32", (96, 1)))) == []
    assert read(Exl2, seen(weight=("I32", (9, 64)), order=("I32", (0,))))[0][1] == (64, 0)
    for words, bits in ((16, "1"), (40, "2.5"), (128, "8")):
        tensors = seen(weight=("I16", (16, 8, words)))
        assert read(Exl3, tensors) == [(f"EXL3, {bits} bits", (128, 256), "medium")]
    for shape in ((16, 8, 8), (16, 8, 136), (16, 8, 44), (16, 48)):
        assert read(Exl3, seen(weight=("I16", shape))) == []
    filled = solve(Exl2, two, Exl2.spellings[0], None, (40, 96))  # outputs filled up to 32
    assert filled is not None and (filled.shape, filled.confidence) == ((40, 96), "high")
    tile = seen(weight=("I16", (16, 8, 48)))
    filled = solve(Exl3, tile, Exl3.spellings[0], None, (100, 130))  # both sides to 128
    assert filled is not None and (filled.shape, filled.confidence) == ((100, 130), "high")
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
