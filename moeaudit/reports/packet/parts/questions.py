"""Questions to the vendor: what is contradicted, ambiguous, unsupported, different or missing, ready to send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moeaudit.checks.status import ItemStatus
from moeaudit.claims.checklist import BY_ID
from moeaudit.claims.verdicts import Verdict
from moeaudit.reports.packet.data import read_data
from moeaudit.reports.packet.model import ChecklistGroup, Claim, Difference, Finding, Question
from moeaudit.reports.packet.words import figure

STATEMENTS = "statements"
"""The group of questions about what is stated; the others ask for what is not, by group of the checklist."""

CLAIM_ROOTS = ("architecture.", "runtime.", "evaluation.", "evaluations[", "governance.", "deployment.")

Draft = tuple[str, str, str, str]
"""item, why, text, because."""


def questions(claims: tuple[Claim, ...], findings: tuple[Finding, ...], checklist: tuple[ChecklistGroup, ...],
              paths: tuple[Difference, ...]) -> Iterator[Question]:  # fmt: skip
    """Numbered, the sharpest first; each text once."""
    drafts = [
        *of_claims(claims),
        *of_findings(findings),
        *of_paths(paths),
        *of_sources(claims),
        *of_checklist(checklist),
    ]
    first = {draft[2]: draft for draft in reversed(drafts)}
    for number, text in enumerate(dict.fromkeys(draft[2] for draft in drafts), 1):
        item, why, _, because = first[text]
        group = BY_ID[item].group.value if why == "missing" and not because else STATEMENTS
        yield Question(number, item, why, text, because, group)


def of_claims(claims: tuple[Claim, ...]) -> Iterator[Draft]:
    """Figures that the evidence does not bear out as they are stated."""
    ordered = (
        (Verdict.CONTRADICTED, contradicted),
        (Verdict.REPRODUCED_ELSEWHERE, elsewhere),
        (Verdict.AMBIGUOUS, ambiguous),
        (Verdict.UNSUPPORTED, unsupported),
    )
    for verdict, draft in ordered:
        yield from (draft(claim) for claim in claims if claim.verdict == verdict.value)


def contradicted(claim: Claim) -> Draft:
    derived = figure(claim.nearest) if claim.nearest else "another value"
    stated = f" ({claim.stated})" if claim.stated else ""
    text = wording("contradicted").format(printed=claim.printed, title=claim.field, stated=stated, derived=derived)
    return claim.item, "contradicted", text, where(claim)


def elsewhere(claim: Claim) -> Draft:
    derived = ", ".join(fit.denominator for fit in claim.fits)
    text = wording("elsewhere").format(
        printed=claim.printed, claimed_denominator=claim.stated or claim.field, derived=derived
    )
    return claim.item, "contradicted", text, where(claim)


def ambiguous(claim: Claim) -> Draft:
    fits = ", ".join(fit.denominator for fit in claim.fits)
    return (
        claim.item,
        "ambiguous",
        wording("ambiguous").format(printed=claim.printed, title=claim.field, fits=fits),
        where(claim),
    )


def unsupported(claim: Claim) -> Draft:
    text = wording("unsupported").format(title=sentence(claim.field), printed=claim.printed)
    return claim.item, "unsupported", text, claim.reason


def of_findings(findings: tuple[Finding, ...]) -> Iterator[Draft]:
    """What the published files say against each other; findings on claims are asked above."""
    for found in findings:
        on_claim = found.place is not None and (found.place.path or "").startswith(CLAIM_ROOTS)
        if (
            found.suppressed is None
            and found.severity != "note"
            and found.outcome in ("contradicted", "suspect")
            and not on_claim
        ):
            yield (
                "",
                "contradicted",
                wording("finding").format(message=sentence(found.message.rstrip(". "))),
                found.rule,
            )


def of_paths(paths: tuple[Difference, ...]) -> Iterator[Draft]:
    """Aspects in which the evaluated path is not the delivered one."""
    for one in paths:
        aspect = one.aspect.replace("_", " ")
        if one.status == "different":
            text = wording("different").format(
                evaluation=one.evaluation, aspect=aspect, evaluated=one.evaluated, delivered=one.delivered
            )
            yield "E12", "different", text, "the evaluation record and the deployment record differ"
        elif one.status == "unknown" and (one.evaluated or one.delivered):
            yield (
                "E12",
                "missing",
                wording("unknown_path").format(aspect=aspect),
                "one side is stated, the other is not",
            )


def of_sources(claims: tuple[Claim, ...]) -> Iterator[Draft]:
    """Statements of a claim file that the evidence cannot decide and that name no source: one question for all."""
    bare = [
        claim
        for claim in claims
        if claim.verdict == Verdict.UNVERIFIABLE.value and claim.source is None and claim.origin == "claim-file"
    ]
    if bare:
        titles = "; ".join(dict.fromkeys(claim.field for claim in bare))
        yield (
            "",
            "missing",
            wording("unsourced").format(titles=titles),
            "stated without a source, and public files cannot decide it",
        )


def of_checklist(checklist: tuple[ChecklistGroup, ...]) -> Iterator[Draft]:
    """Items that nobody states and the files do not give."""
    texts = wordings()["missing"]
    for group in checklist:
        for item in group.items:
            if item.status == ItemStatus.MISSING:
                yield item.id, "missing", texts[item.id], ""


def where(claim: Claim) -> str:
    """Where the claim stands, in words."""
    if claim.place is None:
        return ""
    line = f", line {claim.place.line}" if claim.place.line else ""
    return f"{claim.place.file}{line}"


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def wording(name: str) -> str:
    return str(wordings()[name])


def wordings() -> dict[str, Any]:
    return dict(read_data("questions.yaml"))
