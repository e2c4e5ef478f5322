"""Reading fields of a config.json: aliases, types, bounds, and errors that name the field."""

from __future__ import annotations

from typing import Any

import pytest

from moeaudit.architecture.config import Config
from moeaudit.errors import UsageError
from moeaudit.limits import LAYERS


def test_the_first_alias_that_is_written_counts() -> None:
    assert Config({"num_local_experts": 8}).int("num_experts", "num_local_experts") == 8


def test_null_is_absent() -> None:
    config = Config({"head_dim": None, "num_experts": None, "num_local_experts": 8})
    assert config.int("head_dim", default=64) == 64
    assert config.int("num_experts", "num_local_experts") == 8
    assert not config.has("head_dim")


def test_contradicting_aliases_are_a_notice_and_the_first_is_used() -> None:
    config = Config({"num_experts": 8, "num_local_experts": 16})
    assert config.int("num_experts", "num_local_experts") == 8
    [notice] = config.notices
    assert notice.rule == "config-aliases-contradict"
    assert notice.values == (("num_experts", 8), ("num_local_experts", 16))


def test_equal_aliases_are_no_notice() -> None:
    config = Config({"num_experts": 8, "num_local_experts": 8})
    config.int("num_experts", "num_local_experts")
    assert config.notices == []


@pytest.mark.parametrize("value", ["8", True, 8.5, -1, 2**50, [8], {"a": 8}, float("nan")])
def test_what_is_no_whole_number_is_an_error_that_names_the_field(value: Any) -> None:
    with pytest.raises(UsageError, match=r"text_config\.hidden_size"):
        Config({"text_config": {"hidden_size": value}}).text().int("hidden_size")


def test_whole_floats_are_whole_numbers() -> None:
    assert Config({"hidden_size": 4096.0}).int("hidden_size") == 4096


def test_a_missing_field_names_its_aliases() -> None:
    with pytest.raises(UsageError, match=r"required field n_routed_experts is missing \(also read as num_experts\)"):
        Config({}).int("n_routed_experts", "num_experts")


@pytest.mark.parametrize(
    "name", ["num_hidden_layers", "n_layers", "depth", "encoder_layers", "num_nextn_predict_layers"]
)
def test_layers_are_bounded(name: str) -> None:
    """Each layer is an entry of a list: a broken number must not exhaust memory."""
    assert Config({name: LAYERS}).int(name) == LAYERS
    with pytest.raises(UsageError, match=f"{name} is {LAYERS + 1}, expected a whole number"):
        Config({name: LAYERS + 1}).int(name)


def test_one_number_or_one_for_each_layer() -> None:
    assert Config({"moe_topk": 8}).per_layer(3, "moe_topk") == (8, 8, 8)
    assert Config({"moe_topk": [8, 8, 4]}).per_layer(3, "moe_topk") == (8, 8, 4)
    with pytest.raises(UsageError, match="2 entries for 3 layers"):
        Config({"moe_topk": [8, 8]}).per_layer(3, "moe_topk")


def test_hostile_text_is_escaped() -> None:
    with pytest.raises(UsageError) as caught:
        Config({"hidden_size": "\x1b[31m\u202e" + "x" * 500}).int("hidden_size")
    assert "\x1b" not in str(caught.value) and "\u202e" not in str(caught.value) and len(str(caught.value)) < 200


def test_the_fields_asked_for_are_listed() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []
    config = Config({"text_config": {"num_experts": 8}}, asked=asked)
    config.section("text_config").int("n_routed_experts", "num_experts")
    assert asked == [("", ("text_config",)), ("text_config.", ("n_routed_experts", "num_experts"))]


def test_the_first_entries_of_a_longer_list_count() -> None:
    config = Config({"num_hidden_layers": 2, "layer_types": ["a", "b", "c"]})
    assert config.each_layer(2, "layer_types", ["a", "b", "c"]) == ("a", "b")
    assert [notice.rule for notice in config.notices] == ["config-list-longer"]
    with pytest.raises(UsageError, match="layer_types has 3 entries for 4 layers"):
        config.each_layer(4, "layer_types", ["a", "b", "c"])


def test_entries_of_prediction_modules_are_no_notice() -> None:
    """As DeepSeek-V4 writes compress_ratios: 44 entries for 43 layers and one prediction module."""
    config = Config({"num_hidden_layers": 2, "num_nextn_predict_layers": 1})
    assert config.each_layer(2, "compress_ratios", [4, 128, 0]) == (4, 128)
    assert config.notices == []


def test_numbers_of_layers_that_are_not_there() -> None:
    config = Config({"mlp_only_layers": [1, 48]})
    assert config.layer_numbers(48, "mlp_only_layers") == {1, 48}
    assert [notice.rule for notice in config.notices] == ["config-list-longer"]
