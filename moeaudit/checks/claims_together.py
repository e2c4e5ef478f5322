"""Claims held against each other: sums, order, scope, units, and the same fact in two places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import combinations

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.mistaken_figures import ACTIVE, TOTAL
from moeaudit.checks.one_cause import told_elsewhere
from moeaudit.checks.rule import Report, Rule
from moeaudit.checks.sides import fitting, once, printed
from moeaudit.claims.claim import Origin
from moeaudit.claims.figures import Figure
from moeaudit.claims.verdicts import BASES, Verdict
from moeaudit.limits import COMPARED_FIGURES

FAMILY = "claims"

NEAR = Fraction(4, 3)
"""Denominators of one model rarely differ by more than a third."""

COMPARED = tuple(
    f"architecture.{name}"
    for name in (
        "total_parameters",
        "active_parameters",
        "non_embedding_parameters",
        "routed_experts",
        "experts_per_token",
        "shared_experts",
        "layers",
    )
)


def _ends(figure: Figure) -> tuple[Fraction, Fraction] | None:
    """The exact values that print as this figure, from lowest to highest; None where it is open on one side."""
    lows, highs = (figure.rounding.low, figure.truncation.low), (figure.rounding.high, figure.truncation.high)
    if figure.bound or any(end is None for end in (*lows, *highs)):
        return None
    return min(low for low in lows if low is not None), max(high for high in highs if high is not None)


def _apart(left: Figure, right: Figure) -> bool:
    """Whether neither figure, taken exactly, prints as the other: 310B and 311B are apart, 37B and 37.6B are not."""
    return not any(
        one.rounding.overlaps(other.low, other.high) or one.truncation.overlaps(other.low, other.high)
        for one, other in ((left, right), (right, left))
    )


def _not_below(facts: Facts) -> Iterable[Report]:
    totals = {
        one.claim.location.file: one
        for one in sorted(facts.written(TOTAL), key=lambda one: one.claim.figure.high if one.claim.figure else 0)
        if one.claim.figure
    }
    for active in facts.written(ACTIVE):
        total = totals.get(active.claim.location.file)
        figure, whole = active.claim.figure, total.claim.figure if total else None
        if total and figure and whole and not figure.is_percent and figure.low >= whole.high:
            yield Report(
                f"{printed(active.claim)} active of {printed(total.claim)} total: a sparse model uses fewer than it "
                f"has",
                active.claim.location,
                claimed=f"{printed(active.claim)} active",
                derived=f"{printed(total.claim)} total",
                beside=(total.claim.location,),
            )


def _mixed(facts: Facts) -> Iterable[Report]:
    sizes = [one for one in once(facts.written(TOTAL, ACTIVE)) if one.claim.denominator is None and one.judgement.fits]
    for file in dict.fromkeys(one.claim.location.file for one in sizes):
        totals, actives = (
            [one for one in sizes if one.claim.path == path and one.claim.location.file == file]
            for path in (TOTAL, ACTIVE)
        )
        rules = [
            (total, _rules(total), active, _rules(active))
            for total in totals
            for active in actives
            if _rules(total) and _rules(active)
        ]
        if rules and not any(set(left) & set(right) for _, left, _, right in rules):
            total, left, active, right = rules[0]
            yield Report(
                f"no one rule gives both {printed(total.claim)} total ({_either(left)}) and {printed(active.claim)} "
                f"active ({_either(right)})",
                active.claim.location,
                claimed=f"{printed(total.claim)} total, {printed(active.claim)} active",
                derived=f"{fitting(total)}; {fitting(active)}",
                severity=Severity.NOTE if left[0].partition("+")[2] == right[0].partition("+")[2] else None,
            )


def _rules(statement: Statement) -> list[str]:
    """By which rules a size is counted: `full`, `body+mtp` … of every denominator that fits."""
    return [name.partition(".")[2] for name in statement.judgement.fits if name.partition("+")[0] in BASES]


def _either(rules: list[str]) -> str:
    return " or ".join(rules)


SUMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (TOTAL, ("architecture.non_embedding_parameters", "architecture.embedding_parameters")),
    ("architecture.stored_parameters", (TOTAL, "architecture.mtp_parameters")),
    ("architecture.layers", ("architecture.moe_layers", "architecture.dense_layers")),
)
"""Whole and parts, where all of them are stated. An embedding figure may stand for one table or for both."""


def _sums(facts: Facts) -> Iterable[Report]:
    by_file: dict[str, dict[str, Statement]] = {}
    for statement in facts.written(*{path for whole, parts in SUMS for path in (whole, *parts)}):
        if statement.claim.figure is not None and statement.claim.origin is Origin.CLAIM_FILE:
            by_file.setdefault(statement.claim.location.file, {})[statement.claim.path] = statement
    for stated in by_file.values():
        for whole, parts in SUMS:
            if (
                whole in stated
                and all(part in stated for part in parts)
                and not all(stated[path].judgement.verdict is Verdict.REPRODUCED for path in (whole, *parts))
                and not _adds_up(stated[whole], [stated[part] for part in parts])
            ):
                said = " + ".join(printed(stated[part].claim) for part in parts)
                yield Report(
                    f"{said} is not {printed(stated[whole].claim)}",
                    stated[whole].claim.location,
                    claimed=printed(stated[whole].claim),
                    derived=said,
                )


def _adds_up(whole: Statement, parts: list[Statement]) -> bool:
    figures = [one.claim.figure for one in (whole, *parts) if one.claim.figure]
    twice = 2 if parts[-1].claim.path.endswith("embedding_parameters") else 1
    if all(figure.is_exact for figure in figures):
        exactly, first, last = (figure.low for figure in figures)
        return exactly in {first + last, first + twice * last}
    ends = [_ends(figure) for figure in figures]
    if any(end is None for end in ends):
        return True
    goal, *rest = (end for end in ends if end is not None)
    low, high = rest[0][0] + rest[1][0], rest[0][1] + twice * rest[1][1]
    return low < goal[1] and goal[0] < high


def _pairs(facts: Facts, wanted: Callable[[Statement, Statement], bool]) -> Iterable[tuple[Statement, Statement]]:
    """Two figures for one field that are apart, each pair once."""
    for path in COMPARED:
        stated = [
            one for one in once(facts.written(path)) if one.claim.figure is not None and not one.claim.figure.is_percent
        ]
        for left, right in combinations(stated[:COMPARED_FIGURES], 2):
            if (
                left.claim.figure
                and right.claim.figure
                and wanted(left, right)
                and _apart(left.claim.figure, right.claim.figure)
            ):
                yield left, right


def _prose(facts: Facts) -> Iterable[Report]:
    origins = {Origin.CLAIM_FILE, Origin.CARD}
    said = {(one.claim.location.file, one.claim.path, one.claim.printed) for one in facts.written(*COMPARED)}
    for left, right in _pairs(facts, lambda a, b: {a.claim.origin, b.claim.origin} == origins):
        card, record = (left, right) if left.claim.origin is Origin.CARD else (right, left)
        if _fits_apart(card, record) or told_elsewhere(card, record, said):
            continue
        yield Report(
            f"the card says {printed(card.claim)}, the claim file {printed(record.claim)}",
            card.claim.location,
            claimed=printed(card.claim),
            derived=f"claim file: {printed(record.claim)}",
        )


def _fits_apart(left: Statement, right: Statement) -> bool:
    """Both are right, each under a denominator that it states."""
    good = {Verdict.REPRODUCED}
    return left.judgement.verdict in good and right.judgement.verdict in good


def _itself(facts: Facts) -> Iterable[Report]:
    for left, right in _pairs(
        facts,
        lambda a, b: (
            a.claim.origin in (Origin.CARD, Origin.CATALOGUE) and a.claim.location.file == b.claim.location.file
        ),
    ):
        if Verdict.CONTRADICTED in (left.judgement.verdict, right.judgement.verdict):
            continue
        field = left.claim.path.rpartition(".")[2].replace("_", " ")
        yield Report(
            f"{field}: {printed(left.claim)} in line {left.claim.location.line}, {printed(right.claim)} in line "
            f"{right.claim.location.line}",
            right.claim.location,
            claimed=printed(right.claim),
            derived=f"{printed(left.claim)} in line {left.claim.location.line}",
            severity=Severity.NOTE if _two_rules(left, right) else None,
        )


def _two_rules(left: Statement, right: Statement) -> bool:
    """Whether two sizes may be one model's under two denominators: both fit one, or they are near each other."""
    if left.judgement.fits and right.judgement.fits:
        return True
    low, high = sorted(one.claim.figure.low for one in (left, right) if one.claim.figure)
    return left.claim.path.endswith("_parameters") and high <= low * NEAR


TOGETHER: tuple[Rule, ...] = (
    Rule(
        "active-not-below-total",
        FAMILY,
        "active parameters are not fewer than the total",
        why="One of the two figures is wrong, or stands in the wrong column.",
        decided="The active figure is at least the largest total of the same document.",
        example="Qwen3-Coder-Next is listed with 3B and with 5.46B active",
        url="https://github.com/AlexsJones/llmfit/issues/544",
        fix="Correct the figures.",
        check=_not_below,
        severity=Severity.ERROR,
    ),
    Rule(
        "denominators-mixed",
        FAMILY,
        "total and active follow different scopes",
        why="Sparsity computed from such a pair compares two models.",
        decided="No denominator is stated, and no rule that fits the total (with or without embeddings, encoders, "
        "prediction modules) fits "
        "the active figure too.",
        example="Llama 4 Scout: 109B with vision, 17B without",
        url="https://github.com/meta-llama/llama-models/blob/main/models/llama4/MODEL_CARD.md",
        fix="Give both under one scope.",
        check=_mixed,
    ),
    Rule(
        "sum-contradicted",
        FAMILY,
        "the parts do not add up to the whole",
        why="One of the figures is wrong, or the parts are counted by another rule.",
        decided="Embedding and non-embedding against the total, total and prediction modules against the stored size, "
        "sparse and dense layers against all, each at its printed precision. Figures that all fit what they "
        "are said to count are not summed: these may overlap.",
        example="128 × 3.66B + 10B is given as 480B",
        url="https://github.com/Snowflake-Labs/snowflake-arctic",
        fix="Correct the parts, or name what the whole includes.",
        check=_sums,
    ),
    Rule(
        "card-against-claim-file",
        FAMILY,
        "the card and the claim file differ",
        why="Two documents of one release say two things.",
        decided="Figures of one field are compared; neither, taken exactly, prints as the other. Not where the "
        "evidence contradicts one, nor where the card states the claim file's figure too: these have findings of "
        "their own.",
        example="MiMo-V2.5: 311B in the field, 310B in the text",
        url="https://github.com/vllm-project/recipes",
        fix="Make them agree.",
        check=_prose,
    ),
    Rule(
        "card-against-itself",
        FAMILY,
        "one document gives two figures for one field",
        why="The reader cannot know which one is meant.",
        decided="Two figures of one field in one file; neither, taken exactly, prints as the other.",
        example="Nemotron 3 Nano: 3.2B, 3.5B and 3.6B active",
        url="https://github.com/NVIDIA-NeMo/Nemotron",
        fix="Give one figure, or name each one's denominator.",
        check=_itself,
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
    ),
)
