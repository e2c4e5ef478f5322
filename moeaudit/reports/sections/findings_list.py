"""The findings of a check: what and where, both sides beside each other, what to write, and where to read more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from moeaudit.checks.finding import Finding
from moeaudit.reports.check_result import CHECKED, CheckResult, named
from moeaudit.reports.document.blocks import Block, Heading, Note, Pane, Paragraph, Tone
from moeaudit.reports.document.runs import Name, Runs, Tag, joined, lines, muted, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.excerpts import excerpt
from moeaudit.reports.packet.parts.claims import claim
from moeaudit.reports.sections.claims import against
from moeaudit.reports.statements import Seen

WHOLE = 2
"""Findings of one rule that are told whole; those after them in short, unless all of them are."""

PLACES = 6
"""Places of one figure that are named; how many more there are is said."""

ROWS = 4
"""Lines of files that stand beside the evidence."""

NEEDS = CHECKED


def section(result: CheckResult, w: Words) -> Iterator[Block]:
    """A note for each, model by model; nothing where nothing was found."""
    left, hidden = result.most, 0
    for audit in result.audits:
        told = [finding for finding in audit.findings if finding.suppressed is None]
        kept = told if left is None else told[:left]
        left = None if left is None else left - len(kept)
        hidden += len(told) - len(kept)
        if kept and result.several:
            yield Heading(runs(Name(named(audit, w))))
        yield from notes(kept, Seen.of(audit), w, whole=result.whole)
    if hidden:
        yield Paragraph(w.counted("check.left_out", hidden), Tone.MUTED)


def notes(findings: Sequence[Finding], seen: Seen, w: Words, *, whole: bool) -> Iterator[Note]:
    """The findings of one model. One figure that is wrong in several places is one note."""
    before = Counter[str]()
    for same in together(findings):
        rule = same[0].rule
        yield note(same, seen, w) if whole or before[rule] < WHOLE else short(same, w)
        before[rule] += 1


def together(findings: Iterable[Finding]) -> Iterable[list[Finding]]:
    """Findings that say the same of several places, in the order of the first."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        key = (one.rule, one.severity, one.message, one.claimed, one.derived, one.tip)
        found.setdefault(key, []).append(one)
    return found.values()


def note(same: Sequence[Finding], seen: Seen, w: Words) -> Note:
    """What is wrong, under which count it would be true, both sides, and what to write."""
    one = same[0]
    said = [*at(same, w), runs(one.message)]
    held = seen.claim(one)
    if held is not None and held.judgement.fits:
        said.append(runs(strong(w("findings.true_as"), ":"), " ", against(claim(held), w)))
    fix = [runs(strong(w("findings.fix"), ":"), " ", one.tip)] if one.tip else []
    title, foot = runs(label(one), " ", one.title), lines(*fix, more(one, w))
    return Note(one.severity.value, title, tuple(said), tuple(sides(same, seen, w)), foot)


def short(same: Sequence[Finding], w: Words) -> Note:
    """One more finding of a rule that has been told: where, and what."""
    one = same[0]
    return Note(one.severity.value, label(one), (*at(same, w), runs(one.message)), foot=more(one, w))


def label(one: Finding) -> Runs:
    return runs(Tag(one.severity.value), "[", Name(one.rule), "]")


def at(same: Sequence[Finding], w: Words) -> Iterator[Runs]:
    """Where it stands; all the places of one figure."""
    places = [runs(Name(str(one.place))) for one in same if one.place is not None]
    if places:
        rest = w.counted("findings.places", len(places) - PLACES) if len(places) > PLACES else ()
        yield runs(muted(w("findings.at", places=joined([*places[:PLACES], rest]))))


def more(one: Finding, w: Words) -> Runs:
    return runs(strong(w("findings.more"), ":"), " ", Name(f"moeaudit explain {one.rule}"))


def sides(same: Sequence[Finding], seen: Seen, w: Words) -> Iterator[Pane]:
    """The claim as it stands in its files, and the evidence."""
    one = same[0]
    rows = [found for other in same[:ROWS] if (found := excerpt(other, seen))]
    if not rows and one.claimed:
        rows = [runs(strong(one.claimed))]
    if rows:
        yield Pane(w("findings.claimed"), tuple(rows), one.severity.value)
    if one.derived:
        yield Pane(w("findings.evidence"), (runs(strong(one.derived)),), "evidence")
