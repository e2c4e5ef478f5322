"""What `check --fix` does: the fixes of all findings as new contents of their files, and writing these."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from moeaudit.checks.audit import Audit
from moeaudit.checks.finding import Finding, Fix, Severity
from moeaudit.claims.file import BOM, Claims, parse_claims
from moeaudit.errors import AuditError, UsageError
from moeaudit.evidence.files import read_whole, replace_whole
from moeaudit.limits import CARD_BYTES


class Repair(NamedTuple):
    """A file whose figures are put right: as it was read, as it is to be, and the findings that this mends."""

    path: Path
    before: bytes
    after: bytes
    findings: tuple[Finding, ...]


class Left(NamedTuple):
    """A finding that is not fixed, and why."""

    finding: Finding
    reason: str


class Repairs(NamedTuple):
    """All that can be fixed, and all that cannot."""

    files: tuple[Repair, ...]
    left: tuple[Left, ...]

    @property
    def fixed(self) -> Iterator[Finding]:
        for file in self.files:
            yield from file.findings


def plan(audits: Iterable[Audit], given: Sequence[Path]) -> Repairs:
    """The repairs of what was audited. `given`: the files and folders that may be written in."""
    files: list[Repair] = []
    left: list[Left] = []
    for audit in audits:
        by_file: dict[str, list[tuple[Finding, Fix]]] = {}
        for finding in audit.findings:
            if finding.fix is not None:
                by_file.setdefault(finding.fix.place.file, []).append((finding, finding.fix))
            elif finding.severity is not Severity.NOTE or finding.suppressed is not None:
                left.append(Left(finding, finding.unfixed))
        for file, fixes in by_file.items():
            try:
                repair, missed = repaired(file, fixes, audit, given)
            except AuditError as error:
                left += (Left(finding, error.message) for finding, _ in fixes)
                continue
            left += missed
            files += [repair] if repair.findings else []
    return Repairs(tuple(files), tuple(left))


def repaired(
    file: str, fixes: Sequence[tuple[Finding, Fix]], audit: Audit, given: Sequence[Path]
) -> tuple[Repair, list[Left]]:
    """One file with its fixes. UsageError where the file is not to be touched, or is no longer what was audited."""
    path = Path(file)
    refuse_elsewhere(path, given)
    before = read_whole(path, CARD_BYTES)
    claims = next((one for one in audit.facts.claim_files if one.file == file), None)
    refuse_changed(before, file, claims, audit.facts.texts)
    try:
        text = before.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("the file is not UTF-8 text") from None
    bom = BOM if claims is not None and text.startswith(BOM) else ""
    after, done, left = edited(text[len(bom) :], fixes)
    if claims is not None:
        refuse_broken(after, claims, done)
    return Repair(path, before, (bom + after).encode("utf-8"), tuple(done)), left


def refuse_elsewhere(path: Path, given: Sequence[Path]) -> None:
    """Only plain files below what was given: no link is followed out of it."""
    if path.is_symlink():
        raise UsageError("the file is a link")
    real = path.resolve()
    if not any(real.is_relative_to(one.resolve()) for one in given):
        raise UsageError("the file is outside the given paths")


def refuse_changed(data: bytes, file: str, claims: Claims | None, texts: Mapping[str, str]) -> None:
    """What is fixed must be what was audited."""
    same = (
        parse_claims(data, file).root == claims.root if claims else data.decode("utf-8", "replace") == texts.get(file)
    )
    if not same:
        raise UsageError("the file has changed since it was read")


def refuse_broken(text: str, claims: Claims, fixed: Iterable[Finding]) -> None:
    """A claim file must say the same after its fix, but for the figures put right."""
    again = {claim.path: claim.printed for claim in parse_claims(text, claims.file).claims}
    paths = {finding.fix.place.path for finding in fixed if finding.fix is not None}
    changed = {claim.path for claim in claims.claims if again.get(claim.path) != claim.printed}
    if changed - paths or len(again) != len(claims.claims):
        raise UsageError("a new figure would change another claim of the file")


def edited(text: str, fixes: Sequence[tuple[Finding, Fix]]) -> tuple[str, list[Finding], list[Left]]:
    """The text with its fixes, the findings that they mend, and those whose figure is not where it should be."""
    lines = text.split("\n")
    edits: dict[tuple[int, int], Fix] = {}
    done: list[Finding] = []
    left: list[Left] = []
    for finding, fix in fixes:
        number, start = (fix.place.line or 0) - 1, (fix.place.column or 0) - 1
        if not 0 <= number < len(lines) or not lines[number].startswith(fix.old, max(start, 0)):
            left.append(Left(finding, f"{fix.old} does not stand there in one piece"))
        elif edits.setdefault((number, start), fix).new != fix.new:
            left.append(Left(finding, "two findings ask for different figures"))
        else:
            done.append(finding)
    for (number, start), fix in sorted(edits.items(), key=itemgetter(0), reverse=True):
        lines[number] = lines[number][:start] + fix.new + lines[number][start + len(fix.old) :]
    return "\n".join(lines), done, left


def write(repairs: Repairs) -> Repairs:
    """Write the files, each whole or not at all; what could not be written is left, with its reason."""
    files: list[Repair] = []
    left = list(repairs.left)
    for repair in repairs.files:
        try:
            _write(repair)
        except (AuditError, OSError) as error:
            reason = error.message if isinstance(error, AuditError) else f"cannot write here: {error.strerror}"
            left += (Left(finding, reason) for finding in repair.findings)
        else:
            files.append(repair)
    return Repairs(tuple(files), tuple(left))


def _write(repair: Repair) -> None:
    if repair.path.is_symlink():
        raise UsageError("the file is a link")
    if read_whole(repair.path, CARD_BYTES) != repair.before:
        raise UsageError("the file has changed since it was read")
    if not os.access(repair.path, os.W_OK):
        raise UsageError("the file is read-only")
    replace_whole(repair.path, repair.after, mode=stat.S_IMODE(repair.path.stat().st_mode))
