"""Figures that fit a count, though not the one that the reader takes them for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Severity
from moeaudit.checks.mistaken_figures import ACTIVE, EXPERTS, SELECTED, TOTAL, mistake
from moeaudit.checks.rule import Report, Rule
from moeaudit.checks.sides import fitting, once, printed, shown
from moeaudit.claims.figures import Figure
from moeaudit.claims.verdicts import Verdict
from moeaudit.text import exact


def _with_shared(facts: Facts) -> Iterable[Report]:
    for statement in facts.written(EXPERTS, SELECTED):
        judged = statement.judgement
        elsewhere = judged.verdict is Verdict.REPRODUCED_ELSEWHERE and judged.denominator
        if elsewhere and "+shared" in elsewhere and facts.settled(elsewhere):
            plain, shared = facts.known.get(elsewhere.partition("+")[0]), facts.known.get("shared_experts")
            yield Report(
                f"{printed(statement.claim)} counts the shared experts among the routed: {plain} routed and {shared} "
                f"shared",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"{plain} + {shared} shared",
            )


def _only(name: str, *plain: str) -> Callable[[Facts], Iterable[tuple[Statement, int]]]:
    """Totals that fit `name` and none of the plain totals."""

    def found(facts: Facts) -> Iterable[tuple[Statement, int]]:
        value = facts.count(name)
        for statement in facts.written(TOTAL):
            fits = statement.judgement.fits
            if (
                value is not None
                and name in fits
                and not set(fits) & set(plain)
                and facts.settled(*plain)
                and statement.claim.denominator != name
            ):
                yield statement, value

    return found


_ELEMENTS = _only(
    "stored.elements", "total.full", "total.head", "total.body", "total.full+mtp", "total.full+encoders", "total.stored"
)

_STORED = _only("total.stored", "total.full", "total.head", "total.body", "total.full+mtp", "total.full+encoders")


def _elements(facts: Facts) -> Iterable[Report]:
    for statement, value in _ELEMENTS(facts):
        total = facts.count("total.full") or 0
        yield Report(
            f"{printed(statement.claim)} counts stored elements (stored.elements = {exact(value)}), packed weights "
            f"and scales as they are; "
            f"total.full = {exact(total)}",
            statement.claim.location,
            claimed=printed(statement.claim),
            derived=f"total.full = {exact(total)}",
        )


def _stored(facts: Facts) -> Iterable[Report]:
    for statement, value in _STORED(facts):
        total = facts.count("total.full") or 0
        yield Report(
            f"{printed(statement.claim)} is what the checkpoint stores (total.stored = {exact(value)}), prediction "
            f"modules and copies included; "
            f"total.full = {exact(total)}",
            statement.claim.location,
            claimed=printed(statement.claim),
            derived=f"total.full = {exact(total)}",
        )


def _coarse(facts: Facts) -> Iterable[Report]:
    for statement in once(facts.written(TOTAL, ACTIVE)):
        if statement.judgement.coarse:
            figure: Figure | None = statement.claim.figure
            name = statement.judgement.denominator or next(iter(statement.judgement.fits))
            value = facts.known.get(name)
            if figure is not None and value is not None:
                yield Report(
                    f"{printed(statement.claim)} fits only if its zeros are filling: {name} = {shown(value)}",
                    statement.claim.location,
                    claimed=printed(statement.claim),
                    derived=f"{name} = {shown(value)}",
                )


def _modules(facts: Facts) -> Iterable[Report]:
    for statement in once(facts.written(TOTAL)):
        fits = statement.judgement.fits
        if fits and statement.claim.denominator is None and all("+" in name for name in fits):
            yield Report(
                f"{printed(statement.claim)} is right only with modules beside the language model: "
                f"{fitting(statement)}",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=fitting(statement),
            )


SCOPES: tuple[Rule, ...] = (
    mistake(
        "experts-with-shared",
        "shared experts are counted among the routed ones",
        "Routed and shared experts differ in load, placement and activity.",
        "The figure equals routed + shared experts, and not the routed ones alone.",
        "Give routed and shared experts apart.",
        '"N experts" with or without the shared one',
        "https://github.com/marin-community/marin/issues/1307",
        _with_shared,
        Severity.WARNING,
    ),
    mistake(
        "elements-as-parameters",
        "stored elements are given as parameters",
        "Packed formats hold several weights in one element, and scales are no weights: memory comes out wrong "
        "several times over.",
        "The figure fits stored.elements and no total.",
        "Give total.full.",
        "GPTQ and AWQ repos show 2B instead of 8B",
        "https://github.com/huggingface/huggingface.js/issues/1770",
        _elements,
        Severity.WARNING,
    ),
    mistake(
        "stored-as-total",
        "the stored size is given as the model's total",
        "Prediction modules and copies of embedding and head are in the checkpoint, not in the model that answers.",
        "The figure fits total.stored and no total of the model.",
        "Give total.full, and the stored size apart.",
        "DeepSeek-V3: 671B, 685B on the Hub page",
        "https://github.com/deepseek-ai/DeepSeek-V3/issues/549",
        _stored,
        Severity.WARNING,
    ),
    mistake(
        "modules-in-total",
        "the total includes modules beside the language model, unsaid",
        "Two models are comparable only if both totals leave encoders and prediction modules in, or both out.",
        "No denominator is stated, and only denominators with +mtp or +encoders fit.",
        "State the denominator, or give the language model alone.",
        "Llama 4 Scout 109B is right with its vision encoder",
        "https://github.com/meta-llama/llama-models/blob/main/models/llama4/MODEL_CARD.md",
        _modules,
        Severity.NOTE,
    ),
    mistake(
        "coarse-figure",
        "the figure is rounder than its digits say",
        "120B reads as three significant figures, so a reader expects 119.5B to 120.5B.",
        "The figure fits only when its trailing zeros are read as filling.",
        "Print the figure to its real precision.",
        'gpt-oss "120B" has 116.8B',
        "https://github.com/JonathanChavezTamales/llm-leaderboard/issues/78",
        _coarse,
        Severity.NOTE,
    ),
)
