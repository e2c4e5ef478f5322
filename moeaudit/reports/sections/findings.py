"""What the rules found, the worst first, each with both sides."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.document.blocks import Block, Note, Pane, Paragraph
from moeaudit.reports.document.runs import Link, Name, Plain, Tag, joined, runs, strong
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Finding
from moeaudit.reports.packet.views import place
from moeaudit.reports.sections.claims import legend
from moeaudit.reports.sections.needs import Found

NEEDS = ("findings",)


def section(result: Found, w: Words) -> Iterator[Block]:
    """One note for each; a sentence where there is none."""
    if not result.findings:
        yield Paragraph(w("findings.none"))
    for one in result.findings:
        yield note(one, w)
    if result.findings:
        yield legend(dict.fromkeys(one.severity for one in result.findings), "severities", w)


def note(one: Finding, w: Words) -> Note:
    """A finding: what, the sides, what to do, and where the rule stands."""
    lines = [runs(one.message)]
    if one.tip:
        lines.append(runs(strong(w("findings.tip"), ":"), " ", one.tip))
    if one.suppressed is not None:
        lines.append(w("findings.suppressed", reason=one.suppressed))
    sides = ((w("findings.claimed"), one.claimed), (w("findings.derived"), one.derived))
    foot = joined(
        [
            w("findings.rule", rule=Name(one.rule), confidence=one.confidence),
            runs(Plain(place(one.place))) if one.place else (),
            runs(Link(one.url, one.url)) if one.url else (),
        ],
        " · ",
    )
    return Note(
        one.severity,
        runs(Tag(one.severity), " ", one.title),
        tuple(lines),
        tuple(Pane(title, (runs(text),)) for title, text in sides if text),
        foot,
    )
