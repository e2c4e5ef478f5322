"""Broken and hostile inputs: an error that names the field, or a finding; never a traceback, never a silent number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.architecture.weights import indices
from moeaudit.errors import UsageError
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.tables import Tensor, TensorGroup, TensorTable
from moeaudit.ledger.doubts import Cause
from moeaudit.ledger.packing import Storage, pack, precision
from moeaudit.ledger.packing.methods import METHODS
from moeaudit.ledger.packing.modelopt import ALGORITHMS
from moeaudit.ledger.packing.modules import suffixes
from moeaudit.ledger.packing.scheme import Shape
from moeaudit.vocabulary import Kind
from tests.ledger.packing.checkpoints import FORMATS, SMALL, config_of, parameters, stored_weights, table_of, undone

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"quant_method": "gptq", "bits": 0}, "bits"),
    ({"quant_method": "gptq", "bits": 10**30}, "bits"),
    ({"quant_method": "gptq", "bits": "4"}, "bits"),
    ({"quant_method": "gptq", "bits": True}, "bits"),
    ({"quant_method": "gptq", "bits": 4, "group_size": -7}, "group_size"),
    ({"quant_method": "awq", "bits": 4, "group_size": 0}, "group_size"),
    ({"quant_method": "fp8", "weight_block_size": [0, 128]}, "weight_block_size"),
    ({"quant_method": "fp8", "weight_block_size": [128]}, "weight_block_size"),
    ({"quant_method": "fp8", "weight_block_size": "128"}, "weight_block_size"),
    ({"quant_method": "fp8", "modules_to_not_convert": "lm_head"}, "modules_to_not_convert"),
    ({"quant_method": "fp8", "modules_to_not_convert": [1]}, "modules_to_not_convert"),
    ({"quant_method": ["fp8"]}, "quant_method"),
    ({"quant_method": "compressed-tensors", "config_groups": {"g": 3}}, "g"),
    ({"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": -4}}}}, "num_bits"),
    ({"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 1}, "group_size"),
    (
        {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": {"x": {"quant_algo": "?"}}},
        "quant_algo",
    ),
    ({"quant_method": "bitsandbytes", "load_in_4bit": "yes"}, "load_in_4bit"),
    ({"quant_method": "mlx", "bits": 4, "group_size": 64, "mode": "\x1b[31m"}, "mode"),
]


@pytest.mark.parametrize(
    ("section", "field"), WRONG, ids=lambda value: str(value)[:60].encode("unicode_escape").decode()
)
def test_absurd_settings_are_named(section: dict[str, Any], field: str) -> None:
    with pytest.raises(UsageError, match=field) as caught:
        Storage.of({**SMALL, "quantization_config": section})
    assert str(caught.value).isprintable()


UNKNOWN: list[dict[str, Any]] = [
    *({"quant_method": name} for name in ("vptq", "spqr", "quip", "exl2", "exl3", "ascend", "torchao", "quanto")),
    {"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64, "axis": 1}}},
    {"quant_method": "\u202efp8"},
    {"something": 1},
    {"quant_method": "modelopt", "quant_algo": "NEW"},
    {"quant_method": "compressed-tensors", "format": "marlin-24"},
    {"quant_method": "quark"},
    {"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 16, "type": "float"}}}},
]


@pytest.mark.parametrize("section", ["fp8", [], 4, True])
@pytest.mark.parametrize("nested", [False, True])
def test_a_section_that_is_no_object_is_not_passed_over(section: object, nested: bool) -> None:
    said = {"quantization_config": section}
    with pytest.raises(UsageError, match=r"quantization_config is .*, expected an object"):
        Storage.of({**SMALL, "text_config": said} if nested else {**SMALL, **said})


@pytest.mark.parametrize("section", UNKNOWN, ids=lambda value: str(value)[:60].encode("unicode_escape").decode())
def test_unknown_methods_are_said_and_not_guessed(section: dict[str, Any]) -> None:
    config = {**SMALL, "quantization_config": section}
    assert "quantization-unknown" in {notice.rule for notice in Storage.of(config).notices}
    assert "not understood" in precision(config)
    with pytest.raises(UsageError) as caught:
        list(pack(stored_weights(SMALL), config))
    assert str(caught.value).isprintable()


def without(table: TensorTable, suffix: str) -> TensorTable:
    return TensorTable(tuple(group for group in table.groups if not group.template.endswith(suffix)))


@pytest.mark.parametrize(("name", "suffix"), [
    ("fp8 blocks", ".weight_scale_inv"), ("gptq 4", ".scales"), ("awq", ".scales"), ("pack-quantized", ".weight_scale"),
    ("modelopt nvfp4", ".weight_scale"), ("nvfp4-pack-quantized", ".weight_scale"), ("bitsandbytes nf4", ".absmax"),
])  # fmt: skip
def test_missing_scales_are_found(name: str, suffix: str) -> None:
    config = config_of(name)
    unpacked = undone(without(table_of(pack(stored_weights(config), config)), suffix), config)
    assert {Cause.PACKING_SCALES_MISSING, Cause.PACKING_UNREADABLE, Cause.PACKING_ORPHAN} & {
        one.cause for one in unpacked.doubts
    }


def test_scales_of_another_size_are_found() -> None:
    table = TensorTable(
        (
            TensorGroup("a.qweight", (), "I32", (32, 64)),
            TensorGroup("a.scales", (), "F16", (2, 64)),
            TensorGroup("a.qzeros", (), "I32", (5, 8)),
        )
    )
    unpacked = undone(table)
    assert {one.cause for one in unpacked.doubts} == {Cause.PACKING_SHAPES_DISAGREE}
    assert {one.confidence for one in unpacked.logical} == {"low"}


def test_bytes_without_scales_follow_the_config_or_are_marked() -> None:
    """An I8 expert of DeepSeek-V4 is two values per byte only where the config says so."""
    table = TensorTable((TensorGroup("layers.0.ffn.experts.{}.w1.weight", (range(2),), "I8", (64, 32)),))
    section = {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
    packed = undone(table, {**section, "expert_dtype": "fp4"})
    assert packed.parameters == 2 * 64 * 64
    assert {one.cause for one in packed.doubts} == {Cause.PACKING_SCALES_MISSING}
    alone = undone(table)
    assert alone.parameters == 0
    assert [one.name for one in alone.unknown] == ["layers.{}.ffn.experts.{}.w1.weight"]
    assert {one.cause for one in alone.doubts} == {Cause.PACKING_UNREADABLE}


TWO = (range(2),)
PACKED = (
    TensorGroup("l.{}.proj.codes", TWO, "U32", (64, 8)),
    TensorGroup("l.{}.proj.codes_scales", TWO, "BF16", (64, 1)),
    TensorGroup("l.{}.proj.codes_biases", TWO, "BF16", (64, 1)),
)
"""MLX's stack `codes` of 64 × 64 at 4 bits, or a packing of `weight` that nobody knows."""


@pytest.mark.parametrize("groups", [PACKED, (TensorGroup("l.{}.proj.codes", TWO, "F32", (100,)),)])
def test_what_stands_for_an_expected_weight_is_a_packing_of_it(groups: tuple[TensorGroup, ...]) -> None:
    """Whatever it looks like: the architecture has no other place for it, and the weight is not there."""
    unpacked = undone(TensorTable(groups), expected={"l.{}.proj.weight": (64, 64)}.get)
    assert (unpacked.parameters, [one.name for one in unpacked.unknown]) == (0, ["l.{}.proj.weight"])
    (doubt,) = unpacked.doubts
    assert (doubt.cause, doubt.open) == (Cause.PACKING_UNREADABLE, 2 * 64 * 64)


def test_what_is_expected_by_its_own_name_is_no_packing_of_another() -> None:
    unpacked = undone(TensorTable(PACKED), expected={"l.{}.proj.codes": (64, 64)}.get)
    assert (unpacked.parameters, unpacked.elements_of(Kind.SCALE), unpacked.doubts) == (2 * 64 * 64, 4 * 64, ())


def test_a_scale_of_an_expected_weight_that_is_not_there_is_a_scale() -> None:
    table = TensorTable((TensorGroup("l.{}.proj.weight_scale", TWO, "F32", (1,)),))
    unpacked = undone(table, expected={"l.{}.proj.weight": (64, 64)}.get)
    assert (unpacked.elements_of(Kind.SCALE), unpacked.unknown) == (2, ())
    assert [one.cause for one in unpacked.doubts] == [Cause.PACKING_ORPHAN]


@pytest.mark.parametrize(
    ("dtype", "shape", "section", "title"),
    [
        ("I8", (64, 128), {}, "8-bit with scales"),
        ("U8", (64, 64), {}, "MXFP4"),
        ("U8", (64, 64), {"quant_method": "modelopt", "quant_algo": "NVFP4"}, "NVFP4"),
        ("U8", (32, 128), {"quant_method": "modelopt", "quant_algo": "W4A16_AWQ"}, "INT4, two per byte"),
    ],
)
def test_a_weight_without_scales_is_read_where_its_shape_is_expected(
    dtype: str, shape: Shape, section: dict[str, Any], title: str
) -> None:
    """64 × 128 at 8 bits, and at 4 with two to a byte along either axis: the type says which, and all of them count."""
    table = TensorTable((TensorGroup("l.{}.proj.weight", TWO, dtype, shape),))
    config = {"quantization_config": section} if section else {}
    unpacked = undone(table, config, expected={"l.{}.proj.weight": (64, 128)}.get)
    assert (unpacked.parameters, [one.title for one in unpacked.logical]) == (2 * 64 * 128, [title])
    assert [(one.cause, one.open) for one in unpacked.doubts] == [(Cause.PACKING_SCALES_MISSING, 0)]


def test_a_learned_scale_is_a_parameter() -> None:
    table = TensorTable(
        (TensorGroup("a.norm.scale", (), "BF16", (64,)), TensorGroup("a.norm.weight", (), "BF16", (64,)))
    )
    assert undone(table).parameters == 128


def test_integer_tables_and_buffers_are_no_parameters() -> None:
    table = TensorTable(
        (
            TensorGroup("gate.tid2eid", (), "I64", (9, 6)),
            TensorGroup("rotary_emb.inv_freq", (), "F32", (32,)),
            TensorGroup("attn.k_proj.k_scale", (), "F32", ()),
        )
    )
    unpacked = undone(table, config_of("fp8 blocks"))
    assert unpacked.parameters == 0
    assert [unpacked.elements_of(kind) for kind in (Kind.INTEGER_TABLE, Kind.BUFFER, Kind.SCALE)] == [54, 32, 1]


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UsageError, match="not a safetensors type"):
        undone(TensorTable((TensorGroup("a.weight", (), "X9", (2,)),)))


def test_layers_quantised_differently() -> None:
    """Scales that only some layers have split the weight, and every tensor is still placed once."""
    table = TensorTable(
        (
            TensorGroup("m.{}.a.weight", (range(4),), "F8_E4M3", (128, 256)),
            TensorGroup("m.{}.a.weight_scale_inv", (indices([0, 2, 3]),), "F32", (1, 2)),
            TensorGroup("m.{}.a.weight_scale_inv", (indices([7]),), "F32", (1, 2)),
        )
    )
    unpacked = undone(table, {"quantization_config": {"quant_method": "fp8"}})
    assert unpacked.parameters == 4 * 128 * 256
    assert {one.cause for one in unpacked.doubts} == {Cause.PACKING_ORPHAN, Cause.PACKING_SCALES_MISSING}


def test_names_alone() -> None:
    """An index lists names without shapes: suffixes go, and nothing is counted."""
    config = config_of("gptq 4")
    weights = stored_weights(config)
    names = TensorTable.collapse(Tensor(name) for tensor in pack(weights, config) for name in tensor.group.names())
    unpacked = undone(names, config)
    assert {name for one in unpacked.logical for name in one.group.names()} == {
        name for weight in weights for name in weight.names()
    }
    assert unpacked.parameters is None


FIELDS = st.sampled_from([
    "quant_method", "quant_algo", "bits", "num_bits", "group_size", "weight_block_size", "block_structure", "strategy",
    "config_groups", "g", "weights", "type", "format", "targets", "ignore", "symmetric", "dtype", "qscheme", "lm_head",
    "quantized_layers", "modules_to_not_convert", "global_quant_config", "load_in_4bit", "mode", "scale_fmt",
    "expert_dtype", "activation_scheme",
])  # fmt: skip
WORDS = ["int", "block", "channel", "Linear", "re:.*", "*", "\x1b[2J", "ue8m0", "fp4", "static", "per_group", "NVFP4"]
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-3, 300), st.floats(), st.sampled_from(["", *WORDS]))
VALUE = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5), max_leaves=12
)
ALGORITHM = st.sampled_from([*sorted(ALGORITHMS), "MIXED_PRECISION"])
METHOD = st.fixed_dictionaries({}, optional={"quant_method": st.sampled_from(sorted(METHODS)), "quant_algo": ALGORITHM})
SECTION = st.builds(lambda section, method: {**section, **method}, st.dictionaries(FIELDS, VALUE, max_size=6), METHOD)


@given(section=SECTION, separate=st.none() | SECTION)
@settings(max_examples=400, deadline=None)
def test_any_config_ends_in_a_count_or_one_clear_error(
    section: dict[str, Any], separate: dict[str, Any] | None
) -> None:
    """What is packed comes back whole, whatever the section says."""
    config = {**SMALL, "quantization_config": section}
    weights = stored_weights(SMALL)
    try:
        tensors = list(pack(weights, config, {"quantization": separate} if separate is not None else None))
        unpacked = undone(table_of(tensors), config, {"quantization": separate} if separate is not None else None)
    except UsageError as error:
        assert str(error).isprintable()
    else:
        assert unpacked.parameters == parameters(weights) or unpacked.doubts


SUFFIX = st.sampled_from(sorted(suffixes()[0] | suffixes()[1]))
STEM = st.sampled_from(
    ["a", "layers.0.mlp.experts.0.up", "layers.0.mlp.experts.1.up", "layers.1.attn.q", "x.switch_mlp.up"]
)
SHAPE = st.lists(st.sampled_from([0, 1, 2, 16, 32, 64, 96]), max_size=4).map(tuple)
EXPECTED = st.dictionaries(st.builds(str.__add__, STEM, st.sampled_from(["", ".weight", ".bias", ".scale"])), SHAPE)
ODD = st.sampled_from([".indices", ".centroids.weight", ".new", "_new", ".bias", "_bias", ".k_scale", ".weight_offset"])
NAMED = st.builds(str.__add__, STEM, st.one_of(SUFFIX, ODD))
CHECKPOINT = st.lists(
    st.builds(Tensor, NAMED, st.sampled_from(sorted(DTYPE_BITS)), SHAPE), max_size=24,
    unique_by=lambda tensor: tensor.name,
)  # fmt: skip


@given(tensors=CHECKPOINT, name=st.sampled_from(sorted(FORMATS)), expected=EXPECTED)
@settings(max_examples=500, deadline=None)
def test_every_tensor_is_placed_once(tensors: list[Tensor], name: str, expected: dict[str, Shape]) -> None:
    """Whatever the names, types and shapes, and whatever an architecture expects: the bytes of weights, non-parameters
    and what is not understood are those of the table."""
    table = TensorTable.collapse(tensors)
    wanted = {TensorGroup(key).canonical().template: shape for key, shape in expected.items()}
    unpacked = undone(table, config_of(name), expected=wanted.get)
    assert undone(table.names_only(), config_of(name), expected=wanted.get).parameters in (None, 0)
    placed = (
        [one.bytes or 0 for one in unpacked.logical]
        + [other.group.bytes or 0 for other in unpacked.non_parameters]
        + [one.bytes or 0 for one in unpacked.unknown]
    )
    assert sum(placed) == table.bytes
    assert sum(unpacked.bytes_of(kind) for kind in Kind) == sum(
        other.group.bytes or 0 for other in unpacked.non_parameters
    )
