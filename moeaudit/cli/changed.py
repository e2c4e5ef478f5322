"""Which findings stand on lines changed since a git revision: only these fail a gate with `--since`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from moeaudit.checks.finding import Finding
from moeaudit.evidence.git import changed_lines


def on_changed_lines(findings: Iterable[Finding], since: str) -> list[Finding]:
    """Findings on a changed line, and those that have no line in a changed file."""
    lines: dict[str, set[int] | None] = {}
    kept = []
    for finding in findings:
        if finding.place is None:
            continue
        file = finding.place.file
        if file not in lines:
            lines[file] = changed_lines(Path(file), since) if Path(file).exists() else None
        changed = lines[file]
        if changed and (finding.place.line is None or finding.place.line in changed):
            kept.append(finding)
    return kept
