"""Rows of the first screen that judge: what card and name say, and what the rules found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from moeaudit.checks.facts import Statement
from moeaudit.checks.finding import Severity
from moeaudit.checks.sides import fits
from moeaudit.claims.verdicts import Verdict
from moeaudit.reports.amount import Amount
from moeaudit.reports.document.runs import Figure, Form, Gap, Name, Quote, Runs, Tag, joined, lines, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.inspected import Inspected
from moeaudit.text import visible

MOST, FITS, FOUND = 3, 3, 2
"""Claims, denominators of a claim, and findings that the first screen names."""

LETTERS, SAID = 24, 110
"""Letters of a printed figure, and of a finding's message."""

RIGHT = (Verdict.REPRODUCED, Verdict.INFERRED, Verdict.AMBIGUOUS)
ORDER = (Verdict.CONTRADICTED, Verdict.REPRODUCED_ELSEWHERE)
"""What is told first."""

FAR = 10
"""A figure is so many times another: how far off it is, nobody asks."""


def claims(result: Inspected, w: Words) -> Runs:
    """Each figure once, whoever states it; what is wrong first."""
    if not result.said:
        return w("answer.no_claims" if result.inspection.evidence.card else "answer.no_card")
    told: dict[tuple[str, str], list[Statement]] = {}
    for one in sorted(result.said, key=rank):
        told.setdefault((one.claim.path, one.claim.printed), []).append(one)
    named = [claim(same, w) for same in list(told.values())[:MOST]]
    rest = w("answer.more", count=len(told) - MOST) if len(told) > MOST else ()
    return lines(*named, rest) if rest else lines(*named)


def rank(one: Statement) -> int:
    verdict = one.judgement.verdict
    return ORDER.index(verdict) if verdict in ORDER else len(ORDER) + (verdict not in RIGHT)


def claim(same: Sequence[Statement], w: Words) -> Runs:
    """`37B active parameters (card): right as active.head (rounded) or active.full (cut)`."""
    said, judgement = same[0].claim, same[0].judgement
    field = said.path.rpartition(".")[2]
    origins = dict.fromkeys(one.claim.origin.value for one in same)
    who = joined([runs(w.of("answer.who", one)) for one in origins], w("answer.and"))
    printed = Quote(visible(said.printed, limit=LETTERS))
    start = w("answer.claim", printed=printed, field=w.of("answer.fields", field), who=who)
    if judgement.verdict is Verdict.CONTRADICTED and judgement.nearest is not None:
        nearest = judgement.nearest
        gap = float(nearest.gap)
        off = w("answer.gap", gap=Gap(gap)) if abs(gap) < FAR else ()
        value = nearest.value if isinstance(nearest.value, tuple) else (nearest.value,) * 3
        low, typical, high = map(round, value)
        figure = Figure(Amount(nearest.denominator, low, typical, high), Form.SHORT)
        return runs(start, w("answer.wrong", name=Name(nearest.denominator), figure=figure, gap=off))
    if judgement.fits:
        told = fitting(same[0], w)
        if judgement.verdict is Verdict.REPRODUCED_ELSEWHERE:
            return runs(start, w("answer.elsewhere", fits=told, stated=Name(said.denominator or "")))
        return runs(start, w("answer.right", fits=told))
    return runs(start, w("answer.undecided", reason=judgement.reason or Tag(judgement.verdict.value)))


def fitting(one: Statement, w: Words) -> Runs:
    """The denominators that the figure is, by how it is their count."""
    ways: dict[str, list[Runs]] = {}
    for name, way in islice(fits(one), FITS):
        ways.setdefault(way, []).append(runs(Name(name)))
    return joined([w(f"answer.how.{way}", names=joined(names)) for way, names in ways.items()], w("answer.or"))


def findings(result: Inspected, w: Words) -> Runs:
    """How many of each severity, and the worst by name."""
    order = list(Severity)
    found = sorted((one for one in result.found if one.suppressed is None), key=lambda one: order.index(one.severity))
    if not found:
        return w("answer.no_findings")
    worst = [runs(Tag(one.severity.value), " ", Name(one.rule), f": {begun(one.message)}") for one in found]
    if len(worst) <= FOUND:
        return lines(*worst)
    counts = Counter(one.severity for one in found)
    said = joined([w.counted(f"check.severities.{one.value}", counts[one]) for one in order if counts[one]])
    return w("answer.found", counts=said, worst=worst[0])


def begun(text: str) -> str:
    """The text, or as many of its words as the first screen has room for."""
    safe = visible(text)
    return safe if len(safe) <= SAID else f"{safe[:SAID].rpartition(' ')[0] or safe[:SAID]} …"
