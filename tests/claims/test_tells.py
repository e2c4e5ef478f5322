"""How a card tells its names: which it presents, which it only compares with, and those in headings beside its own."""

from __future__ import annotations

import pytest

from moeaudit.claims.card.subject import Subject
from moeaudit.claims.card.text import Block, joined
from moeaudit.claims.card.whose.naming import beside
from moeaudit.claims.card.whose.tells import Where, tells_of


def paragraph(text: str, kind: str = "text", *headings: str) -> Block:
    return Block(kind, joined([(1, 0, text)]), headings=headings)


FIRST = paragraph("Here is what there is to say.")
"""A line at a card's very head may be its title."""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # presented, or said to be a model
        ("We introduce Zorblat-3.", {"Zorblat-3": "introduced"}),
        ("We use Zorblat-3.", {"Zorblat-3": ""}),
        ("Zorblat-3 is a new model.", {"Zorblat-3": "introduced"}),
        ("Zorblat-3 (2B) is a new model.", {"Zorblat-3": "introduced"}),
        ("Zorblat-3 is a new kitchen.", {"Zorblat-3": ""}),
        ("We introduce Zorblat-3 and Corvus-9.", {"Zorblat-3": "introduced", "Corvus-9": "introduced"}),
        ("We introduce Zorblat-3 beside Corvus-9.", {"Zorblat-3": "introduced", "Corvus-9": ""}),
        ("We introduce a fast small thing: Zorblat-3.", {"Zorblat-3": ""}),
        ("We introduce a fast small thing Zorblat-3.", {"Zorblat-3": "introduced"}),
        ("We introduce Zorblat.", {"Zorblat": "introduced"}),
        ("We use Zorblat.", {}),
        # compared with, or made from
        ("It beats Zorblat-3.", {"Zorblat-3": "other"}),
        ("It is based on the Zorblat-3.", {"Zorblat-3": "other"}),
        ("It is better than Zorblat-3 and Corvus-9.", {"Zorblat-3": "other", "Corvus-9": "other"}),
        ("It is better than Zorblat-3 beside Corvus-9.", {"Zorblat-3": "other", "Corvus-9": ""}),
        ("We introduce Zorblat-3, better than Corvus-9.", {"Zorblat-3": "introduced", "Corvus-9": "other"}),
        # pointed at
        ("This model Zorblat-3 has experts.", {"Zorblat-3": "pointed"}),
    ],
)
def test_how_a_name_is_told(text: str, told: dict[str, str]) -> None:
    found = tells_of("", [FIRST, paragraph(text)])
    flags = {
        one.name: " ".join(word for word in ("introduced", "other", "pointed") if getattr(one, word)) for one in found
    }
    assert flags == told
    assert {one.where for one in found} <= {Where.FIRST}


def test_where_a_name_is_told() -> None:
    sentence = "We use Zorblat-3."
    assert [one.where for one in tells_of("", [paragraph(sentence, "heading", "Overview")])] == [Where.HEADING]
    assert [one.where for one in tells_of("", [paragraph(sentence, "text", "News")])] == [Where.TEXT]
    many = [paragraph("Fast.") for _ in range(11)]
    assert [one.where for one in tells_of("", [*many, paragraph(sentence)])] == [Where.FIRST]
    assert [one.where for one in tells_of("", [*many, paragraph("Fast."), paragraph(sentence)])] == [Where.TEXT]
    compared = tells_of("", [paragraph("We introduce Zorblat-3.", "text", "Comparison")])
    assert [(one.other, one.introduced) for one in compared] == [(True, False)]
    above = tells_of("", [paragraph("We introduce Zorblat-3.", "text", "Comparison", "Overview")])
    assert [(one.other, one.introduced) for one in above] == [(False, True)]
    assert [one.where for one in tells_of("https://hf.co/org/Zorblat-3", [])] == [Where.LINK]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Zorblat-3 has 30B parameters, 3B active.", 3 + 1),
        ("Zorblat-3 has 30B parameters.", 3),
        ("Zorblat-3 has 3B active parameters.", 1),
        ("Zorblat-3 has 90B parameters.", 0),
        ("30B parameters has Zorblat-3.", 0),
        (f"Zorblat-3 has {192 * 'x'} 30B parameters.", 0),
        (f"Zorblat-3 has {191 * 'x'} 30B parameters.", 3),
    ],
)
def test_sizes_behind_a_name_that_the_evidence_counts(text: str, counts: int) -> None:
    known = {"total.full": 30_000_000_000, "active.full": 3_000_000_000}
    assert [one.counts for one in tells_of("", [FIRST, paragraph(text)], known)] == [counts]
    assert [one.counts for one in tells_of("", [FIRST, paragraph(text)])] == [0]


@pytest.mark.parametrize(
    ("headings", "others"),
    [
        (("1. Auriga-2", "2. Zorblat"), ("Zorblat",)),
        (("1. Auriga-2", "Zorblat-3"), ()),
        (("Auriga-2", "Zorblat-3"), ("Zorblat-3",)),
        (("Auriga-2", "Zorblat"), ()),
        (("Auriga-2", "Google Zorblat-3"), ("Zorblat-3",)),
        (("Auriga-2", "Using Zorblat-3"), ()),
        (("Auriga-2", "Auriga-3"), ()),
        (("1. Auriga-2", "2. Zor"), ()),
        (("1. Auriga-2", "2. Installation"), ()),
        (("1. Overview", "2. Zorblat"), ()),
    ],
)
def test_headings_beside_the_models_own(headings: tuple[str, ...], others: tuple[str, ...]) -> None:
    parts = [paragraph("Fast.", "text", one) for one in headings]
    assert beside(parts, Subject("org/Auriga-2")) == others
    below = [paragraph("Fast.", "text", f"Part {at}", one) for at, one in enumerate(headings)]
    assert beside(below, Subject("org/Auriga-2")) == ()
