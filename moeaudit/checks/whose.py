"""Of which model a card speaks, where it tells of several and nothing names the one at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from moeaudit.checks.facts import Facts
    from moeaudit.claims.card import Card
    from moeaudit.claims.card.reading import Reading

SIZES = ("architecture.total_parameters", "architecture.active_parameters")
TELLING = (*SIZES, "architecture.routed_experts")
"""Fields that tell members of a family apart."""


class Whose(NamedTuple):
    """`sized`: the card tells of one model alone, or a size taken from it fits the evidence and is given to no other
    model. `lost`: the evidence counts what the card gives to another model, and nothing of that field which was taken.
    """

    sized: bool
    lost: bool = False

    @property
    def sure(self) -> bool:
        """Whether the card's claims are surely about the model at hand."""
        return self.sized and not self.lost


def whose(card: Card, facts: Facts) -> Whose:
    """What a name, or else the card's own figures, say of whom it speaks."""
    if facts.named:
        return Whose(sized=True)
    from moeaudit.claims.card.fields import borne_out

    given = elsewhere(card)
    shared = {(one.path, one.figure.low) for one in given if one.figure is not None}
    fitting = [
        (one.claim.path, one.claim.figure.low)
        for one in facts.statements
        if one.judgement.fits and one.claim.figure is not None and one.claim.location.file == card.file
    ]
    counted = {path for path, _ in fitting}
    lost = any(
        one.path in TELLING and one.path not in counted and borne_out(one.path, one.figure, facts.known)
        for one in given
    )
    return Whose(card.named or any(one[0] in SIZES and one not in shared for one in fitting), lost)


def elsewhere(card: Card) -> tuple[Reading, ...]:
    """Figures of a known field that were given to another model."""
    from moeaudit.claims.card.reasons import Reason

    others = {Reason.OTHER_MODEL, Reason.COMPARED}
    return tuple(one for one in card.readings if one.path and one.figure is not None and one.reason in others)
