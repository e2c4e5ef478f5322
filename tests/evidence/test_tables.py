import re
from hashlib import sha256
from itertools import groupby, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.errors import UsageError
from moeaudit.evidence.boxes import Box, merged
from moeaudit.evidence.rows import number, order_of, product_boxes
from moeaudit.evidence.tables import Shards, Tensor, TensorGroup, TensorTable, escape, split_template
from moeaudit.limits import NUMBERS_IN_A_NAME
from tests.evidence.strategies import NAMES, NUMBERED, tensors

A_FEW = st.lists(
    st.builds(
        Tensor,
        NUMBERED | NAMES,
        st.sampled_from([None, "BF16", "F32"]),
        st.sampled_from([None, (2, 3)]),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=80,
    unique_by=lambda tensor: tensor.name,
)
"""Few types, shapes and files, so that groups and runs are long and have holes."""


def experts(layers: range, per_layer: range) -> list[Tensor]:
    return [
        Tensor(f"model.layers.{layer}.mlp.experts.{expert}.up_proj.weight", "BF16", (1408, 2048))
        for layer, expert in product(layers, per_layer)
    ]


def test_a_grid_is_one_group() -> None:
    table = TensorTable.collapse(experts(range(3, 61), range(256)))
    assert table.groups == (
        TensorGroup("model.layers.{}.mlp.experts.{}.up_proj.weight", (range(3, 61), range(256)), "BF16", (1408, 2048)),
    )
    assert (table.tensors, table.elements, table.bytes) == (14848, 14848 * 1408 * 2048, 2 * 14848 * 1408 * 2048)


def test_a_grid_with_holes_is_several() -> None:
    """Layer 5 lacks its last expert: equal layers share a group, the odd one has its own."""
    whole = experts(range(4, 8), range(8))
    table = TensorTable.collapse(tensor for tensor in whole if ".5.mlp.experts.7." not in tensor.name)
    assert {group.index for group in table.groups} == {((4, 6, 7), range(8)), ((range(5, 6), range(7)))}


def test_types_and_shapes_part_groups() -> None:
    one, two = Tensor("layers.0.w", "BF16", (4,)), Tensor("layers.1.w", "F32", (4,))
    assert TensorTable.collapse([one, two]).expand() == [one, two]
    assert len(TensorTable.collapse([one, two]).groups) == 2
    assert len(TensorTable.collapse([one, two]).names_only().groups) == 1


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("model.layers.3.mlp.gate.weight", ("model.layers.", 3, ".mlp.gate.weight")),
        ("experts.expert_12.wi.weight", ("experts.expert_", 12, ".wi.weight")),
        ("layers.0.w1.weight", ("layers.", 0, ".w1.weight")),  # part of a word
        ("layers.007.x", ("layers.007.x",)),  # would come back as 7
        ("1.2", ("", 1, ".", 2, "")),
        ("conv1d.1_2", ("conv1d.1_", 2, "")),
    ],
)
def test_where_names_are_cut(name: str, order: tuple[str | int, ...]) -> None:
    assert order_of(name) == order


@given(tensors())
def test_expands_to_what_was_collapsed(listed: list[Tensor]) -> None:
    table = TensorTable.collapse(listed)
    if any(tensor.shard is None for tensor in listed):
        listed = [Tensor(tensor.name, tensor.dtype, tensor.shape) for tensor in listed]  # partly known is not known
    assert sorted(table.expand(), key=lambda tensor: tensor.name) == sorted(listed, key=lambda tensor: tensor.name)
    assert sorted(table.names()) == sorted(tensor.name for tensor in listed)
    assert table.names_sha256 == sha256("\n".join(sorted(tensor.name for tensor in listed)).encode()).hexdigest()
    assert table.tensors == len(listed)


@given(A_FEW | tensors())
def test_the_same_as_by_sorting_every_name(listed: list[Tensor]) -> None:
    assert TensorTable.collapse(listed) == by_sorting(listed)


def by_sorting(tensors: list[Tensor]) -> TensorTable:
    """The slow way: every name cut at all its numbers and sorted, then equal texts, types and shapes together."""
    listed = sorted(tensors, key=lambda tensor: order_of(tensor.name))
    alike: dict[object, list[tuple[int, ...]]] = {}
    for tensor in listed:
        order = order_of(tensor.name)
        alike.setdefault((order[::2], tensor.dtype, tensor.shape), []).append(order[1::2])
    groups = tuple(
        TensorGroup("{}".join(map(escape, literals)), box, dtype, shape)
        for (literals, dtype, shape), numbers in alike.items()
        for box in product_boxes(numbers)
    )
    files = sorted({tensor.shard for tensor in listed if tensor.shard})
    if not files or any(tensor.shard is None for tensor in listed):
        return TensorTable(groups)
    runs = tuple((len(list(run)), files.index(file)) for file, run in groupby(tensor.shard for tensor in listed))
    return TensorTable(groups, Shards(tuple(files), runs))


@given(st.text("019._a\n", max_size=12) | NAMES)
def test_a_number_is_a_whole_part(name: str) -> None:
    """The pattern as it reads best, which tries every character."""
    assert number().split(name) == re.split(r"(?<![^._])(0|[1-9][0-9]{0,8})(?![^.])", name)


@given(st.sets(st.tuples(*[st.integers(0, 4)] * 3), min_size=1))
def test_boxes_merge_to_what_their_numbers_make(numbers: set[tuple[int, int, int]]) -> None:
    """Whether they are cut along the first axis or the last, or not at all."""
    whole = list(product_boxes(sorted(numbers)))
    turned: list[Box] = [(c, b, a) for a, b, c in product_boxes(sorted((c, b, a) for a, b, c in numbers))]
    assert merged(whole) == merged(turned) == whole


def test_a_name_of_many_numbers_is_refused() -> None:
    TensorTable.collapse([Tensor(".".join("1" * NUMBERS_IN_A_NAME))])
    for numbers in (NUMBERS_IN_A_NAME + 1, 300):
        with pytest.raises(UsageError, match="more than 8 numbers"):
            TensorTable.collapse([Tensor(".".join("1" * numbers))])


@given(tensors())
def test_names_only_is_what_an_index_collapses_to(listed: list[Tensor]) -> None:
    named = TensorTable.collapse(Tensor(tensor.name, shard=tensor.shard) for tensor in listed)
    assert TensorTable.collapse(listed).names_only() == named


def test_order_of_the_list_does_not_matter() -> None:
    listed = experts(range(3), range(12))
    assert TensorTable.collapse(reversed(listed)) == TensorTable.collapse(listed)


@pytest.mark.parametrize(
    ("names", "twice"),
    [
        (("a", "b", "b"), "b"),
        (("m.0.a", "m.0.b", "m.0.c", "m.0.c", "m.1.a"), "m.0.c"),
        (("m.7", "m.8", "m.8"), "m.8"),
    ],
)
def test_a_name_twice_is_refused(names: tuple[str, ...], twice: str) -> None:
    """It is the one that is named, whether it comes twice in one file or in two."""
    for files in (("a",) * len(names), "abcde"):
        with pytest.raises(ValueError, match=rf"\b{re.escape(twice)}\b.* listed twice"):
            TensorTable.collapse([Tensor(name, shard=file) for name, file in zip(names, files, strict=False)])


def test_shards_follow_the_layers() -> None:
    listed = [
        Tensor(f"layers.{layer}.w", "BF16", (1,), f"model-{layer // 10 + 1:05d}-of-00003.safetensors")
        for layer in range(30)
    ]
    table = TensorTable.collapse(listed)
    assert table.shards is not None
    assert table.shards.runs == ((10, 0), (10, 1), (10, 2))
    assert table.expand() == listed


def test_unknown_types_have_no_sums() -> None:
    table = TensorTable.collapse([Tensor("a"), Tensor("b", "F32", (2,))])
    assert (table.tensors, table.elements, table.bytes) == (2, None, None)


def test_half_byte_types() -> None:
    assert TensorGroup("a.{}", (range(4),), "F4", (3, 6)).bytes == 4 * 9


def test_templates_of_other_rooms() -> None:
    group = TensorGroup("encoder.block.{}.layer.0.wi", (range(6),)).canonical()
    assert group == TensorGroup("encoder.block.{}.layer.{}.wi", (range(6), range(1)))
    group = TensorGroup("stage.2.block.10.{}.w", (range(3),), "BF16", (2,)).canonical()
    assert group == TensorGroup("stage.{}.block.{}.{}.w", (range(2, 3), range(10, 11), range(3)), "BF16", (2,))


@given(NAMES | NUMBERED)
def test_a_name_of_other_rooms_is_written_as_a_listed_one(name: str) -> None:
    assert (TensorGroup(escape(name)).canonical(),) == TensorTable.collapse([Tensor(name)]).groups


@pytest.mark.parametrize("template", ["a{0}", "{x}", "a}", "{", "{0.__class__}"])
def test_templates_are_never_formatted(template: str) -> None:
    with pytest.raises(ValueError, match="single"):
        split_template(template)
