"""Mistakes planted into a small card with published evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.planting.evidence import Evidence, Known
from benchmarks.planting.plants import changes, plants, spans, turned, unplaced
from benchmarks.planting.run import sums, tries
from benchmarks.planting.sentences import false, tried
from benchmarks.reading.labels import Label, Labelled, read_cards
from benchmarks.reading.results import Planted, Results, text
from benchmarks.reading.results import read as kept

HERE = Path(__file__).parent
FIXTURES = HERE.parents[1] / "fixtures"


@pytest.fixture(scope="module")
def known() -> Known:
    found = Evidence([FIXTURES]).find("mistralai/Mixtral-8x7B-v0.1")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def boat() -> Labelled:
    cards = HERE / "cards"
    (found,) = read_cards(cards, cards / "labels.tsv", cards / "cards.tsv", ["boat"]).cards
    return found


def test_evidence_is_found_by_id_and_by_name() -> None:
    evidence = Evidence([FIXTURES])
    instruct, named = evidence.find("allenai/OLMoE-1B-7B-0125"), evidence.named("deepseek_v3")
    assert (instruct is not None, named is not None and named.id) == (True, "deepseek-ai/DeepSeek-V3")
    assert evidence.find("org/nothing") is None


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("total_parameters", "46.7B", ["42.0B", "76.4B"]),
        ("active_parameters", "12.9B", ["9.3B", "92.1B"]),
        ("active_parameters", "3B", ["2.4B"]),
        ("total_parameters", "46.7 billion", ["42.0 billion", "76.4 billion"]),
        ("routed_experts", "8", ["6"]),
        ("experts_per_token", "2", ["3"]),
        ("layers", "32", ["35"]),
        ("context_length", "32K", ["64K"]),
        ("context_length", "16K", []),  # 32K are served
        ("vision_parameters", "1B", []),  # the evidence has none to hold it against
        ("layers", "29", []),  # 32 would be true
    ],
)
def test_figures_are_made_wrong(known: Known, field: str, old: str, new: list[str]) -> None:
    assert [made for _, made in changes(field, old, known)] == new


@pytest.mark.parametrize(
    ("number", "other"),
    [
        ("744", "447"),
        ("671", "176"),
        ("360", "630"),
        ("46.7", "76.4"),
        ("11", None),
        ("8", None),
        ("100", None),
    ],
)
def test_digits_are_turned(number: str, other: str | None) -> None:
    assert turned(number) == other


@pytest.mark.parametrize(
    ("line", "value", "labelled", "found"),
    [
        ("has **744**B of 1744B, 744B", "744B", False, ["744**B", "744B"]),
        ("| GLM | 744B-A40B |", "744B", False, []),
        ("| GLM | 744B-A40B |", "40B", True, ["40B"]),
        ("参数量360亿。", "360 亿", False, []),
        ("参数 360亿。", "360 亿", False, ["360亿"]),
        ("参数量360亿。", "360 亿", True, ["360亿"]),
    ],
)
def test_where_a_value_stands(line: str, value: str, labelled: bool, found: list[str]) -> None:
    assert [line[start:end] for start, end in spans(line, value, labelled=labelled)] == found


def test_planted_figures_are_named_on_their_line(boat: Labelled, known: Known) -> None:
    found = tries(boat, known, None)
    assert {one.plant.field for one in found.tried} == {
        "active_parameters",
        "layers",
        "routed_experts",
        "context_length",
    }
    assert [one.plant for one in found.tried if not one.rules] == []
    assert found.errors == ()
    assert {label.field for label in unplaced(boat)} == {"total_parameters", "experts_per_token"}


def test_a_plant_changes_its_line_alone(boat: Labelled, known: Known) -> None:
    for plant in plants(boat, known):
        pairs = enumerate(zip(boat.text.split("\n"), plant.text.split("\n"), strict=True), 1)
        assert [at for at, (old, new) in pairs if old != new] == list(plant.lines)


def test_what_is_not_named_says_why(known: Known) -> None:
    text = "# Boat\n\nMixtral-8x7B is here. Other-9B has 46.7B parameters.\n"
    card = Labelled("boat", "", "en", text, (Label("boat", 3, "total_parameters", "46.7B", "yes"),))
    (one, *_) = tries(card, known, "mistralai/Mixtral-8x7B-v0.1").tried
    assert (one.rules, one.why) == ((), "it is another model's as architecture.total_parameters")


def test_sentences(known: Known) -> None:
    templates = {"swap": "{n} has {a} total parameters, of which {t} are activated per token.", "none": "{unknown}"}
    (swap,) = false(templates, known)
    assert swap.text == "Mixtral-8x7B-v0.1 has 12.9B total parameters, of which 46.7B are activated per token."
    assert swap.is_named
    assert not tried(known, "true", "Mixtral-8x7B-v0.1 has 46.7B total parameters.").is_named


def test_figures_are_kept(boat: Labelled, known: Known, tmp_path: Path) -> None:
    made: Planted = sums([tries(boat, known, None)], [], [], 1, "2026-01-01", "abc")
    path = tmp_path / "results.json"
    path.write_text(text(Results(planting={"cards": {"without an id": made}})), encoding="utf-8")
    assert kept(path).planting["cards"]["without an id"] == made
    assert made.all.tried == sum(one.tried for one in made.plants.values()) > made.active.tried > 0
