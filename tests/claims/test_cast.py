"""Whom a card is about: decided from all of it before any figure is given to anybody (cast.yaml)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from moeaudit.claims.card import Card, read_card
from moeaudit.claims.card.whose.cast import cast, head_of, weigh
from moeaudit.claims.card.whose.tells import Tell, Where
from moeaudit.claims.claim import STATED

FILE = Path(__file__).parent / "cast.yaml"
CASES = [(kind, one) for kind, rows in yaml.safe_load(FILE.read_text(encoding="utf-8")).items() for one in rows]
IDS = [f"{kind}-{at}" for at, (kind, _) in enumerate(CASES)]


def read(one: dict[str, Any]) -> Card:
    return read_card(one["card"], "README.md", one.get("id"), one.get("guesses", ()), one.get("counts", {}))


@pytest.mark.parametrize("one", [one for _, one in CASES], ids=IDS)
def test_a_card_is_about_whom_it_tells_of(one: dict[str, Any]) -> None:
    card = read(one)
    assert card.subject == one["subject"]
    assert [claim.printed for claim in card.claims] == one["states"]


def test_of_two_as_likely_each_ones_figures_are_assumed() -> None:
    """Nothing says which one is meant: neither's figures are silently another's, and none is proved."""
    text = "## Overview\n\nWe present Marsh-2 and Fen-3. Marsh-2 has 30B parameters. Fen-3 has 90B parameters.\n"
    card = read_card(text, "README.md")
    assert not card.named
    assert {claim.printed for claim in card.claims} == {"30B", "90B"}
    assert {claim.owner for claim in card.claims} - {STATED}


def test_a_name_that_is_only_compared_with_is_never_the_subject() -> None:
    text = "# Overview\n\nThe model beats Corvus-X. It is better than Corvus-X, which has 120B parameters.\n"
    card = read_card(text, "README.md")
    assert card.subject != "Corvus-X"
    assert not card.claims


def told(where: Where, count: int = 1, name: str = "Marsh-2", **what: Any) -> list[Tell]:
    return [Tell(name, where, **what) for _ in range(count)]


@pytest.mark.parametrize(
    ("group", "weight"),
    [
        # each place: what one weighs, and what many do at most
        (told(Where.TITLE), 6), (told(Where.TITLE, 9), 8),
        (told(Where.FIRST), 2), (told(Where.FIRST, 3), 6), (told(Where.FIRST, 9), 6),
        (told(Where.HEADING), 1), (told(Where.HEADING, 3), 3), (told(Where.HEADING, 9), 3),
        (told(Where.TABLE), 0.5), (told(Where.TABLE, 4), 2), (told(Where.TABLE, 9), 2),
        (told(Where.LINK), 1), (told(Where.LINK, 6), 6), (told(Where.LINK, 9), 6),
        (told(Where.TEXT), 0.25), (told(Where.TEXT, 12), 3), (told(Where.TEXT, 40), 3),
        # presented at the head: five, twice at most; later: three, five at most
        (told(Where.FIRST, introduced=True), 2 + 5), (told(Where.FIRST, 2, introduced=True), 4 + 10),
        (told(Where.FIRST, 3, introduced=True), 6 + 10),
        (told(Where.HEADING, introduced=True), 1 + 5),
        (told(Where.TEXT, introduced=True), 0.25 + 3), (told(Where.TEXT, 2, introduced=True), 0.5 + 5),
        (told(Where.FIRST, introduced=True) + told(Where.TEXT, introduced=True), 2 + 5 + 0.25 + 3),
        # compared with: one less each, four at most; the place does not count
        (told(Where.FIRST, other=True), -1), (told(Where.FIRST, 4, other=True), -4),
        (told(Where.FIRST, 5, other=True), -4), (told(Where.FIRST, introduced=True, other=True), -1),
        (told(Where.TITLE) + told(Where.TEXT, other=True), 6 - 1),
        ([], 0),
    ],
)  # fmt: skip
def test_what_a_names_places_weigh(group: list[Tell], weight: float) -> None:
    assert weigh(group) == weight


def test_a_parent_weighs_five_less() -> None:
    tells = told(Where.TITLE, name="Marsh-2") + told(Where.FIRST, name="Fen-3")
    for parents, weights in (((), {"marsh": 6, "fen": 2}), (("org/Marsh-1",), {"marsh": 1, "fen": 2})):
        found = cast(tells, parents)
        assert found.subject is not None
        assert found.subject.weight == max(weights.values())
        assert weights[found.subject.head] == max(weights.values())
    assert cast(told(Where.FIRST, name="Fen-3"), ("org/Fen-2",)).subject is None  # 2 - 5
    assert cast(told(Where.HEADING, 5), ("org/Marsh",)).subject is None  # 3 - 5


@pytest.mark.parametrize(
    ("name", "counts", "weight"),
    [
        ("Marsh-2-30B", 0, 6 + 6),
        ("Marsh-2-30B", 3, 6 + 2 * 6),
        ("Marsh-2-90B", 0, 6 - 8),
        ("Marsh-2-90B", 3, 6 + 6 - 8),
        ("Marsh-2", 0, 6),
        ("Marsh-2", 3, 6 + 6),
        ("Marsh-2-30B-A3B", 0, 6 + 6),
        ("Marsh-2-30B-A9B", 0, 6 - 8),
    ],
)
def test_sizes_that_the_evidence_counts_or_contradicts(name: str, counts: int, weight: float) -> None:
    known = {"total.full": 30_000_000_000, "active.full": 3_000_000_000}
    found = cast([Tell(name, Where.TITLE, counts=counts)], known=known).subject
    assert (found.weight if found else None) == (weight if weight > 0 else None)


def test_a_rival_is_presented_beside_and_weighs_four_fifths_at_least() -> None:
    def rivals(*others: Tell, at: int = 1) -> list[str]:
        first = [Tell("Marsh-2", Where.FIRST, introduced=True, at=1), Tell("Marsh-2", Where.HEADING),
                 Tell("Marsh-2", Where.HEADING), Tell("Marsh-2", Where.HEADING)]  # fmt: skip
        beside = Tell("Fen-3", Where.FIRST, introduced=True, at=at)
        return [one.head for one in cast([*first, beside, *others]).rivals]

    heading, half = Tell("Fen-3", Where.HEADING), Tell("Fen-3", Where.TABLE)
    assert rivals(heading) == ["fen"]  # 8 of 10
    assert rivals(half) == []  # 7.5
    assert rivals(heading, at=2) == []  # in another sentence
    assert cast([Tell("Marsh-2", Where.TITLE), Tell("Fen-3", Where.TITLE)]).rivals == ()


def test_who_is_only_compared_with_or_only_linked() -> None:
    tells = [Tell("Marsh-2", Where.TITLE), *told(Where.TEXT, 2, "Fen-3", other=True), Tell("Fen-3", Where.LINK)]
    found = cast(tells)
    assert found.subject is not None and found.subject.head == "marsh" and found.others == ("Fen-3",)
    linked = cast([Tell("org/Fen-3", Where.LINK)])
    assert linked.subject is not None and linked.subject.head == "fen" and not linked.subject.shown
    assert cast(tells, hint="Fen-3").subject == found.subject
    both = [Tell("Marsh-2", Where.TITLE), Tell("Fen-3", Where.TEXT)]
    hinted = cast(both, hint="Fen-3").subject
    assert hinted is not None and hinted.head == "fen"


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("Marsh-2", "marsh"), ("org/Marsh-2", "marsh"), ("Marsh2.5-Air", "marsh"), ("30B-Marsh", "marsh"),
        ("Google-Marsh-2", "marsh"), ("Google", "google"), ("K-Marsh", "kmarsh"), ("K", "k"), ("K2", "k"), ("30B", ""),
        ("2024", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_first_word_of_a_name(name: str, head: str) -> None:
    assert head_of(name) == head
