"""The line of a card or claim file that a finding stands on, with the claim marked."""

from __future__ import annotations

from moeaudit.checks.finding import Finding
from moeaudit.claims.claim import Origin
from moeaudit.reports.document.runs import Runs, muted, runs, strong
from moeaudit.reports.statements import Seen

AROUND = 160
"""Characters of the line that are kept on either side of the claim, and of the claim itself."""


def excerpt(finding: Finding, seen: Seen) -> Runs:
    """The line around the claim; nothing where it is not at hand.

    A claim of a claim file is shown as its key and value, one of a catalogue as its value.
    """
    place, held = finding.place, seen.claim(finding)
    if place is None or place.line is None:
        return ()
    margin = muted(f"{place.line} │ ")
    row = seen.line(place)
    if row is None:
        if held is None:
            return ()
        claim = held.claim
        key = f"{claim.path.rpartition('.')[2]}: " if claim.origin is Origin.CLAIM_FILE else ""
        stated = f" ({claim.denominator})" if claim.denominator else ""
        return runs(margin, key, strong(claim.printed[:AROUND]), stated)
    start = (place.column or 1) - 1
    length = held.claim.length if held is not None else 0
    length = max(length, 1) if place.column else len(row)  # without a column the whole line is meant
    before, words, after = row[:start], row[start : start + length], row[start + length :]
    return runs(margin, _end(before), strong(words[:AROUND]), _beginning(after.rstrip()))


def _end(text: str) -> str:
    text = text if len(text) <= AROUND else f"…{text[1 - AROUND :]}"
    return text.lstrip()


def _beginning(text: str) -> str:
    return text if len(text) <= AROUND else f"{text[: AROUND - 1]}…"
