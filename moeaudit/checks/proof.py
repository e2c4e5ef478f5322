"""An error needs proof of both sides: whose the figure is, and what the evidence counts. What lacks one of them is a
warning, and says what would decide it. This is the one place that decides so, for every rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from moeaudit.checks.finding import Confidence, Finding, Outcome, Severity
from moeaudit.claims.claim import STATED, Claim, Origin
from moeaudit.claims.figures import Figure, Value, find_figures
from moeaudit.claims.verdicts import EXACT_KINDS, SIZES, Verdict
from moeaudit.limits import SUMMED
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.checks.facts import Facts, Statement
    from moeaudit.checks.rule import Report, Rule

OWNER = "the card does not say whose figure this is; name the model, or give --model"
SUBJECT = (
    "the card tells of several models, and none of its sizes tells this one apart; give --model with the model's id"
)
BY_WORDS = "no known family describes this model, and roles are known by their names alone"
BY_CHANCE = "it may be chance: running text does not say what its amount stands for; state it in a claim file"
LAST_PLACE = "it is one off in the last place, as sums of rounded figures are; print one more digit"

SHOWN = 6
"""Figures that a finding names beside its own."""
SECTIONS = frozenset({"config-section-missing", "config-section-uncounted"})
"""Notices of a part of the model that is not counted."""


def held(finding: Finding, report: Report, rule: Rule, facts: Facts) -> Finding:
    """The finding as it stands, or as a warning with what would decide it."""
    if finding.severity is not Severity.ERROR:
        return finding
    lacks = next(_lacks(report, rule, facts), None)
    if lacks is None:
        return finding
    return replace(
        finding,
        severity=Severity.WARNING,
        outcome=Outcome.SUSPECT if finding.outcome is Outcome.CONTRADICTED else finding.outcome,
        confidence=Confidence.MEDIUM if finding.confidence is Confidence.HIGH else finding.confidence,
        message=f"{finding.message}; not proved: {lacks}" if lacks not in finding.message else finding.message,
    )


def _lacks(report: Report, rule: Rule, facts: Facts) -> Iterator[str]:
    """What the proof lacks, most telling first."""
    said = [one for place in (report.place, *report.beside) for one in facts.standing_at.get(place, ())]
    if any(one.claim.owner != STATED for one in said):
        yield OWNER
    if report.rests_on is not None and not facts.proved:
        yield BY_WORDS
    for name in report.rests_on or ():
        if not facts.settled(name):
            yield f"{name} is not settled: {facts.unsettled.why(name)}"
    if any(one.claim.origin is Origin.CARD and not _is_known(one, facts) for one in said):
        yield SUBJECT
    for one in said:
        if rule.coincidence and one.claim.origin is not Origin.CLAIM_FILE:
            yield BY_CHANCE
        if one.judgement.verdict is Verdict.CONTRADICTED:
            yield from _contradiction_lacks(one, facts)


def folded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, those of one card and rule that lack nothing but whom the card speaks of told once: one cause is
    one finding, which names the other lines."""
    kept: dict[object, Finding] = {}
    others: dict[object, list[Finding]] = {}
    for at, one in enumerate(findings):
        unknown = one.place is not None and one.suppressed is None and one.message.endswith(SUBJECT)
        key: object = (one.rule, one.place.file) if unknown and one.place is not None else at
        if key in kept:
            others.setdefault(key, []).append(one)
        else:
            kept[key] = one
    return tuple(replace(one, message=one.message + _also(others[key])) if key in others else one
                 for key, one in kept.items())  # fmt: skip


def _also(others: Sequence[Finding]) -> str:
    told = [f"{visible(one.claimed or '', limit=40)} in line {one.place.line}" for one in others if one.place]
    more = f" and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return f"; the same is true of {', '.join(told[:SHOWN])}{more}"


def _is_known(one: Statement, facts: Facts) -> bool:
    """Whether the card surely speaks of the model at hand, where it says this."""
    found = facts.whose.get(one.claim.location.file)
    return found is None or found.sure


def _contradiction_lacks(one: Statement, facts: Facts) -> Iterator[str]:
    claim, nearest = one.claim, one.judgement.nearest
    if claim.kind in EXACT_KINDS and claim.origin is Origin.CARD:
        right = facts.fitting.get((claim.path, claim.location.file))
        if right is not None:
            yield f"line {right.claim.location.line} gives it right, so this may count something else; say here what"
    if nearest is None or claim.kind in EXACT_KINDS:
        return
    right = facts.fitting_lines.get((claim.path, claim.location.file, claim.location.line))
    if right is not None and claim.origin is Origin.CARD:
        yield f"the same line gives {visible(right.claim.printed, limit=40)}, which is right; name whose this figure is"
    missing = uncounted(facts)
    if missing and claim.kind in SIZES and nearest.gap > 0:
        yield missing
    if claim.origin is Origin.CARD and claim.figure is not None:
        yield from _slip(claim, claim.figure, nearest.value, facts.right_sizes.get(claim.location.file, {}))


def _slip(claim: Claim, figure: Figure, value: Value, right: Mapping[Fraction, Claim]) -> Iterator[str]:
    """What makes of a wrong figure a slip of the pen: a word that is missing, or parts that were rounded before they
    were put together. `right`: the sizes of the same card that fit."""
    if figure.low in right:
        field = right[figure.low].path.rpartition(".")[2].replace("_", " ")
        yield f"the same card gives it as {field}, which is right; say here, too, what it counts"
    if 100 * figure.low_step <= figure.low and _nearly(figure, figure.low_step, value):
        yield LAST_PLACE
    beside = {size: one.figure for size, one in islice(right.items(), SUMMED) if one.figure is not None}
    beside |= {one.low: one for one, _, _ in islice(find_figures(claim.quote), SUMMED) if one.low != figure.low}
    for low, one in beside.items():
        for other, sign in ((figure.low - low, "+"), (low - figure.low, "less")):
            step = max(one.low_step, beside[other].low_step) if other in beside else Fraction(0)
            if step and _nearly(figure, step, value):
                both = f"{visible(one.text, limit=80)} {sign} {visible(beside[other].text, limit=80)}"
                yield f"it is {both}, which were rounded before; print one more digit"


def _nearly(figure: Figure, step: Fraction, value: Value) -> bool:
    """Whether the figure fits where it is taken as an approximate one, with the last place `step`."""
    return replace(figure, low_step=step, high_step=step, about=True).matches(value) is not None


def uncounted(facts: Facts) -> str:
    """The part of the model that the evidence at hand cannot count; empty where all is counted."""
    inspection = facts.inspection
    if inspection is None:
        return ""
    evidence = inspection.evidence
    if (evidence.headers is not None or evidence.index is not None) and inspection.account.needs is None:
        return ""
    told = next((notice.message for notice in inspection.notices if notice.rule in SECTIONS), "")
    return visible(told) and f"{visible(told)}; read the weights' headers"
