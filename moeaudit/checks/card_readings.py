"""What was not read of a card: a gate that understood nothing does not pass in silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Confidence, Outcome
from moeaudit.checks.rule import Report, Rule
from moeaudit.checks.whose import elsewhere
from moeaudit.errors import Place
from moeaudit.later import expression
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.claims.card import Card
    from moeaudit.claims.card.language import Unread
    from moeaudit.claims.card.reading import Reading

FAMILY = "card text"
SIZES = frozenset(
    f"architecture.{name}_parameters" for name in ("total", "active", "stored", "non_embedding", "active_non_embedding")
)
FEWEST = 3
"""Figures below which "most of them" says nothing."""

SHOWN = 8
"""Lines that a message names."""

SPARSE = expression(
    r"\bMoEs?\b|(?i:mixture[- ]of[- ]experts?|\bexperts\b)|专家|エキスパート|전문가|Experten",
)


def of_sparse_model(card: Card, facts: Facts) -> bool:
    """Whether the evidence says Mixture of Experts; where it says nothing, whether the card does."""
    if facts.inspection is not None and facts.inspection.summary is not None:
        return bool(facts.inspection.summary.moe_layers)
    texts = (block.text.value for block in card.blocks if block.text is not None)
    return any(SPARSE.search(text) for text in texts)


def sized(card: Card) -> bool:
    """Whether a size was read as the model's own."""
    return any(claim.path in SIZES and claim.figure is not None for claim in card.claims)


def unread(card: Card) -> Unread | None:
    """The language of a card that is not read; what reads cards is loaded only where there is one."""
    from moeaudit.claims.card.language import unread_language

    return unread_language(card.blocks)


def mostly_elsewhere(card: Card, facts: Facts) -> tuple[Reading, ...]:
    """Those figures where they are most of all, and the card's own are not among the rest: no size was read, or one
    that was given away is what the evidence counts and none of its field that was kept is."""
    from moeaudit.claims.card.fields import borne_out

    given = elsewhere(card)
    taken = [one for one in card.readings if one.taken and one.figure is not None]
    if len(given) < FEWEST or len(given) <= len(taken):
        return ()
    fitting = {one.path for one in taken if borne_out(one.path, one.figure, facts.known)}
    lost = any(one.path in SIZES - fitting and borne_out(one.path, one.figure, facts.known) for one in given)
    return given if lost or not sized(card) else ()


def _unread(facts: Facts) -> Iterable[Report]:
    for card in facts.cards:
        found = unread(card) if of_sparse_model(card, facts) else None
        if found is not None:
            yield Report(
                f"the card's text is mostly in {found.name}, which is not read: its figures were not held against "
                "the evidence",
                Place(card.file, found.line),
                claimed=found.name,
            )


def _elsewhere(facts: Facts) -> Iterable[Report]:
    for card in facts.cards:
        given = mostly_elsewhere(card, facts) if of_sparse_model(card, facts) else ()
        if given and unread(card) is None:
            names = dict.fromkeys(visible(one.name, limit=40) for one in given if one.name)
            yield Report(
                f"{len(given)} figures were taken as another model's: {lines(given)}"
                + (f" (given to {', '.join(list(names)[:4])})" if names else ""),
                Place(card.file, given[0].text.at[given[0].start][0]),
                claimed=f"{len(given)} figures of {visible(card.subject, limit=60) or 'a model without a name'}",
            )


def _nothing(facts: Facts) -> Iterable[Report]:
    for card in facts.cards:
        if sized(card) or not of_sparse_model(card, facts):
            continue
        if unread(card) is None and not mostly_elsewhere(card, facts):
            left = untaken(card)
            told = f"{len(left)} figures look like claims and were not taken: {lines(left)}" if left else ""
            told = told or "it states none"
            yield Report(
                f"no size of the model was read from the card; {told}",
                Place(card.file),
                derived=_counts(facts),
            )


def _counts(facts: Facts) -> str | None:
    found = [(name, facts.count(name)) for name in ("total.full", "active.full")]
    return ", ".join(f"{name} = {count:,}" for name, count in found if count) or None


def untaken(card: Card) -> tuple[Reading, ...]:
    """Figures that look like claims, since they have a known field or a unit of size, and were not taken."""
    return tuple(one for one in card.readings if not one.taken and one.figure is not None and _like_a_claim(one))


def _like_a_claim(reading: Reading) -> bool:
    assert reading.figure is not None
    return reading.path is not None or (reading.figure.unit not in ("", "%") and not reading.figure.is_percent)


def lines(readings: Sequence[Reading]) -> str:
    """`lines 6, 14 and 20`; the first of many."""
    numbers = list(dict.fromkeys(one.text.at[one.start][0] for one in readings))
    words = [str(number) for number in numbers[:SHOWN]]
    rest = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return f"line{'s' if len(numbers) > 1 else ''} {', '.join(words)}{rest}"


CARD_READINGS: tuple[Rule, ...] = (
    Rule(
        "card-language-unread",
        FAMILY,
        "the card is in a language that is not read",
        why="Nothing in it was held against the evidence; a check without findings says nothing about it.",
        decided="Most letters of the running text are of a script without a lexicon; in Latin script its commonest "
        "words are those of such a language, or less than 30 % of its words are known.",
        fix="State the figures in a claim file, or in English beside the text; a lexicon is one file of words.",
        check=_unread,
        outcome=Outcome.UNVERIFIABLE,
        strict=True,
    ),
    Rule(
        "card-mostly-elsewhere",
        FAMILY,
        "most figures of the card were taken as another model's",
        why="Either the card speaks of others, or its model was not recognised and its own figures were not checked.",
        decided="More figures of a known field were given to others than were taken, and no size was among those "
        "taken, or one that was given away is what the evidence counts.",
        fix="Name the model as the card does: --model with its Hub id, or the id in a claim file beside the card. "
        "--explain-reading lists every figure with its reason.",
        check=_elsewhere,
        outcome=Outcome.UNVERIFIABLE,
        confidence=Confidence.MEDIUM,
        strict=True,
    ),
    Rule(
        "card-nothing-read",
        FAMILY,
        "no size of the model was read from the card",
        why="A gate that passes because it understood nothing is worse than none.",
        decided="The evidence, or the card, speaks of a Mixture of Experts, and no total or active size was read as "
        "the model's.",
        fix="State total and active parameters as “671B total parameters, 37B active per token”; --explain-reading "
        "lists the figures that were not taken.",
        check=_nothing,
        outcome=Outcome.INCOMPLETE,
        strict=True,
    ),
)
