"""What stands beside a weight, and what is not understood: told by shapes, or by names where there are none."""

from __future__ import annotations

import pytest

from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.packing import Unpacked, unpack
from moeaudit.ledger.packing.beside import is_scale
from moeaudit.ledger.packing.recipe import Recipe
from moeaudit.ledger.packing.scheme import Shape
from moeaudit.vocabulary import Kind

ARCHITECTURE = {"a.q.weight": (512, 256), "a.q.bias": (512,), "a.norm.weight": (256,), "a.norm.scale": (256,)}
STACK = {"a.experts.up": (4, 512, 256), "a.experts.up_bias": (4, 512)}


def seen(
    *tensors: tuple[str, str | None, Shape | None], knowing: dict[str, Shape] | None = None, method: str = "none"
) -> Unpacked:
    table = TensorTable.collapse([Tensor(*tensor) for tensor in tensors])
    return unpack(table, Recipe(method), (knowing or {}).get)


def kinds(unpacked: Unpacked) -> dict[str, str]:
    """Where each stored tensor ended, by its last name part."""
    places = {one.weight.template: "weight" for one in unpacked.logical}
    places |= {one.group.template: one.kind.value for one in unpacked.non_parameters}
    places |= {group.template: "unknown" for one in unpacked.unknown for group in one.groups}
    return places


@pytest.mark.parametrize(
    ("suffix", "dtype", "shape"),
    [
        ("weight_offset", "F32", (512, 1)), ("deq_scale", "I64", (512,)), ("quant_bias", "I32", (512,)),
        ("input_offset", "I8", (1,)), ("k_scale", "F32", ()), ("v_scale", "F32", (1,)), ("input_scale", "F32", (256,)),
        ("prob_output_scale", "F32", ()), ("smooth", "BF16", (1, 256)), ("never_seen_scale", "BF16", (4, 2)),
        ("another", "F32", (512,)),
    ],
)  # fmt: skip
def test_any_suffix_beside_a_known_weight(suffix: str, dtype: str, shape: Shape) -> None:
    """One number, one per output, one per input, or a grid of blocks: a scale of the weight, whatever it is called."""
    for weight in ("BF16", "F8_E4M3", "I8"):
        unpacked = seen(("a.q.weight", weight, (512, 256)), (f"a.q.{suffix}", dtype, shape), knowing=ARCHITECTURE)
        assert kinds(unpacked) == {"a.q.weight": "weight", f"a.q.{suffix}": Kind.SCALE.value}
        assert unpacked.parameters == 512 * 256


def test_what_fits_no_scale_is_no_parameter() -> None:
    unpacked = seen(("a.q.weight", "BF16", (512, 256)), ("a.q.residue", "BF16", (512, 77)), knowing=ARCHITECTURE)
    assert kinds(unpacked) == {"a.q.weight": "weight", "a.q.residue": "unknown"}
    assert [(doubt.cause, doubt.open) for doubt in unpacked.doubts] == [(Cause.PACKING_UNREADABLE, 512 * 77)]


def test_names_that_an_architecture_has_always_win() -> None:
    """A learned `.scale`, and a bias beside packed weights."""
    table = [("a.norm.weight", "BF16", (256,)), ("a.norm.scale", "BF16", (256,)), ("a.q.bias", "BF16", (512,))]
    unpacked = seen(*table, ("a.q.weight", "F8_E4M3", (512, 256)), knowing=ARCHITECTURE)  # type: ignore[arg-type]
    assert set(kinds(unpacked).values()) == {"weight"}


def test_a_family_that_is_not_known_keeps_what_it_learned() -> None:
    """Only names that quantisers are known to write are scales there."""
    unpacked = seen(
        ("a.q.weight", "BF16", (512, 256)), ("a.q.gamma", "BF16", (512,)), ("a.q.scale", "BF16", (512,)),
        ("a.q.k_scale", "F32", ()), ("a.gate.weight", "BF16", (8, 256)), ("a.ssm.A", "F32", (512, 16)),
        ("a.gate.e_score_correction_bias", "F32", (8,)),
    )  # fmt: skip
    assert [name for name, kind in kinds(unpacked).items() if kind != "weight"] == ["a.q.k_scale"]


def test_names_alone() -> None:
    """At the depth of an index: words that speak of scales are scales, others stay apart."""
    names = ["a.q.weight", "a.q.k_scale", "a.q.some_new_offset", "a.q.residue"]
    unpacked = seen(*((name, None, None) for name in names), knowing=ARCHITECTURE)
    assert list(kinds(unpacked).items()) == [
        ("a.q.weight", "weight"), ("a.q.k_scale", "scales"), ("a.q.some_new_offset", "scales"),
        ("a.q.residue", "unknown"),
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", ["_scale", "_scale_inv", "_weight_scale", "_new_scale"])
@pytest.mark.parametrize("shape", [(4, 1, 1), (4, 512, 1), (4, 4, 2), (4, 512), (4,)])
def test_stacks_of_bare_names(suffix: str, shape: Shape) -> None:
    unpacked = seen(
        ("a.experts.up", "F8_E4M3", (4, 512, 256)), ("a.experts.up" + suffix, "F32", shape),
        ("a.experts.up_bias", "BF16", (4, 512)), knowing=STACK, method="fp8",
    )  # fmt: skip
    assert unpacked.parameters == 4 * 512 * 256 + 4 * 512
    assert kinds(unpacked)["a.experts.up" + suffix] == Kind.SCALE.value


def test_scales_of_some_layers_only() -> None:
    """Every tensor is placed once where only some layers have a scale."""
    layers = [(f"m.{layer}.q.weight", "BF16", (512, 256)) for layer in range(4)]
    scales = [(f"m.{layer}.q.weight_offset", "F32", ()) for layer in (0, 3, 9)]
    unpacked = seen(*layers, *scales, knowing={"m.{}.q.weight": (512, 256)})  # type: ignore[arg-type]
    assert unpacked.parameters == 4 * 512 * 256
    assert unpacked.elements_of(Kind.SCALE) == 3
    assert [(doubt.cause, doubt.tensors) for doubt in unpacked.doubts] == [(Cause.PACKING_ORPHAN, 1)]


VPTQ = [
    ("a.q.indices", "I32", (1, 64, 96)), ("a.q.centroids.weight", "F16", (1, 65536)),
    ("a.q.res_centroids.weight", "F16", (1, 2048)), ("a.q.perm", "I16", (256,)), ("a.q.weight_scale", "F16", (256,)),
    ("a.q.weight_bias", "F16", (256,)),
]  # fmt: skip
SPQR = [
    ("a.q.dense_weights", "I64", (8192,)), ("a.q.row_offsets", "I32", (513,)), ("a.q.col_vals", "I32", (99,)),
    ("a.q.in_perm", "I32", (128,)),
]  # fmt: skip
NEW = [("a.q.lattice", "U8", (512, 33)), ("a.q.lattice_scale", "F16", (512,)), ("a.q.signs", "BF16", (3, 256))]
CODES = [("a.q.codes", "I16", (512, 32, 1)), ("a.q.scales", "F16", (512, 1, 1, 1))]
TRELLIS = [("a.q.trellis", "I16", (16, 32)), ("a.q.suh", "F16", (256,)), ("a.q.svh", "F16", (512,))]


@pytest.mark.parametrize("tensors", [VPTQ, SPQR, NEW, CODES, TRELLIS], ids=["vptq", "spqr", "new", "no books", "odd"])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("shapes", [True, False])
def test_what_is_not_understood_stays_apart(tensors: list[tuple[str, str, Shape]], known: bool, shapes: bool) -> None:
    """VPTQ's vector lengths and SpQR's sides stand in no shape: their tensors are one unknown weight, no parameters.

    The bias beside it is learned all the same.
    """
    listed = [tensor if shapes else (tensor[0], None, None) for tensor in tensors]
    if not known and (tensors is NEW or not shapes):
        pytest.skip("nothing says that these names are no weights")
    if tensors is TRELLIS and not shapes:
        pytest.skip("an EXL3 weight by all its names: only its shape is odd")
    unpacked = seen(*listed, ("a.q.bias", "F16" if shapes else None, (512,) if shapes else None),
                    knowing=ARCHITECTURE if known else None)  # fmt: skip
    assert [one.group.template for one in unpacked.logical] == ["a.q.bias"]
    weights = [one for one in unpacked.unknown if one.name == "a.q.weight"]
    assert [one.stem for one in weights] == ["a.q"]
    assert sum(one.tensors for one in unpacked.unknown) + len(unpacked.non_parameters) == len(tensors)
    opened = sum(doubt.open for doubt in unpacked.doubts)
    assert opened == 512 * 256 if known else opened > 0


@pytest.mark.parametrize(
    ("dtype", "method", "said"),
    [
        ("F8_E5M2", "none", []),  # the exponents of F16 (OCP OFP8): a plain cast needs no scale
        ("F8_E5M2", "fp8", []),
        ("F8_E4M3", "none", []),
        ("F8_E4M3", "fp8", [(Cause.PACKING_SCALES_MISSING, 0)]),
    ],
)
def test_fp8_without_scales_is_one_parameter_per_byte(dtype: str, method: str, said: list[tuple[Cause, int]]) -> None:
    unpacked = seen(("a.q.weight", dtype, (512, 256)), method=method)
    assert unpacked.parameters == 512 * 256
    assert [(doubt.cause, doubt.open) for doubt in unpacked.doubts] == said


@pytest.mark.parametrize(("dtype", "stored"), [("I8", (512, 256)), ("U8", (512, 128)), ("U8", (256, 256)),
                                               ("U32", (512, 32)), ("U32", (512, 64))])  # fmt: skip
def test_bytes_without_scales_are_what_the_architecture_expects(dtype: str, stored: Shape) -> None:
    unpacked = seen(("a.q.weight", dtype, stored), knowing=ARCHITECTURE)
    assert [one.group.shape for one in unpacked.logical] == [(512, 256)]
    assert [(doubt.cause, doubt.open) for doubt in unpacked.doubts] == [(Cause.PACKING_SCALES_MISSING, 0)]
    alone = seen(("a.q.weight", dtype, stored))
    assert alone.logical == () and [one.name for one in alone.unknown] == ["a.q.weight"]


@pytest.mark.parametrize(("shape", "expected"), [
    ((), True), ((1,), True), ((512,), True), ((512, 1), True), ((1, 256), True), ((256,), True), ((4, 2), True),
    ((512, 2), True), ((2, 512), True), ((512, 256), False), ((512, 77), False), ((3, 3), False), ((300,), False),
])  # fmt: skip
def test_shapes_of_scales(shape: Shape, expected: bool) -> None:
    assert is_scale(shape, (512, 256), grids=True) is expected
    assert is_scale((7, *shape), (7, 512, 256), grids=True) is expected


def test_shapes_without_elements() -> None:
    assert not is_scale((0, 3), (512, 256), grids=True)
    assert is_scale((), (0, 0), grids=True) and not is_scale((0, 2), (0, 0), grids=True)
