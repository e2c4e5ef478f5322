"""How reading is measured, on two small cards made up for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.reading.agree import agrees
from benchmarks.reading.labels import BADGE, Label, Labelled, kind_of, read_cards
from benchmarks.reading.page import page
from benchmarks.reading.results import PAGE, WITHOUT, Measured, Results, Way, read, text
from benchmarks.reading.score import Outcome, Result, score, tally

CARDS = Path(__file__).parent / "cards"


def outcomes(*only: str) -> list[Outcome]:
    cards = read_cards(CARDS, CARDS / "labels.tsv", CARDS / "cards.tsv", only)
    return [one for card in cards.cards for one in score(card, card.model)]


@pytest.mark.parametrize(
    ("printed", "label", "same"),
    [
        ("36B", "360 亿", True),
        ("1M", "1 million", True),
        ("46.7B", "46.7 billion", True),
        ("37B", "3.7B", False),
        ("16 384", "16384", True),
        ("80GB", "80 GB", True),
        ("180GB", "80GB", False),
        ("80GiB", "80 GB", True),
        ("8 x 80GB", "80GB*8", True),
        ("16× H800-80G", "16xH800-80G", True),
        ("4xH100", "8xH100", False),
        ("Apache License 2.0", "Apache 2.0", True),
        ("apache-2.0", "Apache 2.0", True),
        ("MIT", "Modified MIT", False),
        ("8 GPUs", "4 GPUs with 80GB", False),
        ("3.0", "3.0", True),
        ("", "MIT", False),
    ],
)
def test_values_agree(printed: str, label: str, same: bool) -> None:
    assert agrees(printed, label) is same


def test_each_label_is_found_or_missed_and_each_other_claim_is_wrong() -> None:
    found = {(one.card, one.field, one.value): one.result for one in outcomes()}
    assert found == {
        ("boat", "total_parameters", "46.7 billion"): Result.FOUND,
        ("boat", "active_parameters", "12.9B"): Result.FOUND,
        ("boat", "layers", "32"): Result.FOUND,
        ("boat", "routed_experts", "8"): Result.FOUND,
        ("boat", "experts_per_token", "2"): Result.FOUND,  # one line below its label, in the same sentence
        ("boat", "context_length", "32K"): Result.FOUND,
        ("lake", "total_parameters", "20B"): Result.FOUND,
        ("lake", "total_parameters", "7B"): Result.MISSED,
        ("lake", "active_parameters", "2B"): Result.WRONG,
    }


@pytest.mark.parametrize(
    ("label", "result"),
    [
        (Label("lake", 3, "total_parameters", "20B", "no"), None),
        (Label("lake", 3, "total_parameters", "21B", "no"), Result.NEUTRAL),
        (Label("lake", 3, BADGE, "20B", BADGE), Result.NEUTRAL),
        (Label("lake", 3, "total_parameters", "21B", "yes"), Result.WRONG),
        (Label("lake", 2, "total_parameters", "20B", "yes"), Result.WRONG),
    ],
)
def test_what_counts_neither_way(label: Label, result: Result | None) -> None:
    """A claim that meets a debatable label, or stands where nothing else is labelled, is neither right nor wrong."""
    card = Labelled("lake", "", "en", "# Lake-20B\n\nLake-20B has 20B parameters.\n", (label,))
    claims = [one.result for one in score(card, None) if one.value == "20B" and one.result is not Result.MISSED]
    assert claims == ([] if result is None else [result])


def test_a_missed_figure_keeps_its_reason() -> None:
    card = Labelled(
        "lake",
        "",
        "en",
        "# Lake-20B\n\nOther-9B has 7B parameters.\n",
        (Label("lake", 3, "total_parameters", "7B", "yes"),),
    )
    (missed,) = score(card, "org/Lake-20B")
    assert (missed.result, missed.why.startswith("it is another model's")) == (Result.MISSED, True)


def test_shares() -> None:
    found = tally(outcomes())
    assert (found.found, found.missed, found.wrong) == (7, 1, 1)
    assert (found.recall, found.precision) == (7 / 8, 7 / 8)
    assert (tally([]).recall, tally([]).precision) == (None, None)


def test_cards_that_are_not_asked_for_stay_unopened(tmp_path: Path) -> None:
    (tmp_path / "lake.md").mkdir()  # opening it would fail
    (tmp_path / "boat.md").write_text("# Boat\n", encoding="utf-8")
    cards = read_cards(tmp_path, CARDS / "labels.tsv", CARDS / "cards.tsv", ["boat"])
    assert [card.id for card in cards.cards] == ["boat"]


def test_cards_that_are_not_there_are_named() -> None:
    assert read_cards(CARDS, CARDS / "labels.tsv", CARDS / "cards.tsv").absent == ("gone",)
    without_table = read_cards(CARDS, CARDS / "labels.tsv")
    assert [(card.id, card.model, card.language) for card in without_table.cards] == [
        ("boat", "", "unknown"),
        ("lake", "", "unknown"),
    ]


def test_kinds() -> None:
    assert (kind_of("active_parameters"), kind_of("memory"), kind_of("embedding_parameters")) == (
        "headline sizes",
        "memory, hardware, precision",
        "other fields",
    )


def test_the_page_holds_figures_and_no_text_of_a_card() -> None:
    cards = read_cards(CARDS, CARDS / "labels.tsv", CARDS / "cards.tsv")
    measured = Measured.of(cards, "2026-01-01", "abc")
    measured.ways = dict.fromkeys((WITHOUT, "with its id"), Way.of(outcomes()))
    said = page(Results({"made-up cards": measured}))
    assert "2 cards (2 en); 9 labels that count, 1 that count neither way, 0 in images." not in said
    assert "2 cards (2 en); 8 labels that count, 1 that count neither way, 0 in images." in said
    assert "| all | 0.875 | 0.875 | 0.875 | 0.875 | 8 | 1 / 1 |" in said
    assert "fish" not in text(Results({"made-up cards": measured})) + said


def test_the_published_page_is_made_from_the_published_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(read()), "run python tools/generate.py"
