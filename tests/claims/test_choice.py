"""Which of several names is the card's model: by title, links and what is told, one rule after another."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.text import Block, joined
from moeaudit.claims.card.whose.choice import chosen_of, core_of, generation_of, possible, sizes_in, words_of_name
from moeaudit.claims.card.whose.naming import own_names

TOTAL = "architecture.total_parameters"


def paragraph(text: str) -> Block:
    return Block("text", joined([(1, 0, text)]))


def table(*rows: tuple[str, ...]) -> Block:
    return Block("table", rows=tuple(tuple(joined([(1, 0, cell)]) for cell in row) for row in rows))


def chosen(
    linked: tuple[str, ...] = (),
    titles: tuple[str, ...] = (),
    told: tuple[str, ...] = (),
    parts: tuple[Block, ...] = (),
    weights: dict[tuple[str, ...], float] | None = None,
) -> str | None:
    return chosen_of(linked, titles, parts, {}, list(told), weights or {})


@pytest.mark.parametrize(
    ("linked", "titles", "told", "name"),
    [
        # of the repos linked, those that have every word of the title
        (("o/Auriga-2",), ("Auriga-2",), (), "o/Auriga-2"),
        (("o/Auriga-2-Air", "o/Auriga-2"), ("Auriga-2",), (), "o/Auriga-2"),
        (("o/Auriga-2-Air-Long", "o/Auriga-2-Air"), ("Auriga-2",), (), "o/Auriga-2-Air"),
        (("o/Corvus-9", "o/Auriga-2-Air"), ("Auriga-2",), (), "o/Auriga-2-Air"),
        (("o/Auriga", "o/Auriga-2-Air"), ("Auriga-2",), (), "o/Auriga-2-Air"),
        # of several sizes the largest, of two alike the one that is there more often, then the first
        (("o/Auriga-2-7B", "o/Auriga-2-70B", "o/Auriga-2-8B"), ("Auriga-2",), (), "o/Auriga-2-70B"),
        (("o/Auriga-2-A", "o/Auriga-2-B", "o/Auriga-2-B"), ("Auriga-2",), (), "o/Auriga-2-B"),
        (("o/Auriga-2-B", "o/Auriga-2-A"), ("Auriga-2",), (), "o/Auriga-2-B"),
        # the next title where the first names none of them
        (("o/Corvus-9-Air",), ("Auriga-2", "Corvus-9"), (), "o/Corvus-9-Air"),
        # without links those that are told of
        ((), ("Auriga-2",), ("Auriga-2-Air", "Corvus-9"), "Auriga-2-Air"),
        # the title itself, where nothing else is named
        ((), ("Auriga-2",), (), "Auriga-2"),
        ((), ("Auriga-2",), ("Auriga-2",), "Auriga-2"),
        # without a title the first that is told of; behind a bare brand one that says more
        ((), (), ("Corvus-9", "Auriga-2"), "Corvus-9"),
        ((), (), ("Auriga", "Corvus-9", "Auriga-2"), "Auriga-2"),
        ((), (), ("Auriga", "Auriga-2", "Auriga-3", "Auriga-3"), "Auriga-3"),
        ((), (), (), ""),
    ],
)
def test_the_name_that_is_meant(
    linked: tuple[str, ...], titles: tuple[str, ...], told: tuple[str, ...], name: str
) -> None:
    assert chosen(linked, titles, told) == name


def test_a_title_that_the_card_uses_is_a_name_itself() -> None:
    parts = (paragraph("Auriga-2 has 70B parameters."),)
    assert chosen(titles=("Auriga-2",), told=("Auriga-2-Air",), parts=parts) == "Auriga-2"
    assert chosen(titles=("Auriga-2",), told=("Auriga-2-Air",)) == "Auriga-2-Air"
    longer = (paragraph("Auriga-2.5 and Auriga-2-Air have 70B parameters."),)
    assert chosen(titles=("Auriga-2",), told=("Auriga-2-Air",), parts=longer) == "Auriga-2-Air"


@pytest.mark.parametrize("word", ["collection", "series", "family", "models", "herd", "系列", "Series"])
def test_a_familys_title_means_a_member_that_says_more(word: str) -> None:
    parts = (paragraph(f"The Auriga-2 {word} is new. Auriga-2 is fast."),)
    assert chosen(titles=("Auriga-2",), told=("Auriga-2", "Auriga-2-Air"), parts=parts) == "Auriga-2-Air"


def test_without_a_title_the_generation_that_is_told_of_most() -> None:
    linked = ("o/Auriga-2-7B", "o/Auriga-3-7B", "o/Auriga-3-70B")
    two, three = ("auriga", "2"), ("auriga", "3")
    assert generation_of("o/Auriga-2-7B") == two and generation_of("o/Auriga-3-70B") == three
    assert chosen(linked, weights={two: 1, three: 2}) == "o/Auriga-3-70B"
    assert chosen(linked, weights={two: 2, three: 1}) == "o/Auriga-2-7B"


def test_of_two_editions_the_later() -> None:
    assert chosen(("o/Auriga-2-2501", "o/Auriga-2-2507")) == "o/Auriga-2-2507"
    assert chosen(("o/Auriga-2-2507", "o/Auriga-2-2501")) == "o/Auriga-2-2507"


def test_a_size_may_stand_in_a_table_or_in_brackets() -> None:
    linked = ("o/Auriga-2-Air", "o/Auriga-2-Max")
    assert chosen(linked) == "o/Auriga-2-Air"
    rows = table(("Model", "Total"), ("Auriga-2-Air", "30B"), ("Auriga-2-Max", "300B"))
    turned = table(("", "Auriga-2-Air", "Auriga-2-Max"), ("Total", "30B", "300B"))
    brackets = paragraph("There are Auriga-2-Air (30B) and Auriga-2-Max (300B).")
    for part in (rows, turned, brackets):
        assert chosen(linked, parts=(part,)) == "o/Auriga-2-Max"


def test_trillions_are_a_size_unless_they_are_of_tokens() -> None:
    assert chosen(("o/Auriga-2-500B", "o/Auriga-2-1T")) == "o/Auriga-2-1T"
    assert chosen(("o/Auriga-2-3B-5T", "o/Auriga-2-1B-15T")) == "o/Auriga-2-3B-5T"


@pytest.mark.parametrize(
    ("names", "count", "kept"),
    [
        (["A-7B", "A-70B"], 70_000_000_000, ["A-70B"]),
        (["A-7B", "A"], 70_000_000_000, ["A"]),
        (["A-7B", "A-8B"], 70_000_000_000, ["A-7B", "A-8B"]),
    ],
)
def test_names_whose_size_the_evidence_contradicts_are_left_out(names: list[str], count: int, kept: list[str]) -> None:
    assert possible(names, {"total.full": count}) == kept
    assert possible(names, {}) == names


def test_the_parts_of_a_name() -> None:
    assert words_of_name("org/Auriga-2-70B-A3B") == ("auriga", "2", "70b", "a3b")
    assert sizes_in("org/Auriga-2-70B-A3B") == {"70b", "a3b"}
    assert core_of("org/Auriga-2-70B-A3B") == {"auriga", "2"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("GLM-5.1-Air", ("glm", "5.1")),
        ("Auriga", ("auriga",)),
        ("Auriga-70B", ("auriga",)),
        ("Auriga-Air-3-Long", ("auriga", "air", "3")),
    ],
)
def test_generations(name: str, words: tuple[str, ...]) -> None:
    assert generation_of(name) == words


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (("Auriga", "Auriga-2", "Auriga-33"), "Auriga-33"),
        (("Auriga", "Auriga-33", "Auriga-2"), "Auriga-33"),
        (("Auriga", "Auriga-2-Long", "Auriga-3", "Auriga-3"), "Auriga-3"),
        (("Auriga", "Auriga-Air", "Auriga-2"), "Auriga-2"),
        (("Auriga", "Auriga-Air"), "Auriga"),
        (("Auriga-1", "Auriga-1-Air-2", "Auriga-1-Air-2"), "Auriga-1"),
    ],
)
def test_behind_a_bare_brand_the_name_that_is_told_most_then_the_longest(told: tuple[str, ...], name: str) -> None:
    assert chosen(told=told) == name


@pytest.mark.parametrize(
    ("linked", "name"),
    [
        # a trillion is a thousand billions
        (("o/A-2-999B", "o/A-2-1T"), "o/A-2-1T"),
        (("o/A-2-1001B", "o/A-2-1T"), "o/A-2-1001B"),
        # as far as five; more are of tokens
        (("o/A-2-900B", "o/A-2-5T"), "o/A-2-5T"),
        (("o/A-2-900B", "o/A-2-6T"), "o/A-2-900B"),
        (("o/A-2-900B", "o/A-2-1T", "o/A-2-6T"), "o/A-2-900B"),
        # the larger of two in one name; points and underscores part a figure alike
        (("o/A-2-30B-A3B", "o/A-2-8B"), "o/A-2-30B-A3B"),
        (("o/A-2-1.9B", "o/A-2-1_7B"), "o/A-2-1.9B"),
        (("o/A-2-1_7B", "o/A-2-1.5B"), "o/A-2-1_7B"),
    ],
)
def test_the_largest_by_the_size_in_its_name(linked: tuple[str, ...], name: str) -> None:
    assert chosen(linked) == name
    assert chosen(linked[::-1]) == name


def told_by(text: str, *linked: str) -> str:
    """The name of a card without a title, by its one paragraph and its links."""
    links = " ".join(f"https://hf.co/{one}" for one in linked)
    return own_names(links, (paragraph(text),), None).name


def test_what_is_presented_first_weighs_ten_more() -> None:
    """Three: a link, a place among the first sentences and a presentation, 1 + 2 + 5, and 10 for being the first; two:
    twice 2 + 5, and a link each."""
    text = "We present Auriga-3. We present Auriga-2. We present Auriga-2 again."
    three, two = "o/Auriga-3", "o/Auriga-2"
    assert told_by(text, two, two, two, three) == three  # 17 and 18
    assert told_by(text, three, two, two, two, two, two) == two  # 19 and 18


def test_a_name_that_nothing_presents_is_surely_the_models_from_a_weight_of_three() -> None:
    first = paragraph("We use Auriga-3 daily when it rains.")
    heading = Block("heading", joined([(1, 0, "Use of Auriga-3")]), headings=("Overview",))
    assert own_names("", (first, heading), None).alone  # 2 + 1
    for times, sure in ((3, False), (4, True)):  # 2 + 3 × 0.25, 2 + 4 × 0.25
        news = Block("text", joined([(1, 0, times * "We use Auriga-3 here. ")]), headings=("News",))
        assert own_names("", (first, news), None).alone == sure
    assert not own_names("", (first,), None).alone
    presented = paragraph("We introduce Auriga-3 today when it rains.")
    assert own_names("", (presented,), None).alone
