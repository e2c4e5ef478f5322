"""Whose figures are: sentences about the card's model and about others, by kind (whose.yaml)."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.claims.card import read_card
from moeaudit.evidence.yaml_text import read_yaml

FILE = Path(__file__).parent / "whose.yaml"
KINDS = read_yaml(FILE.read_text(encoding="utf-8"), FILE.name).plain()
NAMES = ("org/DeepSeek-V3", "org/Auriga-2")
"""A name of a family that the reader knows, and one of none."""

WRONGLY_BOUND = frozenset({("experts_per_token", "256")})
"""What is read of those sentences besides, until their nouns are bound."""

Case = tuple[str, str, str, frozenset[tuple[str, str]]]


def cases() -> list[Case]:
    found: list[Case] = []
    for kind, owners in KINDS.items():
        for owner, rows in owners.items():
            for row in rows:
                text, _, stated = row.partition(" => ")
                pairs = (one.strip().split(" ", 1) for one in stated.split(",") if one.strip())
                found.append((kind, owner, text, frozenset((field, value) for field, value in pairs)))
    return found


def _words(one: str | frozenset[tuple[str, str]]) -> str:
    """A part of a test's name; a set in order, so that every run names it alike."""
    return one[:50] if isinstance(one, str) else ", ".join(f"{field} {value}" for field, value in sorted(one))[:50]


def read(sentence: str, model: str, *, named: bool) -> frozenset[tuple[str, str]]:
    name = model.rpartition("/")[2]
    text = f"# {name}\n\n{name} is a Mixture-of-Experts language model.\n\n{sentence.replace('{n}', name)}\n"
    claims = read_card(text, "README.md", model if named else None).claims
    return frozenset((claim.path.split(".")[1], claim.printed) for claim in claims)


@pytest.mark.parametrize("named", [True, False], ids=["id", "no-id"])
@pytest.mark.parametrize("model", NAMES)
@pytest.mark.parametrize(("kind", "owner", "text", "stated"), cases(), ids=_words)
def test_figures_are_given_to_whom_they_are_of(
    kind: str, owner: str, text: str, stated: frozenset[tuple[str, str]], model: str, *, named: bool
) -> None:
    if owner == "unread":
        assert read(text, model, named=named) <= stated | WRONGLY_BOUND
    else:
        assert read(text, model, named=named) == stated
