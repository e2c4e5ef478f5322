"""Two figures with a stroke between: which is the total, told by a label before them, by words behind in their
order, or by their size; and what stands beside a stroke that is no pair."""

from __future__ import annotations

import pytest

from tests.claims.test_constructions import fields

TOTAL_FIRST = {"671B": "total_parameters", "37B": "active_parameters"}
ACTIVE_FIRST = {"37B": "active_parameters", "671B": "total_parameters"}


@pytest.mark.parametrize(
    "words",
    ["total/active parameters", "(total/active)", "(total / active)", "total and active", "parameters (total/active)",
     "total / activated params", "total parameters/active parameters", "total & active parameters", "总/激活参数",
     "total parameters and active parameters"],
)  # fmt: skip
def test_words_behind_tell_in_their_order(words: str) -> None:
    """Whichever comes first, of words and of sizes: a figure is what its place says, be it plausible or not."""
    assert fields(f"671B/37B {words}") == TOTAL_FIRST
    assert fields(f"37B/671B {words}") == {"37B": "total_parameters", "671B": "active_parameters"}


@pytest.mark.parametrize("words", ["active/total parameters", "(active/total)", "activated / total params"])
def test_the_other_order_too(words: str) -> None:
    assert fields(f"37B/671B {words}") == ACTIVE_FIRST


def test_a_label_before_them_tells_in_its_order() -> None:
    assert fields("Active / total parameters: 37B / 671B") == ACTIVE_FIRST
    assert fields("Total / active parameters: 671B / 37B") == TOTAL_FIRST


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("671B/37B active", TOTAL_FIRST),
        ("a 671B/37B active MoE", TOTAL_FIRST),
        ("37B/671B total", ACTIVE_FIRST),
        ("a 671B/37B-parameter model", TOTAL_FIRST),
        ("a 37B/671B-parameter model", ACTIVE_FIRST),
        ("8/256 experts", {"8": "experts_per_token", "256": "routed_experts"}),
        ("8/256 routed experts", {"8": "experts_per_token", "256": "routed_experts"}),
        ("8/256 routed experts per token", {"8": "experts_per_token", "256": "routed_experts"}),
        ("Experts: 8/256", {"8": "experts_per_token", "256": "routed_experts"}),
        ("Experts: 256 / 8", {"256": "routed_experts", "8": "experts_per_token"}),
        ("Parameters: 37B/671B", ACTIVE_FIRST),
        ("256/8 experts", {"256": "routed_experts", "8": "experts_per_token"}),
        ("Activated / total experts: 8 / 256", {"8": "experts_per_token", "256": "routed_experts"}),
    ],
)
def test_one_word_or_none(text: str, stated: dict[str, str]) -> None:
    """One word is the second figure's; without any the smaller one is active."""
    assert fields(text) == stated


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("It uses 8 / token experts", {"8": "experts_per_token"}),
        ("- / 3B parameters", {"3B": "total_parameters"}),
        ("3B / - parameters", {}),
        ("experts / 8", {}),
        ("8 / 256", {}),
        ("Of its experts 1/32 are used", {}),
        ("The experts take 1/32 of the tokens", {}),
        ("3B/3B parameters", {"3B": "total_parameters"}),
    ],
)
def test_what_is_no_pair(text: str, stated: dict[str, str]) -> None:
    assert fields(text) == stated


@pytest.mark.parametrize("words", ["active, total", "active of which total"])
def test_words_that_are_not_between_two_strokes_are_no_order(words: str) -> None:
    assert fields(f"671B/37B {words}").get("671B") != "active_parameters"


@pytest.mark.parametrize(
    "text",
    [
        "total parameters of {total} and active parameters of {active}",
        "active parameters of {active} and total parameters of {total}",
        "a total parameter count of {total} and an active parameter count of {active}",
        "{active} activated parameters (total {total})",
        "{active} active parameters (total: {total})",
        "{active} active parameters ({total} total)",
        "{total} parameters (active {active})",
        "a {active}-active {total}-total MoE",
        "a {total}-total {active}-active MoE",
        "{active}/{total} active parameters",
        "{total}/{active} total parameters",
        "{total} total and {active} active parameters",
        "{active} active and {total} total parameters",
        "{active} of {total} parameters are active",
        "{total} parameters, {active} of which are active",
        "activates {active} of {total} parameters",
        "with {active} active out of {total} total",
        "{total} (total) / {active} (active)",
    ],
)
def test_a_nearer_word_goes_before_one_further_off(text: str) -> None:
    """Both sizes with a word for each, in the orders in which cards write them."""
    said = text.format(total="671B", active="37B")
    assert fields(said) == {"671B": "total_parameters", "37B": "active_parameters"}, said


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("8 active experts (total 256)", {"8": "experts_per_token", "256": "routed_experts"}),
        ("total experts of 256 and active experts of 8", {"8": "experts_per_token", "256": "routed_experts"}),
        ("256 routed and 1 shared experts", {"256": "routed_experts", "1": "shared_experts"}),
        (
            "8 routed and 1 shared experts of 256",
            {"8": "experts_per_token", "1": "shared_experts", "256": "routed_experts"},
        ),
        ("its active parameters are 37B and its total parameters 671B", {"37B": "active_parameters"}),
    ],
)
def test_a_noun_beyond_an_and_that_has_a_figure_is_not_this_ones(text: str, stated: dict[str, str]) -> None:
    assert fields(text) == stated


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("selects 8 experts from 256 for each token", {"8": "experts_per_token", "256": "routed_experts"}),
        ("activates 8 experts from 256 per token", {"8": "experts_per_token", "256": "routed_experts"}),
        ("selects 8 experts from 256", {"8": "experts_per_token", "256": "routed_experts"}),
        ("picks 8 routed experts from 256 per token", {"8": "experts_per_token", "256": "routed_experts"}),
        ("selects 8 experts from a pool of 256", {"8": "experts_per_token", "256": "routed_experts"}),
        ("8 of 256 experts per token", {"8": "experts_per_token", "256": "routed_experts"}),
    ],
)
def test_fewer_experts_from_many(text: str, stated: dict[str, str]) -> None:
    """What is said `per token` is said of the few, wherever it stands."""
    assert fields(text) == stated


def test_more_experts_than_before_are_no_part_of_those() -> None:
    assert fields("it now has 16 experts from 8").get("16") != "experts_per_token"
