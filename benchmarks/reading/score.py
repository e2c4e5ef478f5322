"""One card's claims held against its labels, and what both come to over many cards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from benchmarks.reading.agree import agrees, figure_of
from benchmarks.reading.labels import YES, Label, Labelled, kind_of
from moeaudit.claims.card import Card, read_card
from moeaudit.claims.card.reading import Reading
from moeaudit.claims.figures import Figure


class Result(StrEnum):
    FOUND = "found"
    MISSED = "missed"
    WRONG = "wrong"
    NEUTRAL = "neutral"


class Outcome(NamedTuple):
    """What became of a label that counts, or of a claim that has none. `why`: the reason that the reading keeps of a
    missed figure, the name that a wrong one was given to."""

    card: str
    language: str
    line: int
    field: str
    value: str
    result: Result
    why: str = ""

    @property
    def kind(self) -> str:
        return kind_of(self.field)


class Read(NamedTuple):
    """A claim as read: its place, and the lines of the sentence or cell that it stands in."""

    line: int
    field: str
    printed: str
    lines: frozenset[int]
    why: str = ""
    figure: Figure | None = None

    def says(self, value: str) -> bool:
        """Whether it is what a label says, be it that its unit stands in a heading, or is written out."""
        if agrees(self.printed, value):
            return True
        label, bare = figure_of(value), self.printed.strip().replace(".", "").isdigit()
        if self.figure is None or label is None or not (bare or figure_of(self.printed) is None):
            return False
        return (label.low, label.high) == (self.figure.low, self.figure.high)


def reads_of(card: Card) -> list[Read]:
    """The claims of a card; the same value of a field twice on a line is one claim."""
    texts = {(one.text.at[one.start], one.path): one for one in card.readings if one.taken}
    found: dict[tuple[int, str, str], Read] = {}
    for claim in card.claims:
        line = claim.location.line or 0
        reading = texts.get(((line, claim.location.column or 0), claim.path))
        lines = frozenset(at[0] for at in reading.text.at) if reading is not None else frozenset([line])
        name, why = claim.path.rpartition(".")[2], f"taken as {reading.owner}: {reading.name}" if reading else ""
        found.setdefault((line, name, claim.printed), Read(line, name, claim.printed, lines, why, claim.figure))
    return list(found.values())


def score(labelled: Labelled, model: str | None) -> list[Outcome]:
    """The outcomes of one card, read with this model id or without one.

    A label is met by a claim of its field and value on its line, or one line off in the same sentence or cell. What
    meets no label is wrong, but where only labels that count neither way stand at its field and line.
    """
    card = read_card(labelled.text, f"{labelled.id}.md", model or None)
    reads = reads_of(card)
    met = dict(_met(reads, labelled.labels))
    outcomes = []
    for label in labelled.labels:
        if label.counts == YES:
            found = label in met.values()
            result, why = (Result.FOUND, "") if found else (Result.MISSED, why_missed(card, label))
            outcomes.append(_outcome(labelled, label.line, label.field, label.value, result, why))
    for read in reads:
        if read not in met:
            here = [
                label
                for label in labelled.labels
                if label.line == read.line and (label.is_badge or label.field == read.field)
            ]
            debatable = bool(here) and all(label.counts != YES for label in here)
            outcomes.append(
                _outcome(
                    labelled,
                    read.line,
                    read.field,
                    read.printed,
                    Result.NEUTRAL if debatable else Result.WRONG,
                    "" if debatable else read.why,
                )
            )
    return outcomes


def _outcome(card: Labelled, line: int, field: str, value: str, result: Result, why: str) -> Outcome:
    return Outcome(card.id, card.language, line, field, value, result, why)


def _met(reads: Sequence[Read], labels: Iterable[Label]) -> Iterator[tuple[Read, Label]]:
    """Each claim with the label that it meets: on its own line, else one line away in the same sentence or cell."""
    here: dict[tuple[int, str], list[Label]] = {}
    for label in labels:
        here.setdefault((label.line, label.field), []).append(label)
    used: set[Label] = set()
    rest: list[Read] = []
    for read in reads:
        label = next((one for one in here.get((read.line, read.field), ()) if read.says(one.value)), None)
        if label is None:
            rest.append(read)
        else:
            used.add(label)
            yield read, label
    for read in rest:
        near = [
            one
            for line in (read.line - 1, read.line + 1)
            if line in read.lines
            for one in here.get((line, read.field), ())
            if one not in used and read.says(one.value)
        ]
        if near:
            used.add(near[0])
            yield read, near[0]


def why_missed(card: Card, label: Label) -> str:
    """What the card's readings say of a figure that was missed."""
    near = [one for one in card.readings if any(line == label.line for line, _ in one.text.at)]
    for one in near:
        if one.text.at[one.start][0] == label.line and agrees(one.printed, label.value):
            return _told(one)
    values = ", ".join(f"{one.printed} ({_told(one)})" for one in near if (one.path or "").endswith("." + label.field))
    return f"read there: {values}" if values else "no such value was read there"


def _told(reading: Reading) -> str:
    if reading.taken:
        return f"read as {reading.path}"
    at = f", as {reading.path}" if reading.path else ""
    return f"{reading.reason}{at}{f': {reading.name}' if reading.name else ''}"


@dataclass
class Tally:
    """Counts of outcomes, and what they come to. `right` claims: those that meet a label."""

    found: int = 0
    missed: int = 0
    wrong: int = 0
    neutral: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def labels(self) -> int:
        return self.found + self.missed

    @property
    def recall(self) -> float | None:
        return self.found / self.labels if self.labels else None

    @property
    def precision(self) -> float | None:
        """Of the claims that a label speaks of, or that have none at all."""
        claims = self.found + self.wrong
        return self.found / claims if claims else None


def tally(outcomes: Iterable[Outcome]) -> Tally:
    counts: Counter[Result] = Counter()
    reasons: Counter[str] = Counter()
    for one in outcomes:
        counts[one.result] += 1
        if one.result is Result.MISSED:
            reasons[one.why.partition(":")[0].partition(",")[0]] += 1
    return Tally(*(counts[result] for result in Result), reasons=dict(reasons.most_common()))


def by(outcomes: Iterable[Outcome], attribute: str) -> Mapping[str, Tally]:
    """The tallies of each kind or language."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(getattr(one, attribute), []).append(one)
    return {name: tally(group) for name, group in groups.items()}
