"""Whom a card is about: decided from all of it before any figure is given to anybody (cast.yaml)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from moeaudit.claims.card import Card, read_card
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
