"""What is read of a sentence or of a row, figure by figure, and why a figure is left out: as read by a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from moeaudit.claims.card import Card, read_card
from tests.approved import approved

HERE = Path(__file__).parent
SENTENCES = [line for line in (HERE / "sentences.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]
STARTS = {"prose": "# Model X\n\n{}\n", "below a heading": "# Model X\n\n## Overview\n\n- {}\n"}
TABLE = "# Model X\n\n| | Model X |\n|---|---|\n{}\n"


def card(sentence: str, start: str) -> Card:
    text = TABLE.format(sentence.replace(" / ", " | ")) if sentence.startswith("|") else start.format(sentence)
    return read_card(text, "README.md", "org/Model-X")


def told(sentence: str, start: str) -> Iterator[str]:
    found = card(sentence, start)
    yield from (f"    {claim.path} = {claim.value}" for claim in found.claims)
    yield from (f"    left out: {one.figure} ({one.reason})" for one in found.readings if one.reason)


def test_sentences() -> None:
    text = "".join("\n".join((one, *told(one, STARTS["prose"]))) + "\n" for one in SENTENCES)
    approved(HERE / "expected" / "sentences.txt", text)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_an_item_of_a_list_is_read_as_its_sentence(sentence: str) -> None:
    ways = {tuple((one.path, one.value) for one in card(sentence, start).claims) for start in STARTS.values()}
    assert len(ways) == 1


LED = [one for one in SENTENCES if one.endswith((".", "。")) and one[0].isascii() and one[0] != "|"]


@pytest.mark.parametrize("lead", ["Overall, ", "In short: "])
@pytest.mark.parametrize("sentence", LED)
def test_words_that_only_lead_to_a_sentence_change_nothing(sentence: str, lead: str) -> None:
    led = f"{lead}{sentence[0].lower()}{sentence[1:]}"
    ways = [
        [(one.path, str(one.value).lower()) for one in card(text, STARTS["prose"]).claims] for text in (sentence, led)
    ]
    assert ways[0] == ways[1]
