"""Every getter of a config at its boundaries: what it takes, what it refuses and in which words, what it notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from moeaudit.architecture.config import COUNTS_LAYERS, Config, Defaulted, ListTooShort, show
from moeaudit.errors import UsageError
from moeaudit.limits import LARGEST_NUMBER, LAYERS

REFUSED = object()
GETTERS: dict[str, Callable[[Config], Any]] = {
    "number": lambda config: config.number("f"),
    "number, 2 by default": lambda config: config.number("f", default=2),
    "flag": lambda config: config.flag("f"),
    "flag, true by default": lambda config: config.flag("f", default=True),
    "word": lambda config: config.word("f"),
    "ints": lambda config: config.ints("f"),
    "ints of 1": lambda config: config.ints("f", least=1),
    "words": lambda config: config.words("f"),
    "pair": lambda config: config.pair("f"),
    "pair of 0": lambda config: config.pair("f", least=0),
    "int": lambda config: config.int("f"),
    "int of 0": lambda config: config.int("f", least=0),
    "int or none": lambda config: config.int("f", default=None),
    "maybe": lambda config: config.maybe_int("f"),
    "maybe 0": lambda config: config.maybe_int("f", least=0),
    "per layer": lambda config: config.per_layer(3, "f"),
    "per layer of 0": lambda config: config.per_layer(3, "f", least=0),
    "section": lambda config: config.section("f").data,
    "section that must be": lambda config: config.section("f", required=True).data,
    "has": lambda config: config.has("f"),
}


@pytest.mark.parametrize(
    ("getter", "value", "given"),
    [
        ("number", 3, 3.0), ("number", 3.5, 3.5), ("number", -1e18, -1e18), ("number", 1e18, 1e18),
        ("number", 1.1e18, REFUSED), ("number", -1.1e18, REFUSED), ("number", float("nan"), REFUSED),
        ("number", float("inf"), REFUSED), ("number", True, REFUSED), ("number", "3", REFUSED),
        ("number", None, REFUSED), ("number, 2 by default", None, 2.0), ("number, 2 by default", 5, 5.0),
        ("flag", True, True), ("flag", False, False), ("flag", 1, REFUSED), ("flag", "true", REFUSED),
        ("flag", None, REFUSED), ("flag, true by default", None, True), ("flag, true by default", False, False),
        ("flag, true by default", 0, REFUSED),
        ("word", "a", "a"), ("word", "", ""), ("word", 5, REFUSED), ("word", ["a"], REFUSED), ("word", None, REFUSED),
        ("ints", [], ()), ("ints", [0, 5], (0, 5)), ("ints", [5.0], (5,)), ("ints", [0, -1], REFUSED),
        ("ints", [True], REFUSED), ("ints", "12", REFUSED), ("ints", b"12", REFUSED), ("ints", 5, REFUSED),
        ("ints", ["5"], REFUSED), ("ints of 1", [1], (1,)), ("ints of 1", [1, 0], REFUSED),
        ("words", [], ()), ("words", ["a", "b"], ("a", "b")), ("words", ["a", 5], REFUSED), ("words", "ab", REFUSED),
        ("words", b"ab", REFUSED), ("words", 5, REFUSED),
        ("pair", 5, (5, 5)), ("pair", [5, 6], (5, 6)), ("pair", [5], REFUSED), ("pair", [5, 6, 7], REFUSED),
        ("pair", True, REFUSED), ("pair", 0, REFUSED), ("pair", [0, 1], REFUSED), ("pair of 0", 0, (0, 0)),
        ("pair of 0", [0, 1], (0, 1)), ("pair of 0", -1, REFUSED), ("pair", "12", REFUSED),
        ("int", 1, 1), ("int", 0, REFUSED), ("int of 0", 0, 0), ("int of 0", -1, REFUSED), ("int", None, REFUSED),
        ("int", LARGEST_NUMBER, LARGEST_NUMBER), ("int", LARGEST_NUMBER + 1, REFUSED),
        ("int", float(2**39), 2**39), ("int or none", None, None), ("int or none", 7, 7), ("int or none", "7", REFUSED),
        ("maybe", None, None), ("maybe", 1, 1), ("maybe", 0, REFUSED), ("maybe 0", 0, 0), ("maybe", False, REFUSED),
        ("per layer", 5, (5, 5, 5)), ("per layer", [5, 6, 7], (5, 6, 7)),
        ("per layer", True, REFUSED), ("per layer", 0, REFUSED), ("per layer", [5, 0, 5], REFUSED),
        ("per layer of 0", 0, (0, 0, 0)), ("per layer of 0", [5, 0, 5], (5, 0, 5)), ("per layer", "567", REFUSED),
        ("section", {"a": 1}, {"a": 1}), ("section", None, {}), ("section", [1], REFUSED), ("section", "a", REFUSED),
        ("section that must be", {}, {}), ("section that must be", None, REFUSED),
        ("has", 0, True), ("has", "", True), ("has", None, False),
    ],
)  # fmt: skip
def test_what_a_getter_takes(getter: str, value: Any, given: Any) -> None:
    """Null is absent; nothing is converted but whole floats; what is refused names the field in its section."""
    config = Config({"f": value}, path="text_config.")
    if given is REFUSED:
        with pytest.raises(UsageError) as caught:
            GETTERS[getter](config)
        place = caught.value.place
        assert place is not None and place.path is not None and place.path.startswith("text_config.f")
        assert place.file == "config.json" and "text_config.f" in caught.value.message
    else:
        found = GETTERS[getter](config)
        assert found == given and type(found) is type(given)


@pytest.mark.parametrize(
    ("getter", "value", "words"),
    [
        ("number", "3", "f is '3', expected a number"),
        ("flag", 1, "f is 1, expected true or false"),
        ("word", 5, "f is 5, expected a string"),
        ("ints", 5, "f is 5, expected a list of whole numbers"),
        ("ints", [0, -1], f"f[1] is -1, expected a whole number from 0 to {LARGEST_NUMBER}"),
        ("words", [5], "f is [5], expected a list of strings"),
        ("pair", [5], "f is 'a list of 1', expected one number, or two"),
        ("int", "5", "f is '5', expected a whole number"),
        ("int", 0, f"f is 0, expected a whole number from 1 to {LARGEST_NUMBER}"),
        ("section", 5, "f is 5, expected an object"),
    ],
)
def test_what_is_refused_is_shown_with_what_was_expected(getter: str, value: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        GETTERS[getter](Config({"f": value}))
    assert caught.value.message == words


def test_a_whole_float_is_one_below_the_largest_number() -> None:
    """Where a float of that size is still told from its neighbour; one above is refused as what it is written."""
    largest = LARGEST_NUMBER
    assert Config({"f": float(largest // 2)}).int("f") == largest // 2
    with pytest.raises(UsageError, match="expected a whole number"):
        Config({"f": float(largest) * 2}).int("f")


@pytest.mark.parametrize(("entries", "noted"), [(3, False), (4, True), (5, False), (6, True)])
def test_entries_beyond_the_layers_are_noted_unless_they_are_of_prediction_modules(entries: int, noted: bool) -> None:
    config = Config({"num_nextn_predict_layers": 2})
    assert config.each_layer(3, "f", range(entries)) == (0, 1, 2)
    assert bool(config.notices) is noted
    own = Config({"num_nextn_predict_layers": 2})
    assert own.each_layer(3, "f", range(entries), modules=1) == (0, 1, 2)
    assert bool(own.notices) is (entries in (5, 6))  # the reader's own number goes before the config's


def test_fewer_entries_than_layers_is_an_error_of_its_own() -> None:
    with pytest.raises(ListTooShort):
        Config({"f": [1, 2]}).each_layer(3, "f", [1, 2])


@pytest.mark.parametrize(("number", "noted"), [(2, False), (3, True)])
def test_a_layer_is_numbered_from_nought(number: int, noted: bool) -> None:
    config = Config({"f": [0, number]})
    assert config.layer_numbers(3, "f") == {0, number}
    (told,) = [one.message for one in config.notices] or [""]
    assert bool(told) is noted
    assert not noted or told == "f names layer 3, but the last of the 3 layers is 2; it is passed over"


def test_numbers_that_nobody_states_are_not_noted() -> None:
    config = Config({})
    assert config.layer_numbers(3, "f", default=(7,)) == {7} and config.notices == []
    assert Config({}).layer_numbers(3, "f", default=()) == frozenset()


def recorded(data: dict[str, Any], ask: Callable[[Config], Any]) -> list[Defaulted]:
    config = Config(data, path="text_config.", defaulted=[])
    ask(config)
    assert config.defaulted is not None
    return config.defaulted


def test_a_number_that_nobody_states_is_recorded() -> None:
    """Whole numbers alone, where none of the names has a value, and with the name that is null."""
    names = ("f", "g")
    assert recorded({}, lambda c: c.int(*names, default=8, least=2)) == [Defaulted("text_config.", names, 8, 2)]
    assert recorded({"g": None}, lambda c: c.int(*names, default=8)) == [Defaulted("text_config.", names, 8, 1, "g")]
    assert recorded({}, lambda c: c.per_layer(2, *names, default=8)) == [Defaulted("text_config.", names, 8, 1)]
    assert recorded({"g": 5}, lambda c: c.int(*names, default=8)) == []
    assert recorded({}, lambda c: c.int(*names, default=None)) == []
    assert recorded({}, lambda c: c.int(*names, default=lambda: 8)) == []  # worked out, not assumed
    assert recorded({}, lambda c: c.per_layer(2, *names, default=(8, 9))) == []
    assert recorded({}, lambda c: c.maybe_int(*names)) == []
    assert Config({}).int("f", default=8) == 8  # nobody asks for a record


def test_a_default_that_is_no_number_is_refused_unrecorded() -> None:
    config = Config({}, defaulted=[])
    for wrong in (True, "8", 8.5):
        with pytest.raises(UsageError):
            config.int("f", default=wrong)
    assert config.defaulted == []


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"text_config": {"a": 1}}, "text_config."),
        ({"llm_config": {"text_config": {"a": 1}}}, "llm_config.text_config."),
        ({"language_config": {}, "text_config": {}}, "text_config."),
        ({"thinker_config": {"text_config": {}}}, "thinker_config.text_config."),
        ({"text_config": None, "a": 1}, ""),
        ({"text_config": [1]}, ""),
        ({}, ""),
    ],
)
def test_the_language_models_section(data: dict[str, Any], path: str) -> None:
    assert Config(data).text().path == path


@pytest.mark.parametrize(
    ("name", "bounded"),
    [("num_hidden_layers", True), ("n_layer", True), ("layers_num", True), ("depth", True), ("depths", True),
     ("num_blocks", True), ("num_groups", True), ("num_modules", True), ("num_stages", True), ("num_depth", False),
     ("num_layers_per_block", False), ("hidden_size", False), ("depthwise", False), ("blocks_size", False)],
)  # fmt: skip
def test_which_numbers_count_layers(name: str, bounded: bool) -> None:
    assert bool(COUNTS_LAYERS.search(name)) is bounded
    if not bounded:
        assert Config({name: LAYERS + 1}).int(name) == LAYERS + 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a" * 58, f"'{'a' * 58}'"), ("a" * 59, f"'{'a' * 56}..."), (5, "5"), (None, "None"), ("\x1b", r"'\x1b'")],
)
def test_a_foreign_value_is_short(value: object, shown: str) -> None:
    assert show(value) == shown
