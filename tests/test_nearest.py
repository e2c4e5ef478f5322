"""The nearest name: few slips for its length or a whole part of what is meant, else none. Slips are counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeaudit.nearest import asked, did_you_mean, nearest, slips, slips_allowed

WORDS = ["active.full", "active.head", "routed_experts", "router", "rounds", "warning", "note", "Mixtral-8x7B-v0.1"]
LETTERS = st.text("abcd12", min_size=0, max_size=9)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("html", "html", 0),
        ("htlm", "html", 1),  # swapped
        ("hml", "html", 1),  # left out
        ("htmll", "html", 1),  # put in
        ("hxml", "html", 1),  # changed
        ("sauce", "source", 2),
        ("", "abc", 3),
        ("v2", "v3", 2),  # another figure is another thing
    ],
)
def test_slips_by_hand(one: str, other: str, wanted: int) -> None:
    assert slips(one, other) == slips(other, one) == wanted


@given(one=LETTERS, other=LETTERS)
def test_slips_are_between_the_difference_of_lengths_and_all_letters(one: str, other: str) -> None:
    assert abs(len(one) - len(other)) <= slips(one, other) <= len(one) + len(other)
    assert (slips(one, other) == 0) is (one == other)


@pytest.mark.parametrize(("letters", "allowed"), [(1, 1), (4, 1), (5, 2), (7, 2), (8, 3), (30, 3)])
def test_one_slip_in_three_letters_three_at_most(letters: int, allowed: int) -> None:
    assert slips_allowed("x" * letters) == allowed


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Active Full", ["active.full"]),  # capitals, and which sign stands between
        ("activ.full", ["active.full"]),
        ("routd-experts", ["routed_experts"]),
        ("mixtral", ["Mixtral-8x7B-v0.1"]),  # a part
        ("mixtral-8x7", ["Mixtral-8x7B-v0.1"]),  # how it begins
        ("full", ["active.full"]),
        ("active", ["active.full", "active.head"]),
        ("routing", []),  # not router, not rounds, not warning
        ("ver", []),
        ("zzz", []),
        ("", []),
        ("x" * 65, []),
    ],
)
def test_what_is_meant(word: str, meant: list[str]) -> None:
    assert nearest(word, WORDS, most=3) == meant


def test_those_with_the_fewest_slips_alone() -> None:
    known = ["DeepSeek-V2", "DeepSeek-V3", "DeepSeek-V3.2"]
    assert nearest("deepseek v3", known, most=3) == nearest("DeepSek-V3", known, most=3) == ["DeepSeek-V3"]


@given(st.text(max_size=80))
def test_any_text_has_an_answer(word: str) -> None:
    assert set(nearest(word, WORDS, most=9)) <= set(WORDS)


def test_how_it_is_asked() -> None:
    assert asked(["a"]) == "Did you mean a?" and asked(["a", "b", "c"]) == "Did you mean a, b or c?"
    assert did_you_mean("nte", WORDS) == "Did you mean note?"
    assert did_you_mean("zzz", ["a", "b"]) == "There are: a, b."
    assert did_you_mean("zzz", ["a", "b"], otherwise="Look there.") == "Look there."


def test_parts_count_only_where_they_are_asked_for() -> None:
    assert nearest("mixtral", WORDS, parts=False) == [] and nearest("mixtral", WORDS) == ["Mixtral-8x7B-v0.1"]
