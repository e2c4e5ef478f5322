"""Rows of the first screen that judge: what card and name say, and what the rules found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

from moeaudit.checks.facts import Statement
from moeaudit.checks.finding import Finding, Severity
from moeaudit.checks.sides import fits
from moeaudit.claims.claim import Origin
from moeaudit.claims.verdicts import Verdict
from moeaudit.ledger.values import Absent, Value
from moeaudit.reports.amount import Amount, amount
from moeaudit.reports.document.runs import Figure, Form, Gap, Name, Quote, Runs, Tag, joined, lines, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.inspected import Inspected
from moeaudit.reports.packet.words import brief
from moeaudit.text import visible

MOST, FITS, SHORT, FOUND = 3, 3, 2, 2
"""Claims, denominators of a claim and of one in short, and findings that the first screen names."""

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
        seen = result.inspection.evidence
        elsewhere = "answer.card_elsewhere" if seen.model.recorded else "answer.no_card"
        return w("answer.no_claims" if seen.card else elsewhere)
    told: dict[tuple[str, str], list[Statement]] = {}
    for one in sorted(result.said, key=rank):
        told.setdefault((one.claim.path, one.claim.printed), []).append(one)
    short = [same for same in told.values() if all(map(known_elsewhere, same))]
    told = {key: same for key, same in told.items() if same not in short}
    named = [claim(same, result.inspection.denominators, w) for same in list(told.values())[:MOST]]
    if short:
        named.append(joined([in_short(same[0], w) for same in short], "; "))
    rest = w("answer.more", count=len(told) - MOST) if len(told) > MOST else ()
    return lines(*named, rest) if rest else lines(*named)


def known_elsewhere(one: Statement) -> bool:
    """What the makers state of a recorded model, and rightly: said in short, for nobody asked about their page."""
    return one.claim.origin.value == Origin.CLAIM_FILE.value and bool(one.judgement.fits)


def in_short(one: Statement, w: Words) -> Runs:
    """`“37B” active (vendor) is right (active.full, active.head)`; the counts stand in the rows above."""
    names = joined([runs(Name(name)) for name, _ in islice(fits(one), SHORT)])
    field = w.of("answer.fields", one.claim.path.rpartition(".")[2])
    printed, who = Quote(visible(one.claim.printed, limit=LETTERS)), w.of("answer.who", one.claim.origin.value)
    return runs(w("answer.claim", printed=printed, field=field, who=who), w("answer.right_short", names=names))


def rank(one: Statement) -> int:
    verdict = one.judgement.verdict
    return ORDER.index(verdict) if verdict in ORDER else len(ORDER) + (verdict not in RIGHT)


def claim(same: Sequence[Statement], counts: Mapping[str, Value], w: Words) -> Runs:
    """`“37B” active (card) is right: 36.63B (active.head) rounded or 37.55B (active.full) cut off`."""
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
        told = fitting(same[0], counts, w)
        if judgement.verdict is Verdict.REPRODUCED_ELSEWHERE:
            return runs(start, w("answer.elsewhere", fits=told, stated=Name(said.denominator or "")))
        return runs(start, w("answer.right", fits=told))
    return runs(start, w("answer.undecided", reason=judgement.reason or Tag(judgement.verdict.value)))


def fitting(one: Statement, counts: Mapping[str, Value], w: Words) -> Runs:
    """The counts that the figure is, each once with its denominators, by how it is that count."""
    ways: dict[str, dict[str, list[str]]] = {}
    for name, way in islice(fits(one), FITS):
        value = counts.get(name)
        own = value is None and one.claim.path.rpartition(".")[2] == name  # the config's, called as the field is
        shown = "" if value is None or isinstance(value, Absent) else brief(amount(name, value))
        ways.setdefault("exact" if own and way == "equals" else way, {}).setdefault(shown, []).append(name)
    told = {way: joined([counted(names, counts, w) for names in found.values()]) for way, found in ways.items()}
    return joined([w(f"answer.how.{way}", names=names) for way, names in told.items()], w("answer.or"))


def counted(names: Sequence[str], counts: Mapping[str, Value], w: Words) -> Runs:
    """One figure that has these names; of what is no parameter count, the names alone."""
    listed, value = joined([runs(Name(one)) for one in names]), counts.get(names[0])
    if value is None or isinstance(value, Absent):
        return listed
    return w("answer.figure", figure=Figure(amount(names[0], value), Form.SHORT), name=listed)


def worst_of(found: Sequence[Finding]) -> Finding | None:
    """The finding that matters most, of those that were not set aside."""
    return next(iter(by_weight(found)), None)


def by_weight(found: Sequence[Finding]) -> list[Finding]:
    order = list(Severity)
    return sorted((one for one in found if one.suppressed is None), key=lambda one: order.index(one.severity))


def findings(result: Inspected, w: Words) -> Runs:
    """How many of each severity, and the worst by name."""
    order, found = list(Severity), by_weight(result.found)
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
