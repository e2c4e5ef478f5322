"""Which findings stand on lines changed since a git revision: only these fail a gate with `--since`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from moeaudit.checks.finding import Finding
from moeaudit.errors import UsageError
from moeaudit.later import expression
from moeaudit.text import visible

HUNK = expression(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
REVISION = expression(r"[A-Za-z0-9_][\w./@{}^~-]{0,250}")


def on_changed_lines(findings: Iterable[Finding], since: str) -> list[Finding]:
    """Findings on a changed line, and those that have no line in a changed file."""
    if REVISION.fullmatch(since) is None:
        raise UsageError(
            f"--since {visible(since, limit=60)!r} cannot be a git revision", hint="Give a branch, tag or commit."
        )
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


def changed_lines(path: Path, since: str) -> set[int]:
    """Line numbers of the file as it is now that differ from `since`; all of them where git does not know the file."""
    folder = path.resolve().parent
    known = _git(folder, "ls-files", "--error-unmatch", "--", path.name)
    if known is None:
        return set(range(1, len(path.read_bytes().splitlines()) + 2))
    shown = _git(
        folder, "diff", "--unified=0", "--text", "--no-color", "--no-ext-diff", "--no-textconv", since, "--", path.name
    )
    if shown is None:
        raise UsageError(
            f"git cannot compare with {visible(since, limit=60)!r}",
            hint="Fetch the revision first, or leave --since out.",
        )
    return {line for start, count in HUNK.findall(shown) for line in range(int(start), int(start) + int(count or 1))}


def _git(folder: Path, *words: str) -> str | None:
    """What git prints, None where it fails. UsageError where there is no git."""
    try:
        result = subprocess.run(
            ["git", "--literal-pathspecs", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        )
    except FileNotFoundError:
        raise UsageError(
            "--since needs git, which is not installed", hint="Install git, or leave --since out."
        ) from None
    return result.stdout if result.returncode == 0 else None
