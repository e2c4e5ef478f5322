"""What each format stores for a weight, tensor by tensor, worked out by hand from the code that writes it (the modules'
docstrings cite it), for sizes that differ on every axis and, where the writer allows it, fill no group evenly."""

from __future__ import annotations

import pytest

from moeaudit.ledger.packing.scheme import BARE, Scheme, Shape
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
from moeaudit.ledger.packing.schemes.bitsandbytes import four_bit
from moeaudit.ledger.packing.schemes.fp4 import COMPRESSED, COMPRESSED_STACKED, MODELOPT_STACKED, NATIVE
from moeaudit.ledger.packing.schemes.mlx import METAL, STACKED
from moeaudit.ledger.packing.schemes.scaled import (
    ASCEND,
    CHANNEL,
    MISTRAL,
    PLAIN_SCALE,
    STACKED_INVERSE,
    STACKED_SHORT,
    TENSOR,
)
from moeaudit.vocabulary import Kind

Rows = dict[str, tuple[str | None, Shape]]

STATE = '{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [3, 43]'
NESTED = ', "nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 0.1234567890123456}'

STORED: list[tuple[Scheme, Shape, Rows]] = [
    # GPTQ: inputs packed into words, groups of them scaled; zero points are packed along the outputs
    (Gptq(bits=4, group=128), (96, 320), {
        ".qweight": ("I32", (40, 96)), ".qzeros": ("I32", (3, 12)), ".scales": (None, (3, 96)),
        ".g_idx": ("I32", (320,)),
    }),
    (Gptq(bits=3, group=-1, ordered=False), (64, 96), {
        ".qweight": ("I32", (9, 64)), ".qzeros": ("I32", (1, 6)), ".scales": (None, (1, 64)),
    }),
    (Gptq(bits=8, group=32, ordered=False), (32, 64), {
        ".qweight": ("I32", (16, 32)), ".qzeros": ("I32", (2, 8)), ".scales": (None, (2, 32)),
    }),
    # AWQ: outputs packed
    (Awq(), (96, 256), {".qweight": ("I32", (256, 12)), ".qzeros": ("I32", (2, 12)), ".scales": (None, (2, 96))}),
    (Awq(bits=8, group=64, zeros=False), (64, 128), {".qweight": ("I32", (128, 16)), ".scales": (None, (2, 64))}),
    # compressed-tensors: the shape beside it, zero points packed along the outputs
    (PackQuantized(), (6, 96), {
        ".weight_packed": ("I32", (6, 12)), ".weight_scale": (None, (6, 3)), ".weight_shape": ("I64", (2,)),
    }),
    (PackQuantized(bits=3, group=-1, symmetric=False, ordered=True, shape_dtype="I32"), (11, 33), {
        ".weight_packed": ("I32", (11, 4)), ".weight_scale": (None, (11, 1)), ".weight_shape": ("I32", (2,)),
        ".weight_zero_point": ("I32", (2, 1)), ".weight_g_idx": ("I32", (33,)),
    }),
    (PackQuantized(PackQuantized.spellings[1], symmetric=False), (5, 16, 64), {
        "_packed": ("I32", (5, 16, 8)), "_scale": (None, (5, 16, 2)), "_shape": ("I64", (3,)),
        "_zero_point": ("I32", (5, 2, 2)),
    }),
    # modelopt's and msModelSlim's INT4: two outputs in a byte
    (Int4Bytes(), (10, 256), {
        ".weight": ("U8", (5, 256)), ".weight_scale": (None, (10, 2)), ".pre_quant_scale": (None, (256,)),
    }),
    (Int4Bytes(group=-1, dtype="I8", smoothed=False), (3, 10, 70), {
        ".weight": ("I8", (3, 5, 70)), ".weight_scale": (None, (3, 10, 1)),
    }),
    # MLX
    (Mlx(), (7, 128), {".weight": ("U32", (7, 16)), ".scales": (None, (7, 2)), ".biases": (None, (7, 2))}),
    (Mlx(bits=3, group=32), (7, 96), {
        ".weight": ("U32", (7, 9)), ".scales": (None, (7, 3)), ".biases": (None, (7, 3)),
    }),
    (Mlx(METAL, bits=6, group=64, scale_dtype="F16"), (2, 7, 128), {
        ".weight": ("U32", (2, 7, 24)), ".scales": ("F16", (2, 7, 2)), ".qbiases": ("F16", (2, 7, 2)),
    }),
    (Mlx(STACKED, bits=8, mode="mxfp8", group=32), (2, 7, 96), {"": ("U32", (2, 7, 24)), "_scales": ("U8", (2, 7, 3))}),
    # two 4-bit floats in a byte
    (Mxfp4(NATIVE, dtype="I8"), (7, 96), {".weight": ("I8", (7, 48)), ".scale": ("F8_E8M0", (7, 3))}),
    (Mxfp4(COMPRESSED_STACKED, scale_dtype="U8"), (5, 7, 64), {
        "_packed": ("U8", (5, 7, 32)), "_scale": ("U8", (5, 7, 2)),
    }),
    (Nvfp4(), (7, 48), {
        ".weight": ("U8", (7, 24)), ".weight_scale": ("F8_E4M3", (7, 3)), ".weight_scale_2": ("F32", ()),
        ".input_scale": ("F32", ()),
    }),
    (Nvfp4(COMPRESSED, static=False), (7, 48), {
        ".weight_packed": ("U8", (7, 24)), ".weight_scale": ("F8_E4M3", (7, 3)), ".weight_global_scale": ("F32", (1,)),
    }),
    (Nvfp4(MODELOPT_STACKED), (5, 7, 32), {
        "": ("U8", (5, 7, 16)), "_weight_scale": ("F8_E4M3", (5, 7, 2)), "_weight_scale_2": ("F32", (5,)),
        "_input_scale": ("F32", (5,)),
    }),
    (Mxfp4Blocks(), (5, 96, 70), {"_blocks": ("U8", (5, 70, 3, 16)), "_scales": ("U8", (5, 70, 3))}),
    # one byte and scales
    (Scaled(), (257, 130), {".weight": ("F8_E4M3", (257, 130)), ".weight_scale_inv": ("F32", (3, 2))}),
    (Scaled(PLAIN_SCALE, block=TENSOR, static=True), (6, 10), {
        ".weight": ("F8_E4M3", (6, 10)), ".weight_scale": ("F32", ()), ".input_scale": ("F32", ()),
    }),
    (Scaled(MISTRAL, block=TENSOR, single=(1,)), (6, 10), {
        ".weight": ("F8_E4M3", (6, 10)), ".qscale_weight": ("F32", (1,)),
    }),
    (Scaled(ASCEND, block=CHANNEL, dtype="I8", flat=True, static=True), (6, 10), {
        ".weight": ("I8", (6, 10)), ".deq_scale": ("F32", (6,)), ".input_scale": ("F32", ()),
    }),
    (Scaled(STACKED_INVERSE, block=TENSOR, static=True), (3, 6, 10), {
        "": ("F8_E4M3", (3, 6, 10)), "_scale_inv": ("F32", (3,)), "_activation_scale": ("F32", ()),
    }),
    (Scaled(block=CHANNEL, static=True, scale_dtype="BF16"), (6, 10), {
        ".weight": ("F8_E4M3", (6, 10)), ".weight_scale_inv": ("BF16", (6, 1)), ".input_scale": ("BF16", ()),
    }),
    (Scaled(STACKED_SHORT, block=(1, 32), scale_dtype="U8"), (3, 6, 33), {
        "": ("F8_E4M3", (3, 6, 33)), "_scale": ("U8", (3, 6, 2)),
    }),
    # bitsandbytes: 129 values in blocks of 64; 258 blocks in 256s
    (Bnb4(four_bit("nf4")), (3, 43), {
        ".weight": ("U8", (65, 1)), ".weight.absmax": ("U8", (3,)), ".weight.quant_map": ("F32", (16,)),
        ".weight.nested_absmax": ("F32", (1,)), ".weight.nested_quant_map": ("F32", (256,)),
        ".weight.quant_state.bitsandbytes__nf4": ("U8", (len(STATE + NESTED),)),
    }),
    (Bnb4(four_bit("fp4"), double=False, model_dtype="float16"), (129, 128), {
        ".weight": ("U8", (8256, 1)), ".weight.absmax": ("F32", (258,)), ".weight.quant_map": ("F32", (16,)),
        ".weight.quant_state.bitsandbytes__fp4": (
            "U8", (len('{"quant_type": "fp4", "blocksize": 64, "dtype": "float16", "shape": [129, 128]}'),)
        ),
    }),
    (Bnb4(), (257, 128), {
        ".weight": ("U8", (16448, 1)), ".weight.absmax": ("U8", (514,)), ".weight.quant_map": ("F32", (16,)),
        ".weight.nested_absmax": ("F32", (3,)), ".weight.nested_quant_map": ("F32", (256,)),
        ".weight.quant_state.bitsandbytes__nf4": ("U8", (len(STATE + NESTED) + 3,)),  # [257, 128]
    }),
    (Bnb8(), (7, 30), {".weight": ("I8", (7, 30)), ".SCB": ("F32", (7,)), ".weight_format": ("U8", ())}),
    # codebooks
    (Aqlm(), (6, 64), {
        ".codes": ("I16", (6, 8, 1)), ".codebooks": (None, (1, 65536, 1, 8)), ".scales": (None, (6, 1, 1, 1)),
    }),
    (Aqlm(bits=8, codebooks=2, outputs=2, inputs=4), (6, 64), {
        ".codes": ("I8", (3, 16, 2)), ".codebooks": (None, (2, 256, 2, 4)), ".scales": (None, (3, 1, 1, 1)),
    }),
    (Aqlm(bits=9), (6, 64), {
        ".codes": ("I16", (6, 8, 1)), ".codebooks": (None, (1, 512, 1, 8)), ".scales": (None, (6, 1, 1, 1)),
    }),
    (QuipSharp(), (6, 64), {
        ".Qidxs": ("I64", (6, 2)), ".SU": ("F16", (64,)), ".SV": ("F16", (6,)), ".Wscale": ("F32", ()),
        ".codebook_id": ("I64", ()),
    }),
    (QuipSharp(dtype="I16", rows=2, columns=8), (6, 64), {
        ".Qidxs": ("I16", (3, 8)), ".SU": ("F16", (64,)), ".SV": ("F16", (6,)), ".Wscale": ("F32", ()),
        ".codebook_id": ("I64", ()),
    }),
    # HQQ: 6 × 64 values; along axis 1 a row of the packed matrix is a group, along axis 0 a column
    (Hqq(), (6, 64), {".W_q": ("U8", (3, 64)), ".scale": (None, (6, 1)), ".zero": (None, (6, 1))}),
    (Hqq(bits=4, group=32), (6, 64), {".W_q": ("U8", (6, 32)), ".scale": (None, (12, 1)), ".zero": (None, (12, 1))}),
    (Hqq(bits=4, group=32, axis=0), (6, 64), {
        ".W_q": ("U8", (16, 12)), ".scale": (None, (1, 12)), ".zero": (None, (1, 12)),
    }),
    (Hqq(bits=3, group=32), (6, 64), {".W_q": ("I32", (2, 32)), ".scale": (None, (12, 1)), ".zero": (None, (12, 1))}),
    (Hqq(bits=2, group=0), (8, 64), {".W_q": ("U8", (2, 64)), ".scale": (None, (8, 1)), ".zero": (None, (8, 1))}),
    # ExLlama: outputs filled up to 32; both sides filled up to 128
    (Exl2(bits=3, group=32), (40, 96), {
        ".q_weight": ("I32", (9, 64)), ".q_invperm": ("I32", (96,)), ".q_scale": ("I32", (3, 8)),
        ".q_scale_max": ("F16", (3,)), ".q_groups": ("I16", (6,)),
    }),
    (Exl2(), (32, 64), {
        ".q_weight": ("I32", (8, 32)), ".q_invperm": ("I32", (64,)), ".q_scale": ("I32", (2, 4)),
        ".q_scale_max": ("F16", (2,)), ".q_groups": ("I16", (4,)),
    }),
    (Exl2(bits=4, group=64, words=13), (64, 96), {
        ".q_weight": ("I32", (13, 64)), ".q_invperm": ("I32", (96,)), ".q_scale": ("I32", (2, 8)),
        ".q_scale_max": ("F16", (2,)), ".q_groups": ("I16", (4,)),
    }),
    (Exl3(), (130, 257), {
        ".trellis": ("I16", (24, 16, 48)), ".suh": ("F16", (384,)), ".svh": ("F16", (256,)), ".mcg": ("I32", ()),
    }),
    (Exl3(halves=5, mul1=True), (128, 256), {
        ".trellis": ("I16", (16, 8, 40)), ".suh": ("F16", (256,)), ".svh": ("F16", (128,)), ".mul1": ("I32", ()),
    }),
    (Exl3(tagged=False), (128, 128), {
        ".trellis": ("I16", (8, 8, 48)), ".suh": ("F16", (128,)), ".svh": ("F16", (128,)),
    }),
]  # fmt: skip


def ids(value: object) -> str:
    if isinstance(value, Scheme):
        return f"{value.describe()} {' '.join(value.suffixes.values())[:50]}"
    return str(value)[:40] if isinstance(value, tuple) else ""


@pytest.mark.parametrize(("scheme", "shape", "rows"), STORED, ids=ids)
def test_what_is_stored(scheme: Scheme, shape: Shape, rows: Rows) -> None:
    """Names, types and shapes, the weight's own first; it alone is a parameter."""
    stored = list(scheme.stored(shape))
    assert {suffix: (slot.dtype, slot.shape) for suffix, slot in stored} == rows
    first = stored[0][1]
    assert (first.name, first.kind) == ("weight", Kind.PARAMETER)
    assert {slot.kind for _, slot in stored[1:]} <= {Kind.SCALE}


@pytest.mark.parametrize(
    ("scheme", "unchecked", "varying", "unwritten"),
    [
        (Bnb4(), {"state"}, {"state"}, set()),  # the mean of the maxima has as many digits as it has
        (Bnb4(double=False), {"state"}, set(), set()),
        (Exl2(), {"scale", "most", "groups"}, set(), set()),
        (Exl3(), set(), set(), {"input_signs", "output_signs"}),
        (Exl3(tagged=False), set(), set(), {"input_signs", "output_signs", "mcg"}),
        (Exl3(tagged=False, mul1=True), set(), set(), {"input_signs", "output_signs", "mul1"}),
        (Gptq(), set(), set(), set()),
        (Gptq(ordered=False), set(), set(), {"order"}),
        (Awq(zeros=False), set(), set(), {"zero"}),
        (PackQuantized(), set(), set(), {"zero", "order"}),
        (PackQuantized(symmetric=False, ordered=True), set(), set(), set()),
        (Int4Bytes(smoothed=False), set(), set(), {"smoothing"}),
    ],
    ids=ids,
)
def test_what_a_shape_says_nothing_of(
    scheme: Scheme, unchecked: set[str], varying: set[str], unwritten: set[str]
) -> None:
    slots = list(scheme.slots((128, 256)))
    assert {slot.name for slot in slots if not slot.checked} == unchecked
    assert {slot.name for slot in slots if not slot.exact} == varying
    assert {slot.name for slot in slots if not slot.written} == unwritten


def test_the_state_of_bitsandbytes_is_its_json() -> None:
    """functional.QuantState.as_dict(packed=True)."""
    assert Bnb4(four_bit("nf4")).state((3, 43)) == STATE + NESTED
    assert Bnb4(four_bit("fp4"), double=False).state((3, 43)) == STATE.replace("nf4", "fp4") + "}"


def test_signs_of_older_exl3_are_sixteen_to_a_word() -> None:
    signs = {slot.name: (slot.dtype, slot.shape) for slot in Exl3().slots((130, 257)) if not slot.written}
    assert signs == {"input_signs": ("I16", (24,)), "output_signs": ("I16", (16,))}


FITS: list[tuple[Scheme, dict[Shape, bool]]] = [
    (Gptq(), {(32, 32): True, (64, 32): True, (33, 32): False, (32, 33): False, (16, 32): False, (2, 32, 32): False}),
    (Gptq(), {(32,): False}),
    (Awq(), {(32, 128): True, (16, 128): False, (32, 64): False, (32, 192): False, (2, 32, 128): False, (32,): False}),
    (Awq(group=-1), {(32, 100): True, (33, 100): False}),
    (Awq(group=0), {(32, 100): True}),
    (Awq(group=1), {(32, 100): True}),
    (PackQuantized(group=32), {(1, 32): True, (1, 33): False, (2, 1, 64): True, (64,): False}),
    (PackQuantized(group=1), {(3, 5): True}),
    (PackQuantized(group=0), {(3, 5): True}),
    (Int4Bytes(), {(2, 128): True, (3, 128): False, (2, 64): False, (5, 2, 128): True, (128,): False}),
    (Int4Bytes(group=-1), {(2, 65): True}),
    (Int4Bytes(group=0), {(2, 65): True}),
    (Mxfp4(), {(1, 32): True, (1, 16): False, (1, 48): False, (2, 1, 64): True, (32,): False}),
    (Nvfp4(), {(1, 16): True, (1, 48): True, (1, 24): False, (16,): False}),
    (Mxfp4Blocks(), {(32, 5): True, (48, 32): False, (2, 64, 5): True, (32,): False}),
    (Scaled(), {(128, 1): True, (127, 4096): False, (2, 128, 1): True, (256,): False}),
    (Scaled(block=CHANNEL), {(1, 1): True, (5,): False}),
    (Scaled(block=TENSOR), {(1, 1): True}),
    (Bnb8(), {(1, 1): True, (5,): False, (2, 3, 4): False}),
    (Bnb4(), {(1, 1): True, (5,): False, (2, 3, 4): True}),
    (Aqlm(outputs=2), {(2, 8): True, (3, 8): False, (2, 12): False, (2, 2, 8): False, (8,): False}),
    (QuipSharp(rows=4, columns=8), {(4, 8): True, (6, 8): False, (4, 12): False, (2, 4, 8): False}),
    (Exl2(), {(5, 32): True, (5, 33): False, (2, 5, 32): False, (32,): False}),
    (Exl3(), {(5, 33): True, (33,): False, (2, 5, 33): False}),
    (Mlx(), {(1, 64): True, (1, 32): False, (1, 96): False, (2, 1, 128): True, (64,): False}),
    (Mlx(bits=3, group=16), {(1, 32): True, (1, 16): False}),  # 48 bits
    (Mlx(bits=5, group=0), {(1, 32): True, (1, 31): False}),
    (Hqq(bits=4, group=64), {(2, 64): True, (1, 64): False, (4, 32): True, (3, 32): False, (2, 2, 64): False}),
    (Hqq(bits=4, group=6, axis=0), {(3, 4): True, (3, 5): False}),
    (Hqq(bits=4, group=7, axis=0), {(7, 4): False}),
    (Hqq(bits=3, group=64), {(1, 64): True, (1, 63): False}),
    (Hqq(bits=2, group=0), {(4, 10): True, (3, 10): False}),
]


@pytest.mark.parametrize(("scheme", "shapes"), FITS, ids=ids)
def test_what_can_be_stored_so(scheme: Scheme, shapes: dict[Shape, bool]) -> None:
    assert {shape: scheme.fits(shape) for shape in shapes} == shapes


WORDS: list[tuple[Scheme, str, str]] = [
    (Gptq(bits=3), "GPTQ INT3, groups of 128", "3 bits, groups of 128"),
    (Gptq(group=1), "GPTQ INT4, groups of 1", "4 bits, groups of 1"),
    (Awq(group=-1), "AWQ INT4, one group per output", "4 bits, one group per output"),
    (Awq(bits=8, group=0), "AWQ INT8, one group per output", "8 bits, one group per output"),
    (PackQuantized(bits=8), "INT8, groups of 32", "8 bits, groups of 32"),
    (Int4Bytes(), "INT4, groups of 128", "INT4, groups of 128"),
    (Mlx(bits=6), "MLX 6-bit, groups of 64", "6 bits, groups of 64"),
    (Mlx(mode="nvfp4", group=16), "MLX NVFP4, groups of 16", "MLX NVFP4, groups of 16"),
    (Mxfp4(), "MXFP4, groups of 32", "MXFP4, groups of 32"),
    (Mxfp4Blocks(), "MXFP4, groups of 32", "MXFP4, groups of 32"),
    (Nvfp4(), "NVFP4, groups of 16", "NVFP4, groups of 16"),
    (Scaled(), "FP8 E4M3, 128×128 blocks", "FP8 E4M3, 128×128 blocks"),
    (Scaled(block=(1, 128), dtype="F8_E5M2"), "FP8 E5M2, 1×128 blocks", "FP8 E5M2, 1×128 blocks"),
    (Scaled(block=TENSOR, dtype="I8"), "INT8, one scale per tensor", "INT8, one scale per tensor"),
    (Scaled(block=CHANNEL), "FP8 E4M3, one scale per output", "FP8 E4M3, one scale per output"),
    (Scaled(block=(1, 32), scale_dtype="U8"), "MXFP8, groups of 32", "MXFP8, groups of 32"),
    (Scaled(block=(1, 32), scale_dtype="F8_E8M0"), "MXFP8, groups of 32", "MXFP8, groups of 32"),
    (Scaled(block=(1, 32)), "FP8 E4M3, 1×32 blocks", "FP8 E4M3, 1×32 blocks"),
    (Scaled(dtype="F8_E4M3FNUZ"), "F8_E4M3FNUZ, 128×128 blocks", "F8_E4M3FNUZ, 128×128 blocks"),
    (Bnb4(), "bitsandbytes NF4, blocks of 64, scales quantised again", ""),
    (Bnb4(four_bit("fp4"), double=False), "bitsandbytes FP4, blocks of 64", ""),
    (Bnb8(), "bitsandbytes INT8, one scale per output", ""),
    (Aqlm(bits=8, codebooks=2, outputs=2), "AQLM, 2×8 bits per 16 values", ""),
    (QuipSharp(), "QuIP#", ""),
    (Hqq(bits=3), "HQQ 3-bit, groups of 64", "3 bits, groups of 64"),
    (Hqq(group=0), "HQQ 4-bit", "4 bits, groups of 0"),
    (Exl2(bits=5), "EXL2, about 5 bits", ""),
    (Exl3(), "EXL3, 3 bits", ""),
    (Exl3(halves=5), "EXL3, 2.5 bits", ""),
]


@pytest.mark.parametrize(("scheme", "described", "width"), WORDS)
def test_a_scheme_in_words(scheme: Scheme, described: str, width: str) -> None:
    assert (scheme.describe(), scheme.width()) == (described, width or described)


@pytest.mark.parametrize(
    ("scheme", "name", "suffix"),
    [
        (Scaled(), "model.x.weight", ".weight_scale_inv"),
        (Scaled(), "model.x", "_scale_inv"),
        (Scaled(PLAIN_SCALE), "model.x", "_weight_scale"),
        (Scaled(Scaled.spellings[2]), "model.x", "_scale"),  # `.scale`
        (Scaled(ASCEND), "model.x", None),
        (Scaled(STACKED_SHORT), "model.x", "_scale"),
        (Scaled(STACKED_SHORT), "model.x.weight", None),
        (Nvfp4(COMPRESSED), "model.x.weight", ".weight_scale"),
        (Gptq(), "model.x.weight", ".scales"),
        (Gptq(), "model.x", None),
        (Mlx(METAL), "model.x", "_scales"),
        (Mxfp4Blocks(), "model.x", "_scales"),
        (Mxfp4Blocks(), "model.x.weight", None),
    ],
)
def test_a_scheme_spelled_for_a_module_and_for_a_bare_tensor(scheme: Scheme, name: str, suffix: str | None) -> None:
    found = scheme.named_for(name)
    assert (found and found.suffixes["scale"]) == suffix
    if found and suffix and not name.endswith(".weight"):
        assert found.suffixes["weight"] in (BARE, "_blocks")
