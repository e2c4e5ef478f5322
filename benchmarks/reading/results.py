"""What reading came to, as it is kept in benchmarks/reading/results.json: counts alone, no card's text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.models import ROOT
from benchmarks.reading.labels import KINDS, OTHER, YES, Cards
from benchmarks.reading.score import Outcome, Tally, by, tally

PATH = ROOT / "benchmarks" / "reading" / "results.json"
PAGE = ROOT / "docs" / "reading.md"

WITH_ID, WITHOUT = "with its id", "without an id"
WAYS = (WITHOUT, WITH_ID)


@dataclass
class Way:
    """Cards read one way: all figures, and those of each kind and language."""

    all: Tally
    kinds: dict[str, Tally]
    languages: dict[str, Tally]

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Way:
        kinds = by(outcomes, "kind")
        order = [*KINDS, OTHER]
        return cls(
            tally(outcomes),
            {kind: kinds[kind] for kind in order if kind in kinds},
            dict(sorted(by(outcomes, "language").items())),
        )


@dataclass
class Measured:
    """One set of cards. `languages`: cards of each; `fields`: labels that count, by field."""

    date: str
    commit: str
    cards: int
    yes: int
    neither: int
    badges: int
    languages: dict[str, int]
    ways: dict[str, Way] = field(default_factory=dict)

    @classmethod
    def of(cls, cards: Cards, date: str, commit: str) -> Measured:
        labels = cards.labels
        languages: dict[str, int] = {}
        for card in cards.cards:
            languages[card.language] = languages.get(card.language, 0) + 1
        badges = sum(label.is_badge for label in labels)
        yes = sum(label.counts == YES for label in labels)
        neither = len(labels) - yes - badges
        return cls(date, commit, len(cards.cards), yes, neither, badges, dict(sorted(languages.items())))


@dataclass
class Caught:
    """Plants tried, and those that were named on their line."""

    tried: int = 0
    caught: int = 0

    @property
    def share(self) -> float | None:
        return self.caught / self.tried if self.tried else None


@dataclass
class Planted:
    """Mistakes planted into cards. `plants` and `sentences`: by kind; `true`: everyday sentences, errors, warnings."""

    date: str
    commit: str
    cards: int
    without_evidence: int
    plants: dict[str, Caught]
    active: Caught
    sentences: dict[str, Caught]
    true: tuple[int, int, int]
    untouched_errors: int

    @property
    def all(self) -> Caught:
        found = self.plants.values()
        return Caught(sum(one.tried for one in found), sum(one.caught for one in found))


@dataclass
class Results:
    """By the name of the set of cards; plants by set and the way of reading."""

    reading: dict[str, Measured] = field(default_factory=dict)
    planting: dict[str, dict[str, Planted]] = field(default_factory=dict)


def text(results: Results) -> str:
    return json.dumps(asdict(results), indent=1, ensure_ascii=False) + "\n"


def read(path: Path = PATH) -> Results:
    """What was kept; nothing where nothing was measured yet."""
    if not path.exists():
        return Results()
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Results(
        {name: _measured(one) for name, one in kept["reading"].items()},
        {name: {way: _planted(one) for way, one in ways.items()} for name, ways in kept["planting"].items()},
    )


def _measured(kept: Mapping[str, object]) -> Measured:
    ways = {
        name: Way(Tally(**one["all"]), _each(Tally, one["kinds"]), _each(Tally, one["languages"]))
        for name, one in kept["ways"].items()
    }  # type: ignore[attr-defined]
    return Measured(**{**kept, "ways": ways})  # type: ignore[arg-type]


def _planted(kept: Mapping[str, object]) -> Planted:
    return Planted(
        **{
            **kept,
            "plants": _each(Caught, kept["plants"]),
            "active": Caught(**kept["active"]),  # type: ignore[arg-type]
            "sentences": _each(Caught, kept["sentences"]),
            "true": tuple(kept["true"]),
        }
    )  # type: ignore[arg-type]


def _each(kind: type, kept: object) -> dict:  # type: ignore[type-arg]
    return {name: kind(**one) for name, one in kept.items()}  # type: ignore[attr-defined]
