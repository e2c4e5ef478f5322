"""The fix of a finding: the one figure that the evidence proves, in place of the one that is written.

Only errors have one, and only where owner and count are both certain. Whatever else is found keeps the reason why not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Finding, Fix, Severity
from moeaudit.claims.claim import STATED, Claim, Origin
from moeaudit.claims.figures import Value
from moeaudit.claims.reprinted import reprinted
from moeaudit.claims.verdicts import EXACT_KINDS, KINDS, Verdict
from moeaudit.text import visible

MEANT: Mapping[str, tuple[str, ...]] = {"total": ("total.full", "total.full+encoders")}
"""What the bare word says: a total leaves nothing of the language model out, and may count its encoders. Other kinds
may follow any of their denominators."""

IN_WORDS: Mapping[str, str] = {
    "sizes-swapped": "two figures are to be exchanged",
    "experts-are-selected": "the sentence is to give both numbers",
}
"""Rules whose fix in a card is a new sentence, no new figure."""

NO_FIGURE = "it proves no single figure"


class Right(NamedTuple):
    """The count that a wrong figure is to state."""

    denominator: str
    value: int


def with_fixes(findings: Iterable[Finding], facts: Facts) -> tuple[Finding, ...]:
    """The same findings, each with its fix or with the reason why it has none."""
    return tuple(_with_fix(finding, facts) for finding in findings)


def _with_fix(finding: Finding, facts: Facts) -> Finding:
    fix = _fix(finding, facts)
    return replace(finding, fix=fix) if isinstance(fix, Fix) else replace(finding, unfixed=fix)


def _fix(finding: Finding, facts: Facts) -> Fix | str:
    if finding.suppressed is not None:
        return f"it is set aside: {visible(finding.suppressed, limit=80)}"
    statement = next(iter(facts.standing_at.get(finding.place, ())), None) if finding.place is not None else None
    if statement is None:
        return NO_FIGURE
    if statement.claim.owner != STATED:
        return "it is assumed, not stated, that the figure is this model's"
    if finding.severity is not Severity.ERROR:
        return NO_FIGURE
    if statement.claim.origin is Origin.CARD and finding.rule in IN_WORDS:
        return IN_WORDS[finding.rule]
    return fix_of(statement, facts)


def fix_of(statement: Statement, facts: Facts) -> Fix | str:
    """The figure to write and where, or why there is no such figure."""
    claim = statement.claim
    if claim.origin not in (Origin.CARD, Origin.CLAIM_FILE):
        return "it stands in neither a card nor a claim file"
    right = right_of(statement, facts)
    if isinstance(right, str):
        return right
    texts = reprinted(claim.printed, right.value, whole=claim.kind in EXACT_KINDS)
    if texts is None:
        return f"{right.denominator} = {right.value:,} cannot be printed in the figure's style"
    if claim.quote and claim.origin is Origin.CLAIM_FILE and texts[0] in claim.quote:
        return "the quoted source prints this figure"
    column = standing(texts[0], claim, facts.lines.get(claim.location.file, ()))
    if column is None:
        return f"{texts[0]} does not stand there in one piece"
    return Fix(replace(claim.location, column=column), *texts)


def standing(number: str, claim: Claim, lines: Sequence[str]) -> int | None:
    """The column where the number stands within its claim's value; None where it is not there exactly once, or other
    values share it by an anchor."""
    at = (claim.location.line or 0) - 1
    line = lines[at] if 0 <= at < len(lines) else ""
    start = (claim.location.column or 0) - 1
    quote = 1 if line[start : start + 1] in {'"', "'"} else 0
    end = start + claim.length + quote
    found = line.find(number, start, end) if start >= 0 else -1
    if found < 0 or line.find(number, found + 1, end) >= 0 or line[start : start + 1] == "&":
        return None
    return found + 1


def right_of(statement: Statement, facts: Facts) -> Right | str:
    """The one count that a contradicted figure is to state; why there is none where several would do."""
    claim, verdict = statement.claim, statement.judgement.verdict
    if verdict is Verdict.REPRODUCED_ELSEWHERE:
        return "either the figure or its denominator is wrong"
    if verdict is not Verdict.CONTRADICTED or not claim.path.startswith("architecture."):
        return NO_FIGURE
    if (reason := _no_plain_figure(claim)) is not None:
        return reason
    if not facts.proved:
        return "the counts rest on names of tensors alone"
    names = _meant(statement, facts)
    values = {name: facts.known[name] for name in names if facts.known.get(name) is not None}
    open = next((name for name in values if not facts.settled(name)), None)
    if open is not None or not values:
        return f"{open or names[0]} is not settled"
    return _one_of(values, claim)


def _no_plain_figure(claim: Claim) -> str | None:
    figure = claim.figure
    if figure is None or figure.is_percent:
        return "it is no count"
    if figure.is_range:
        return "it is a range"
    return "it is a bound" if figure.bound else None


def _meant(statement: Statement, facts: Facts) -> tuple[str, ...]:
    """The denominators that a figure may be meant to follow: the stated one, else that of a right figure of the same
    field in the same document, else all that the word may stand for."""
    claim = statement.claim
    kind = KINDS[claim.kind or ""]
    if claim.denominator or kind.assumed:
        return (claim.denominator or kind.assumed or "",)
    right = facts.fitting.get((claim.path, claim.location.file))
    if right is not None and not right.judgement.coarse:
        return tuple(right.judgement.fits)
    return MEANT.get(claim.kind or "", kind.denominators)


def _one_of(values: Mapping[str, Value | None], claim: Claim) -> Right | str:
    """The first count, where all print alike in the figure's own style."""
    counts = {name: value for name, value in values.items() if isinstance(value, int)}
    if len(counts) < len(values):
        return f"{next(name for name in values if name not in counts)} is a range"
    texts = {reprinted(claim.printed, value, whole=claim.kind in EXACT_KINDS) for value in counts.values()}
    if len(texts) > 1:
        return f"several counts may be meant: {', '.join(counts)}"
    return Right(*next(iter(counts.items())))
