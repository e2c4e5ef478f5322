"""Every figure of the sample cards as it is read: place, field, whose it is and why it is not taken. As approved; what
must be claimed of them was labelled by hand (cards/labels.yaml)."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.claims.card import Card, read_card
from tests.approved import approved
from tests.claims.test_cards import CARDS, LABELS

HERE = Path(__file__).parent


def told(card: Card) -> str:
    lines = [f"subject {card.subject!r}, named {card.named}"]
    for one in card.readings:
        number, column = one.text.at[one.start]
        line = f"{number}:{column} {one.printed!r} {one.path or '-'} {one.owner.value}"
        line += f" {one.name!r}" if one.name else ""
        lines.append(line + (f" ({one.reason.value})" if one.reason else " claimed"))
    for claim in card.claims:
        at = claim.location
        kept = (claim.value, claim.denominator, claim.note, claim.length)
        lines.append(f"claim {claim.path} {kept!r} at {at.line}:{at.column}")
    lines += [f"ignore {one!r}" for one in card.ignores]
    lines += [f"notice {one!r}" for one in card.notices]
    lines.append(f"front matter {card.front_matter!r}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", sorted(LABELS))
def test_a_card_is_read_as_approved(name: str) -> None:
    text = (CARDS / name).read_text(encoding="utf-8")
    approved(HERE / "readings" / f"{name}.txt", told(read_card(text, name, LABELS[name]["model"])))
