"""Source discipline: S01 to S05 of the checklist. S06 and S07 are rules on wording."""

from __future__ import annotations

import re
from collections.abc import Iterable

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.checks.sides import printed
from moeaudit.claims.claim import WEAK_SOURCES, Origin, Status
from moeaudit.claims.figures import find_figures
from moeaudit.claims.verdicts import Verdict
from moeaudit.later import expression
from moeaudit.text import visible

FAMILY = "sources"
CLOSED = expression(r"\b(?:GPT-4(?!\w*all)[\w.-]*|GPT-5[\w.-]*|ChatGPT|Claude(?: [\d.]+)?|o[134](?:-\w+)?)\b")
"""Products whose makers have published no architecture."""
AS_MOE = expression(
    r"\b(?:is|uses?|are|has|have|being|be)\b[^.;]{0,50}(?:mixture[- ]of[- ]experts|\bMoE\b|\d+ experts|experts? model"
    r"|\d (?:trillion|T) param)"
    r"|是[^。；]{0,20}(?:MoE|混合专家)",
    re.IGNORECASE,
)


def _stated(facts: Facts) -> Iterable[Statement]:
    """Figures and words on the architecture in claim files."""
    return (
        one
        for one in facts.statements
        if one.claim.origin is Origin.CLAIM_FILE
        and one.claim.status is Status.STATED
        and one.claim.item.startswith("A")
    )


def _missing(facts: Facts) -> Iterable[Report]:
    bare = [one for one in _stated(facts) if one.claim.source is None]
    for one in bare[:1]:
        more = f" and {len(bare) - 1} more architecture claims have" if len(bare) > 1 else " has"
        yield Report(f"{one.claim.path}{more} no source", one.claim.location, claimed=printed(one.claim))


def _weak(facts: Facts) -> Iterable[Report]:
    for one in _stated(facts):
        source = one.claim.source
        if source is not None and source.kind in WEAK_SOURCES and one.judgement.verdict is not Verdict.UNSUPPORTED:
            yield Report(
                f"{printed(one.claim)} rests on a {source.kind} source alone: "
                f"{visible(source.title or source.id, limit=80)}",
                one.claim.location,
                claimed=printed(one.claim),
                derived=f"source: {source.kind}",
            )


def _unsupported(facts: Facts) -> Iterable[Report]:
    for one in facts.statements:
        if one.judgement.verdict is Verdict.UNSUPPORTED:
            yield Report(
                f"{printed(one.claim)} cannot be taken as fact: {one.judgement.reason}",
                one.claim.location,
                claimed=printed(one.claim),
                derived="no primary source",
            )


def _closed(facts: Facts) -> Iterable[Report]:
    for sentence in facts.sentences:
        found = CLOSED.search(sentence.text)
        if found and AS_MOE.search(sentence.text, found.end()) and not sentence.denies:
            yield Report(
                f"{found[0]} is called a Mixture of Experts; its maker has published no architecture",
                sentence.place,
                claimed=visible(sentence.text, limit=80),
                derived="no primary source",
            )


def _undefined(facts: Facts) -> Iterable[Report]:
    for claims in facts.claim_files:
        known = {source.id for source in claims.sources}
        for claim in claims.claims:
            source = claim.source
            if source is not None and source.id not in known and not source.url:
                yield Report(
                    f"source {visible(source.id, limit=60)} is not in the list of sources",
                    source.place or claim.location,
                    claimed=visible(source.id, limit=60),
                )


def _converted(facts: Facts) -> Iterable[Report]:
    for one in facts.statements:
        claim = one.claim
        if claim.origin is not Origin.CLAIM_FILE or claim.figure is None or not claim.quote:
            continue
        quoted = [figure for figure, _, _ in find_figures(claim.quote)]
        alike = [
            figure
            for figure in quoted
            if figure.is_percent == claim.figure.is_percent and (figure.low >= 10**6) == (claim.figure.low >= 10**6)
        ]
        literally = re.search(rf"(?<![\d.]){re.escape(claim.printed)}(?!\w)", claim.quote) is not None
        if alike and not literally and not any(figure.low == claim.figure.low for figure in alike):
            said = ", ".join(visible(figure.text) for figure in alike[:3])
            yield Report(
                f"{printed(claim)} is not in the quoted words, which say {said}",
                claim.location,
                claimed=printed(claim),
                derived=said,
            )


def _unused(facts: Facts) -> Iterable[Report]:
    for claims in facts.claim_files:
        used = {claim.source.id for claim in claims.claims if claim.source}
        for source in claims.sources:
            if source.id not in used:
                yield Report(f"source {visible(source.id, limit=60)} supports no claim", source.place)


def _unread(facts: Facts) -> Iterable[Report]:
    for claims in facts.claim_files:
        undated = [source for source in claims.sources if not source.read]
        for source in undated[:1]:
            more = f" and {len(undated) - 1} more carry" if len(undated) > 1 else " carries"
            yield Report(f"source {visible(source.id, limit=60)}{more} no date of reading", source.place)


SOURCES: tuple[Rule, ...] = (
    Rule(
        "source-missing",
        FAMILY,
        "an architecture claim without a source",
        why="A figure without a source cannot be checked by the next reader (S01).",
        decided="A stated architecture item of a claim file has no source.",
        fix="Cite the paper, the official card or the official repository.",
        check=_missing,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        example="a leaderboard's parameter counts without their origin",
        url="https://github.com/JonathanChavezTamales/llm-leaderboard/issues/78",
    ),
    Rule(
        "source-weak",
        FAMILY,
        "an architecture claim on a secondary source alone",
        why="Third-party lists copy each other's mistakes (S01).",
        decided="The claim's source is secondary or a rumour.",
        example='"12.9B active of 45B total" is copied from list to list',
        url="https://mistral.ai/news/mixtral-of-experts",
        fix="Cite a primary source.",
        check=_weak,
        outcome=Outcome.SUSPECT,
        severity=Severity.NOTE,
    ),
    Rule(
        "source-unsupported",
        FAMILY,
        "an architecture claim about a closed model without a primary source",
        why="Rumour, behaviour, price and latency prove no architecture (S02).",
        decided="No public files decide it, and the source is secondary, a rumour or missing.",
        example='GPT-4 as a "16-expert MoE", from an article',
        url="https://arxiv.org/abs/2303.08774",
        fix="Write not_disclosed with the reason.",
        check=_unsupported,
        outcome=Outcome.UNVERIFIABLE,
    ),
    Rule(
        "closed-model-called-moe",
        FAMILY,
        "a closed model is called a Mixture of Experts",
        why="Its maker has not said so (S02).",
        decided="A sentence says of a product without published architecture that it is a Mixture of Experts.",
        example="the report on GPT-4 withholds the architecture",
        url="https://arxiv.org/abs/2303.08774",
        fix="Leave it out, or say that it is not disclosed.",
        check=_closed,
        outcome=Outcome.UNVERIFIABLE,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "source-undefined",
        FAMILY,
        "a claim cites a source that is not listed",
        why="The reader cannot find it.",
        decided="The id is neither in sources nor an address.",
        fix="List the source.",
        check=_undefined,
        outcome=Outcome.INCOMPLETE,
    ),
    Rule(
        "figure-not-in-quote",
        FAMILY,
        "the figure is not the one in the quoted words",
        why="A source's own figure and denominator are kept, not converted (S03).",
        decided="The quote has figures of the same size, and none is the claimed one.",
        example="36.7B and 37B stand in two files of one repository",
        url="https://github.com/deepseek-ai/DeepSeek-V3/blob/main/README_WEIGHTS.md",
        fix="Write the figure as the source prints it; conversions belong in note.",
        check=_converted,
        outcome=Outcome.SUSPECT,
    ),
    Rule(
        "source-unused",
        FAMILY,
        "a listed source supports no claim",
        why="A long list of sources looks like more support than there is.",
        decided="No claim cites it.",
        fix="Cite it or remove it.",
        check=_unused,
        outcome=Outcome.SUSPECT,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
    ),
    Rule(
        "source-undated",
        FAMILY,
        "a source without the date it was read",
        why="Cards change after they are cited.",
        decided="read is missing.",
        fix="Add read: YYYY-MM-DD.",
        check=_unread,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        persona=Persona.AUDITOR,
    ),
)
