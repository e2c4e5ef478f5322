"""The headline claims of a model's own card and name, each with its verdict: what the vendor's number is made of, at
a glance."""

from __future__ import annotations

from moeaudit.checks.facts import Statement, statements
from moeaudit.claims.claim import Claim, Distribution
from moeaudit.claims.figures import ANY
from moeaudit.claims.names import name_claims
from moeaudit.evidence.model import Source
from moeaudit.ledger.inspection import Inspection

HEADLINE = frozenset(
    f"architecture.{name}"
    for name in (
        "total_parameters",
        "active_parameters",
        "non_embedding_parameters",
        "routed_experts",
        "experts_per_token",
        "shared_experts",
    )
)


def headline_claims(inspection: Inspection) -> tuple[Statement, ...]:
    """Sizes and expert counts that the card and the repo's name state; each figure once per field."""
    evidence = inspection.evidence
    claims: list[Claim] = []
    if evidence.card and ANY.search(evidence.card):
        from moeaudit.audits.check import card_of
        from moeaudit.audits.names import names_of

        claims += card_of(evidence.card, "README.md", names_of(evidence, None), inspection).claims
    if evidence.model.source in (Source.HUB, Source.LOCK):
        claims += name_claims(evidence.model.id)
    once = {
        (claim.path, claim.printed, claim.origin): claim
        for claim in reversed(claims)
        if claim.path in HEADLINE and claim.figure is not None
    }
    return statements(reversed(once.values()), inspection, Distribution.DOWNLOADABLE)


def stated_elsewhere(inspection: Inspection) -> tuple[Statement, ...]:
    """Where a recorded model's card is not at hand: what its makers state of its sizes, held against the counts. It is
    shown, and no rule looks at it: these figures stand in none of the files that were asked about."""
    model = inspection.evidence.model
    if not model.recorded or inspection.evidence.card:
        return ()
    from moeaudit.claims.published import published_claims

    return statements(published_claims(model.id), inspection, Distribution.DOWNLOADABLE)
