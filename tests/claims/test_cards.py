"""Claims from model cards, measured on twenty labelled cards in the style of real ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from moeaudit.claims.card import read_card
from moeaudit.claims.yaml import read_yaml

CARDS = Path(__file__).parent / "cards"
LABELS = read_yaml((CARDS / "labels.yaml").read_text(encoding="utf-8"), "labels.yaml").plain()

Found = Counter[tuple[int, str, str]]


def stated(name: str) -> Found:
    rows = (row.split(" ", 2) for row in LABELS[name]["claims"])
    return Counter((int(line), field, text) for line, field, text in rows)


def extracted(name: str) -> Found:
    card = read_card((CARDS / name).read_text(encoding="utf-8"), name, LABELS[name]["model"])
    return Counter((claim.location.line or 0, claim.path.split(".")[1], claim.printed) for claim in card.claims)


@pytest.mark.parametrize("name", list(LABELS))
def test_every_claim_of_the_card_is_right(name: str) -> None:
    wrong = extracted(name) - stated(name)
    assert not wrong, f"read as claims, but none: {sorted(wrong)}"


def test_precision_and_recall_over_all_cards() -> None:
    found = sum((extracted(name) for name in LABELS), Counter())
    wanted = sum((stated(name) for name in LABELS), Counter())
    right = sum((sum((extracted(name) & stated(name)).values()) for name in LABELS))
    missed = [(name, claim) for name in LABELS for claim in stated(name) - extracted(name)]
    assert len(LABELS) == 20
    assert right / found.total() >= 0.98
    assert right / wanted.total() >= 0.9, missed


def test_every_claim_points_at_its_own_characters() -> None:
    for name in LABELS:
        text = (CARDS / name).read_text(encoding="utf-8")
        lines = text.split("\n")
        for claim in read_card(text, name, LABELS[name]["model"]).claims:
            line, column = claim.location.line or 0, claim.location.column or 0
            at = lines[line - 1][column - 1 : column - 1 + claim.length]
            assert at.replace("**", "").split() == claim.printed.split(), (name, claim.printed)
