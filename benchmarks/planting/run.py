"""Every plant of a card tried, in this process."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from benchmarks.planting.evidence import Known, checked, named, notes, to_act_on
from benchmarks.planting.plants import ACTIVE, CONTEXT, SIZES, Plant, plants
from benchmarks.planting.sentences import Sentence
from benchmarks.reading.agree import agrees
from benchmarks.reading.labels import Labelled
from benchmarks.reading.results import Caught, Planted
from moeaudit.checks.finding import Finding, Severity
from moeaudit.claims.card import Card


class Tried(NamedTuple):
    """A plant with the findings that name it; where none does, what its figure was read as."""

    plant: Plant
    rules: tuple[str, ...]
    why: str = ""

    @property
    def kind(self) -> str:
        field = self.plant.field
        group = "contexts" if field == CONTEXT else field.replace("_", " ") if field in SIZES else "layers and experts"
        return f"{group}, {self.plant.how}"


class Tries(NamedTuple):
    """The plants of one card, and the errors that it has as it is."""

    card: str
    tried: tuple[Tried, ...]
    errors: tuple[Finding, ...]


def tries(card: Labelled, known: Known, model: str | None) -> Tries:
    _, before = checked(card.text, known, model)
    without = named(before)
    found = []
    for plant in plants(card, known):
        read, after = checked(plant.text, known, model)
        rules, hints = (
            {rule for rule, line, _ in named(some) - without if line in plant.lines}
            for some in (to_act_on(after), notes(after))
        )
        found.append(Tried(plant, tuple(sorted(rules)), "" if rules else why(read, plant, hints)))
    return Tries(card.id, tuple(found), tuple(one for one in before if one.severity is Severity.ERROR))


def why(card: Card, plant: Plant, hints: Collection[str]) -> str:
    """What became of a wrong figure that nothing names."""
    if hints:
        return f"a note alone: {', '.join(sorted(hints))}"
    for one in card.readings:
        if one.text.at[one.start][0] in plant.lines and agrees(one.printed, plant.new):
            at = f" as {one.path}" if one.path else ""
            return f"taken{at}, {one.owner}; no rule names it" if one.taken else f"{one.reason}{at}"
    return "no such value was read there"


def counted(tried: Sequence[Tried]) -> dict[str, Caught]:
    found: dict[str, Caught] = {}
    for one in sorted(tried, key=lambda one: one.kind):
        count = found.setdefault(one.kind, Caught())
        count.tried += 1
        count.caught += bool(one.rules)
    return found


def sums(
    cards: Sequence[Tries], false: Sequence[Sentence], true: Sequence[Sentence], without: int, date: str, commit: str
) -> Planted:
    """All that was tried, in figures."""
    tried = [one for card in cards for one in card.tried]
    active = [one for one in tried if one.plant.field in ACTIVE]
    sentences: dict[str, Caught] = {}
    for one in false:
        count = sentences.setdefault(one.kind, Caught())
        count.tried += 1
        count.caught += one.is_named
    return Planted(
        date, commit, len(cards), without, counted(tried), Caught(len(active), sum(bool(one.rules) for one in active)),
        sentences, (len(true), sum(bool(one.errors) for one in true), sum(bool(one.warnings) for one in true)),
        sum(len(card.errors) for card in cards),
    )  # fmt: skip
