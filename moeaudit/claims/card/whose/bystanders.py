"""Names in a sentence that own none of its figures: a company, a family that the model is of, its architecture's."""

from __future__ import annotations

from moeaudit.claims.card.lexicon import words_of
from moeaudit.claims.card.marks import Mark
from moeaudit.claims.card.subject import Relation

COLONS = frozenset({":", "：", "|", "-", "–", "—", "="})
LONGEST = 5
"""Marks of a word in a script without spaces."""
LABEL = 4
"""Marks of a label such as `Base architecture:`."""


def without_bystanders(marks: list[Mark]) -> list[Mark]:
    """The marks of a sentence with such names as words."""
    if not any(one.kind == "name" for one in marks):
        return marks
    return [one._replace(kind="word") if _stands_by(marks, place) else one for place, one in enumerate(marks)]


def _stands_by(marks: list[Mark], place: int) -> bool:
    one = marks[place]
    if one.kind != "name" or one.relation is Relation.SAME:
        return False
    return _is_brand(one) or _is_company(marks, place) or _is_family_of(marks, place) or _is_class(marks, place)


def _is_brand(one: Mark) -> bool:
    """A family's name without a number or an edition is its maker's too, and says of no model which one it is."""
    return one.relation is Relation.FAMILY and one.text.isalpha()


def _is_company(marks: list[Mark], place: int) -> bool:
    """`the Qwen team`, `DeepSeek AI`, `L'équipe Qwen`: a maker."""
    one = marks[place]
    if any(character.isdigit() for character in one.text):
        return False
    before = marks[place - 1].text.lower() if place else ""
    return before in words_of("maker") or _followed(marks, place, "maker")


def _is_family_of(marks: list[Mark], place: int) -> bool:
    """`X is a variant of the Qwen3 family`: behind the model's own name a family is none of another's."""
    if not _followed(marks, place, "family") and marks[place].text.lower().rpartition("-")[2] not in words_of("family"):
        return False
    return any(
        (other.kind == "name" and other.relation is Relation.SAME) or other.is_("who", "own", "us")
        for other in marks[:place]
    )


def names_a_kind(label: str) -> bool:
    """Whether the names under a label are those of architectures."""
    return label.strip(" *#:：").lower() in words_of("architecture")


def _is_class(marks: list[Mark], place: int) -> bool:
    """`Architecture: Qwen3 MoE (128 experts)`: what the model's own kind is called."""
    head = marks[: min(place, LABEL)]
    colon = next((at for at, one in enumerate(head) if one.text in COLONS), None)
    if colon is None:
        return False
    return _phrase(head[:colon], 0, colon) in words_of("architecture")


def _followed(marks: list[Mark], place: int, kind: str) -> bool:
    """Whether a word of a kind stands right behind a name."""
    return any(_phrase(marks, place + 1, length) in words_of(kind) for length in range(1, LONGEST + 1))


def _phrase(marks: list[Mark], start: int, length: int) -> str:
    """A few marks as one phrase, white space where the script has it."""
    few = marks[start : start + length]
    spaced = "".join(("" if one.joined else " ") + one.text.lower() for one in few if one.kind != "sign")
    return spaced.strip()
