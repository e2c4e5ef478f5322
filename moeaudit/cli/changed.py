"""Which findings stand on lines changed since a git revision: only these fail a gate with `--since`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from moeaudit.checks.finding import Finding
from moeaudit.checks.gate import GATE_CHANGED
from moeaudit.evidence.git import changed_lines


def on_changed_lines(findings: Iterable[Finding], since: str) -> list[Finding]:
    """Findings on a changed line, and those that have no line in a changed file. A change of the gate itself counts
    wherever it stands: what was deleted stands nowhere."""
    lines: dict[str, set[int] | None] = {}
    kept = []
    for finding in findings:
        if finding.rule == GATE_CHANGED:
            kept.append(finding)
            continue
        if finding.place is None:
            continue
        file = finding.place.file
        if file not in lines:
            lines[file] = changed_lines(Path(file), since) if Path(file).exists() else None
        changed = lines[file]
        if changed and (finding.place.line is None or finding.place.line in changed):
            kept.append(finding)
    return kept
