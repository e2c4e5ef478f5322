"""Sentences, tables and lists of our own: what is read of each, and nothing besides. No outside source: each states
in its own words what it states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from moeaudit.claims.card import read_card
from moeaudit.claims.figures import parse_figure

FOLDER = Path(__file__).parent / "wordings"
HEAD = "# Nova-7\n\nNova-7 is a Mixture-of-Experts model.\n\n"


def wordings() -> Iterator[tuple[str, str, dict[str, object]]]:
    for file in sorted(FOLDER.glob("*.yaml")):
        for one in yaml.safe_load(file.read_text(encoding="utf-8")):
            yield f"{file.stem}: {one['kind']}", one["text"], one["states"]


def bare(value: str) -> str:
    """A value as it is compared: a figure by its size, words without spaces and case."""
    figure = parse_figure(re.sub(r"(?<=\d)\s+(?=[^\d\s])", "", value))
    if figure is not None and figure.text == re.sub(r"(?<=\d)\s+(?=[^\d\s])", "", value):
        return f"{figure.low}-{figure.high}"
    return re.sub(r"[\s*~≈.]|^(?:approx\.|roughly|about|one |a single |单张)", "", value).casefold()


def told(states: dict[str, object]) -> set[tuple[str, str]]:
    return {
        (field, bare(str(one)))
        for field, said in states.items()
        for one in (said if isinstance(said, list) else [said])
    }


def read(text: str, model: str | None) -> set[tuple[str, str]]:
    card = read_card(HEAD + text, "README.md", model)
    return {(claim.path.rpartition(".")[2], bare(claim.printed)) for claim in card.claims}


WORDINGS = list(wordings())
IDS = [f"{kind}-{at}" for at, (kind, _, _) in enumerate(WORDINGS)]


@pytest.mark.parametrize(("text", "states"), [(text, states) for _, text, states in WORDINGS], ids=IDS)
@pytest.mark.parametrize("model", [None, "acme/Nova-7"], ids=["no-id", "id"])
def test_a_wording_is_read_for_what_it_states(text: str, states: dict[str, object], model: str | None) -> None:
    assert read(text, model) == told(states)
