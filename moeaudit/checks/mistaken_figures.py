"""Figures that fit no count of their own kind for a known reason. Each reason is a rule; what none explains is a
plain contradiction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Severity
from moeaudit.checks.rule import Report, Rule
from moeaudit.checks.sides import fitting, printed, report, shown
from moeaudit.claims.checklist import FIELDS
from moeaudit.claims.names import name_claims
from moeaudit.claims.verdicts import KINDS, Verdict
from moeaudit.later import expression
from moeaudit.text import exact

FAMILY = "claims"

TOTAL, ACTIVE = "architecture.total_parameters", "architecture.active_parameters"

EXPERTS, SELECTED = "architecture.routed_experts", "architecture.experts_per_token"

COUNTED = tuple(path for path, field in FIELDS.items() if path.startswith("architecture.") and field.kind)
"""Every figure that the counts of a model may contradict: only contradictions of these are explained."""

MULTIPLIED = expression(r"(?<![\w.])(?P<experts>\d{1,4})x(?P<size>\d{1,4}(?:\.\d{1,2})?)b\b", re.IGNORECASE)


Explain = Callable[[Statement, Facts], Report | None]


def _names(facts: Facts) -> Iterable[str]:
    """What the model is called: by its evidence, its claim files and its cards."""
    yield from (claims.model_id for claims in facts.claim_files)
    yield from (card.subject for card in facts.cards)
    if facts.inspection is not None:
        yield facts.inspection.evidence.model.id


def _multiplied(statement: Statement, facts: Facts) -> Report | None:
    figure = statement.claim.figure
    if figure is None or statement.claim.path != TOTAL:
        return None
    for name in _names(facts):
        found = MULTIPLIED.search(name)
        product = int(found["experts"]) * Fraction(found["size"]) * 10**9 if found else None
        if found and product is not None and figure.matches(product):
            total = facts.count("total.full")
            return report(
                statement,
                facts,
                f"{printed(statement.claim)} is {found[0]} multiplied out; the experts share everything "
                f"else, so total.full is {exact(total) if total else 'less'}",
                f"total.full = {exact(total) if total else '?'}",
            )
    return None


def _swapped(statement: Statement, facts: Facts) -> Report | None:
    figure, path = statement.claim.figure, statement.claim.path
    if figure is None or path not in (TOTAL, ACTIVE):
        return None
    other = "active.full" if path == TOTAL else "total.full"
    value = facts.count(other)
    if value is None or not figure.matches(value):
        return None
    word = "total" if path == TOTAL else "active"
    return report(
        statement,
        facts,
        f"{printed(statement.claim)} is given as {word} parameters, but is {other} = {exact(value)}",
        f"{other} = {exact(value)}",
    )


def _selected(statement: Statement, facts: Facts) -> Report | None:
    chosen, experts = facts.count("experts_per_token"), facts.count("routed_experts")
    figure = statement.claim.figure
    if statement.claim.path != EXPERTS or figure is None or chosen is None or experts is None or figure.low != chosen:
        return None
    return report(
        statement,
        facts,
        f"{printed(statement.claim)} experts are those that one token uses; each layer has {exact(experts)}",
        f"routed_experts = {exact(experts)}, experts_per_token = {chosen}",
    )


def _name_copied(statement: Statement, facts: Facts) -> Report | None:
    path, figure = statement.claim.path, statement.claim.figure
    for name in _names(facts):
        for said in name_claims(name):
            if figure is not None and said.figure is not None and said.path == path and said.figure.low == figure.low:
                nearest = statement.judgement.nearest
                derived = f"{nearest.denominator} = {shown(nearest.value)}" if nearest else ""
                return report(
                    statement,
                    facts,
                    f"{printed(statement.claim)} is the figure in the name, and no count of this checkpoint; "
                    f"the nearest is {derived}",
                    derived,
                )
    return None


def _expert_share(statement: Statement, facts: Facts) -> Report | None:
    figure, chosen, experts = statement.claim.figure, facts.count("experts_per_token"), facts.count("routed_experts")
    if statement.claim.path != ACTIVE or figure is None or not figure.is_percent or not chosen or not experts:
        return None
    active, total = facts.count("active.full"), facts.count("total.full")
    if not figure.matches(Fraction(100 * chosen, experts)) or not active or not total:
        return None
    share = f"{100 * active / total:.1f} % (active.full of total.full)"
    return report(
        statement,
        facts,
        f"{printed(statement.claim)} is the share of the experts ({chosen} of {experts}), not of the weights: {share}",
        share,
    )


def _expert_work(statement: Statement, facts: Facts) -> Report | None:
    figure, claim = statement.claim.figure, statement.claim
    if claim.path != ACTIVE or figure is None or figure.is_percent or claim.denominator:
        return None
    for name in KINDS["active"].stated:
        value, full = facts.known.get(name), facts.known.get("active.full")
        if value is not None and full is not None and facts.settled(name) and figure.matches(value):
            return report(
                statement,
                facts,
                f"{printed(claim)} is {name} = {shown(value)}, which nobody means by active alone; active.full = "
                f"{shown(full)}",
                f"{name} = {shown(value)}",
                f"State the denominator, {name}, or give active.full.",
            )
    return None


def _stale(statement: Statement, facts: Facts) -> Report | None:
    right = facts.fitting.get((statement.claim.path, statement.claim.location.file))
    if right is None or right.claim.denominator or statement.claim.denominator:
        return None
    return report(
        statement,
        facts,
        f"{printed(statement.claim)} fits no count, {printed(right.claim)} in line {right.claim.location.line} does "
        f"({fitting(right)}): one of them is left over from another model",
        f"{printed(right.claim)} in the same document",
    )


EXPLAINED: Mapping[str, Explain] = {
    "name-multiplied": _multiplied,
    "sizes-swapped": _swapped,
    "experts-are-selected": _selected,
    "expert-share-as-active": _expert_share,
    "active-as-expert-share": _expert_work,
    "name-figure-copied": _name_copied,
    "family-figure-stale": _stale,
}
"""Rule → how it explains a contradicted claim; the first that does is the one that speaks."""


def explanation(statement: Statement, facts: Facts) -> tuple[str, Report] | None:
    """Which rule explains a contradicted claim, and what it says; None for plain contradictions."""
    if statement.judgement.verdict is not Verdict.CONTRADICTED or statement.claim.path not in COUNTED:
        return None
    known = facts.explained
    if id(statement) not in known:
        found = ((rule, explain(statement, facts)) for rule, explain in EXPLAINED.items())
        known[id(statement)] = next(((rule, said) for rule, said in found if said is not None), None)
    return known[id(statement)]


def _explained_by(rule: str) -> Callable[[Facts], Iterable[Report]]:
    def check(facts: Facts) -> Iterable[Report]:
        for statement in facts.written(*COUNTED):
            found = explanation(statement, facts)
            if found is not None and found[0] == rule:
                yield found[1]

    return check


def mistake(
    id: str,
    title: str,
    why: str,
    decided: str,
    fix: str,
    example: str = "",
    url: str = "",
    check: Callable[[Facts], Iterable[Report]] | None = None,
    severity: Severity = Severity.ERROR,
) -> Rule:
    return Rule(
        id,
        FAMILY,
        title,
        why=why,
        decided=decided,
        fix=fix,
        check=check or _explained_by(id),
        example=example,
        url=url,
        severity=severity,
    )


MISTAKEN: tuple[Rule, ...] = (
    mistake(
        "name-multiplied",
        "the total is the name multiplied out",
        "Experts replace the feed-forward alone; attention and embeddings are shared, so N × M overstates the model.",
        "The figure fits no total, and equals N × M of a name such as 8x7B.",
        "Give total.full.",
        '"8x22=176B" in a vendor\'s own documentation',
        "https://github.com/mistralai/platform-docs-public/issues/44",
    ),
    mistake(
        "sizes-swapped",
        "total and active parameters stand in each other's place",
        "A table that mixes the two is off by the sparsity, often a factor of ten.",
        "The figure fits no count of its own kind, and fits total.full or active.full of the other.",
        "Exchange the two figures.",
        example="Qwen3-Coder-Next with 3B active here and 5.46B there",
        url="https://github.com/AlexsJones/llmfit/issues/544",
    ),
    mistake(
        "experts-are-selected",
        "the number of experts is the number that one token uses",
        "Placement and memory are planned on all experts, not on the selected ones.",
        "The figure differs from the experts per layer and equals the experts per token.",
        "Give both: experts per layer, and experts per token.",
        "FlexOlmo: 4 of 8, 5 of 7 and 7 of 7 in one project",
        "https://github.com/allenai/FlexOlmo/issues/33",
    ),
    mistake(
        "expert-share-as-active",
        "the share of experts is given as the share of weights",
        "Attention, embeddings and shared experts are active for every token, so the active share is larger.",
        "The percentage equals experts per token ÷ experts, and no active.* ÷ total.*.",
        "Give active parameters with their denominator.",
        'Grok-1 "25% of the weights active": 2 of 8 experts, 26.5 % of the weights',
        "https://x.ai/news/grok-os",
    ),
    mistake(
        "active-as-expert-share",
        "another sum than the full path is given as active parameters",
        "Attention, embeddings and the head are used for every token: the expert work alone makes a model look "
        "smaller, prediction modules and encoders make it look larger.",
        "No denominator is stated; the figure fits active.experts, active.routed or active.checkpoint, and no sum "
        "over the path of a token.",
        "State the denominator, or give active.full.",
        "the rule drafted for Hub pages counts prediction modules and encoders as active",
        "https://github.com/huggingface/huggingface.js/issues/2182",
        severity=Severity.WARNING,
    ),
    mistake(
        "name-figure-copied",
        "the figure is copied from the name",
        "Pruned, merged and renamed models keep the name of what they were made from.",
        "The figure fits no count of this checkpoint, and equals the one in its name.",
        "Count this checkpoint: moeaudit inspect.",
        "GLM-4.5: 358B stored, 355B in the name",
        "https://github.com/JonathanChavezTamales/llm-leaderboard/issues/78",
    ),
    mistake(
        "family-figure-stale",
        "a figure left over from another model of the family",
        "Cards are copied from release to release, and one sentence keeps the old size.",
        "The figure fits no count, while another figure of the same field in the same document does.",
        "Correct the sentence.",
        'granite-3.1-1b-a400m-instruct "is a 8B parameter" model, 1.3B further down',
        "https://github.com/jeremieconte/granite-3.1-1b-a400m-instruct",
    ),
)
