"""A check as GitHub workflow commands: annotations on the lines of a pull request.

GitHub shows at most ten of each level per step; what is more is counted here and stands in full in the step summary.
(docs.github.com: workflow commands for GitHub Actions; usage limits)
"""

from __future__ import annotations

from collections.abc import Sequence

from moeaudit.checks.audit import Audit, Failed
from moeaudit.checks.finding import Finding, Severity
from moeaudit.limits import ANNOTATION_LETTERS
from moeaudit.reports.statements import Seen
from moeaudit.text import visible

SHOWN = 10
"""Annotations of one level that GitHub shows for a step."""

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(audits: Sequence[Audit], failures: Sequence[Failed] = ()) -> str:
    """One line an annotation, what could not be checked and the worst first; suppressed findings make none."""
    lines = [failed(failure) for failure in failures[:SHOWN]]
    views = [Seen.of(audit) for audit in audits]
    for severity, command in COMMANDS.items():
        pairs = [
            (finding, seen)
            for seen in views
            for finding in seen.audit.findings
            if finding.severity is severity and finding.suppressed is None
        ]
        # The tenth says how many are left, so that nothing disappears silently.
        kept = pairs if len(pairs) <= SHOWN else pairs[: SHOWN - 1]
        lines += [annotation(command, finding, seen) for finding, seen in kept]
        if len(kept) < len(pairs):
            lines.append(
                f"::{command} title=moeaudit::{len(pairs) - len(kept)} more of this level are in the step summary"
            )
    return "".join(f"{line}\n" for line in lines)


def failed(failure: Failed) -> str:
    """What could not be checked, at its file."""
    file = escaped_property(visible(failure.files[0] if failure.files else "README.md"))
    return f"::error file={file},line=1,title=moeaudit%3A not checked::{escaped(visible(str(failure.error)))}"


def annotation(command: str, finding: Finding, seen: Seen) -> str:
    """`::error file=…,line=…,col=…,title=…::message`, one command on one line."""
    place, evidence = seen.anchor(finding)
    properties: dict[str, object] = {"file": visible(place.file), "line": place.line or 1}
    if place.line and place.column:
        held = seen.claim(finding)
        properties |= {"col": place.column, "endColumn": place.column + max(held.claim.length if held else 0, 1)}
    properties["title"] = visible(f"{finding.rule}: {finding.title}", limit=200)
    said = [f"{visible(str(evidence))}: {visible(finding.message)}" if evidence else visible(finding.message)]
    said += [
        f"{label}: {visible(text)}"
        for label, text in (("claimed", finding.claimed), ("evidence", finding.derived), ("fix", finding.tip))
        if text
    ]
    words = ",".join(f"{name}={escaped_property(str(value))}" for name, value in properties.items())
    message = escaped("\n".join(piece[:ANNOTATION_LETTERS] for piece in said))
    return f"::{command} {words}::{message}"


def escaped(text: str) -> str:
    """Data of a workflow command. (actions/toolkit: packages/core/src/command.ts, escapeData)"""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """A property's value: colons and commas would end it. (the same, escapeProperty)"""
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
