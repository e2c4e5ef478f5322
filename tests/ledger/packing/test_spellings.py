"""Names and numbers of packed tensors by hand: suffixes without modules, inputs behind words, names that are cut."""

from __future__ import annotations

import pytest

from moeaudit.architecture.weights import Weight
from moeaudit.ledger.packing.alike import alike
from moeaudit.ledger.packing.patterns import Matcher
from moeaudit.ledger.packing.recipe import Recipe
from moeaudit.ledger.packing.scheme import Seen, agreed, bare, ceil_div, groups, last
from moeaudit.ledger.packing.schemes import Scaled
from moeaudit.ledger.packing.schemes.int4 import PackQuantized
from moeaudit.limits import MODULE_LETTERS
from moeaudit.vocabulary import Component


@pytest.mark.parametrize(
    ("suffix", "without"),
    [
        (".weight_scale", "_weight_scale"),
        (".weight_scale_inv", "_scale_inv"),
        (".scale", "_scale"),
        (".a.b", "_a.b"),
    ],
)
def test_a_suffix_of_what_is_no_module(suffix: str, without: str) -> None:
    assert bare(suffix) == without


MODULES, STACKED, INVERSE = (
    (("weight", ".weight"), ("scale", ".weight_scale")),
    (("weight", ""), ("scale", "_weight_scale"), ("input_scale", "_input_scale")),
    (("weight", ""), ("scale", "_scale_inv"), ("input", "_activation_scale")),
)


@pytest.mark.parametrize(
    ("spelling", "name", "suffixes"),
    [
        (MODULES, "a.weight", MODULES),
        (MODULES, "a", STACKED),
        ((("weight", ".weight"), ("scale", ".weight_scale_inv")), "a", INVERSE),
        ((("weight", ".weight"), ("scale", ".unknown")), "a", None),
        (STACKED, "a", STACKED),
        (STACKED, "a.weight", None),
    ],
)
def test_a_scheme_spelled_for_a_name(spelling: object, name: str, suffixes: object) -> None:
    """Modules have `.weight` behind their name, stacks of experts nothing: each has spellings of its own."""
    found = Scaled(spelling=spelling).named_for(name)  # type: ignore[arg-type]
    assert (None if found is None else found.suffixes) == (None if suffixes is None else dict(suffixes))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("bits", "words", "columns", "listed", "group", "inputs"),
    [
        (4, 16, 4, None, 0, 128),  # 16 words of eight values
        (4, 5, 9, None, 4, 36),  # nine groups of four: the last word is half full
        (4, 5, 9, None, 0, 0),  # 40 do not divide into nine
        (4, 5, 1, None, 36, 40),  # one column says nothing of a group
        (4, 5, 10, None, 4, 40),
        (4, 5, 9, None, 8, 0),  # 72 would need nine words, and 40 are not nine groups
        (4, 5, 0, None, 0, 40),
        (4, 5, 9, 36, 0, 36),  # as many as are listed
        (4, 5, 1, 39, 0, 39),
        (4, 5, 1, 32, 0, 0),  # those would fill four words
        (4, 5, 2, 39, 0, 0),  # not in two groups
        (8, 10, 2, None, 0, 40),
        (2, 5, 4, None, 0, 80),
        (3, 3, 4, None, 0, 32),
    ],
)
def test_inputs_behind_words(bits: int, words: int, columns: int, listed: int | None, group: int, inputs: int) -> None:
    order = None if listed is None else Seen("I32", (listed,))
    assert PackQuantized.inputs(bits, words, columns, order, group) == inputs


def test_an_order_of_two_axes_lists_nothing() -> None:
    assert PackQuantized.inputs(4, 5, 1, Seen("I32", (36, 1)), 0) == 40


@pytest.mark.parametrize(
    ("shape", "expected", "pads", "turned", "found"),
    [
        ((8, 4), (8, 4), 1, False, (8, 4)),
        ((3, 8, 4), (5, 8, 4), 1, False, (3, 8, 4)),  # pruned experts
        ((4, 8), (8, 4), 1, False, None),
        ((4, 8), (8, 4), 1, True, (4, 8)),
        ((8, 4), (8, 4), 1, True, None),
        ((8,), (8,), 1, True, None),
        ((32,), (8, 4), 1, False, (8, 4)),  # flattened
        ((33,), (8, 4), 1, False, (8, 4)),  # and filled up
        ((34,), (8, 4), 1, False, None),
        ((31,), (8, 4), 1, False, None),
        ((16, 16), (9, 15), 16, False, (9, 15)),
        ((16, 32), (9, 15), 16, False, None),
    ],
)
def test_whether_a_reading_is_what_is_expected(
    shape: tuple[int, ...], expected: tuple[int, ...], pads: int, turned: bool, found: tuple[int, ...] | None
) -> None:
    assert agreed(shape, expected, pads, turned) == found


@pytest.mark.parametrize(("inputs", "size", "count"), [(128, 32, 4), (129, 32, 5), (1, 32, 1), (128, -1, 1), (9, 0, 1)])
def test_groups_of_inputs(inputs: int, size: int, count: int) -> None:
    assert groups(inputs, size) == count


def test_small_arithmetic() -> None:
    assert [ceil_div(number, 4) for number in (0, 1, 4, 5)] == [0, 1, 1, 2]
    assert last((3, 8, 4), 7) == (3, 8, 7)


def long_name(letters: int) -> Weight:
    """A weight whose modules have that many letters where the layer has one digit."""
    stem = "layers.{}."
    name = f"{stem}{'x' * (letters - len('layers.0.') - len('.w1'))}.w1.weight"
    return Weight(name, (128, 128), Component.ROUTED_EXPERTS, index=(range(20),), linear=True)


def excluded(weight: Weight, pattern: str) -> set[int]:
    """The layers that a pattern keeps out of a recipe."""
    found = Recipe("any", Scaled(), excluded=Matcher.of([pattern])).split(weight)
    names = [name for part, scheme in found if scheme is None for name in part.names()]
    return {int(name.split(".")[1]) for name in names}


@pytest.mark.parametrize(
    ("letters", "named"),
    [(MODULE_LETTERS - 1, {*range(20)}), (MODULE_LETTERS + 1, set()), (MODULE_LETTERS + 30, set())],
)
def test_names_are_read_up_to_their_limit(letters: int, named: set[int]) -> None:
    """`w1` names a module whose last part it is, in as many letters of its name as are read."""
    weight = long_name(letters)
    assert len(next(iter(weight.names())).removesuffix(".weight")) == letters
    assert excluded(weight, "w1") == named


@pytest.mark.parametrize("letters", [MODULE_LETTERS - 1, MODULE_LETTERS, MODULE_LETTERS + 1])
def test_a_name_of_which_a_part_is_read_is_named_by_that_part(letters: int) -> None:
    """Layer 12 has a letter more than layer 1: at the limit it is named by all of its name but that."""
    weight = long_name(letters)
    whole = [name.removesuffix(".weight") for name in weight.names()]
    for layer in (1, 12):
        assert excluded(weight, whole[layer][:MODULE_LETTERS]) == {layer}


def test_a_layer_that_is_named_is_alone_in_its_box() -> None:
    weight = long_name(40)
    found = {name.split(".")[1]: box for box, name in alike(weight, [Matcher.of(["layers.7"])])}
    assert {first: [*box[0]] for first, box in found.items()} == {"0": [*range(7), *range(8, 20)], "7": [7]}
