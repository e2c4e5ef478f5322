"""`check --fix`: the patch on stdout, or the files written; on stderr one line for each finding, fixed or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from moeaudit.audits.fix import Left, Repair, Repairs, plan, write
from moeaudit.checks.audit import Audit
from moeaudit.checks.finding import Finding
from moeaudit.cli.output import say, show
from moeaudit.reports.patch import render
from moeaudit.text import visible

NAMELESS = frozenset('"\\')
"""Characters that a file's name in a patch would have to escape."""


def fixed(audits: Iterable[Audit], given: Sequence[Path], *, writing: bool) -> tuple[Finding, ...]:
    """Fix what can be fixed and say so; returns the findings that are no more, none where nothing was written."""
    repairs = plan(audits, given)
    if writing:
        repairs = write(repairs)
    else:
        repairs = _in_patch(repairs)
        show(render((_name(file), file.before, file.after) for file in repairs.files), "patch")
    for line in _lines(repairs, "fixed" if writing else "in the patch"):
        say(line)
    return tuple(repairs.fixed) if writing else ()


def _in_patch(repairs: Repairs) -> Repairs:
    """The same without files that a patch for this folder cannot name."""
    named = [file for file in repairs.files if not _nameless(file)]
    left = (Left(finding, _nameless(file)) for file in repairs.files for finding in file.findings if _nameless(file))
    return Repairs(tuple(named), (*repairs.left, *left))


def _nameless(file: Repair) -> str:
    if not file.path.resolve().is_relative_to(Path.cwd().resolve()):
        return "the file is outside the folder that the patch is made in"
    name = _name(file)
    return "" if name.isprintable() and not set(name) & NAMELESS else "its file has a name that no patch can hold"


def _name(file: Repair) -> str:
    return file.path.resolve().relative_to(Path.cwd().resolve()).as_posix()


def _lines(repairs: Repairs, word: str) -> Iterator[str]:
    for finding in repairs.fixed:
        if finding.fix is not None:
            yield _line(word, finding, f"{finding.fix.old} is now {finding.fix.new}")
    for finding, reason in repairs.left:
        yield _line("not fixed", finding, reason)


def _line(word: str, finding: Finding, what: str) -> str:
    place = finding.place
    spot = ":".join(str(part) for part in (place.file, place.line) if part is not None) if place else "no file"
    return f"{word}: {visible(spot, limit=120)} {finding.rule}: {visible(what, limit=200)}"
