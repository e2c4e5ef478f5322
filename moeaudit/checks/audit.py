"""One audit: what was read and claimed of one model, the findings of all rules, and the status of every checklist
item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Finding
from moeaudit.checks.fixes import with_fixes
from moeaudit.checks.needs import Need
from moeaudit.checks.proof import folded
from moeaudit.checks.registry import RULES, run, skipped
from moeaudit.checks.rule import Persona
from moeaudit.checks.status import checklist_status
from moeaudit.checks.suppression import suppress
from moeaudit.errors import AuditError, Place, UsageError
from moeaudit.later import dataclass
from moeaudit.limits import FINDINGS


@dataclass(frozen=True)
class Settings:
    """How strict to be. `off`: rules that are switched off, each with the reason; their findings stay counted as
    suppressed. `strict`: what was not read of a card is an error."""

    persona: Persona = Persona.DEFAULT
    off: Mapping[str, str] | None = None
    strict: bool = False


@dataclass(frozen=True)
class Audit:
    """The result. `files`: everything that was checked; `checklist`: item id → status; `skipped`: what was lacking →
    the rules that could not look."""

    model_id: str
    files: tuple[str, ...]
    facts: Facts
    findings: tuple[Finding, ...]
    checklist: Mapping[str, str]
    skipped: Mapping[Need, tuple[str, ...]] = field(default_factory=dict)

    @property
    def summary(self) -> dict[str, int]:
        return count(self.findings)


@dataclass(frozen=True)
class Failed:
    """What could not be checked, as a value: its files, and the error with its exit code."""

    files: tuple[str, ...]
    error: AuditError


def audit(model_id: str, files: Iterable[str], facts: Facts, settings: Settings | None = None) -> Audit:
    """Run every rule on the facts, apply suppressions, add fixes, and work the checklist out."""
    settings, files = settings or Settings(), tuple(files)
    ran = run(facts, settings.persona, strict=settings.strict)
    if len(ran) > FINDINGS:
        file = next(iter(files), model_id)
        raise UsageError(
            f"the audit makes {FINDINGS.words()}", place=Place(file), hint="No published card makes as many."
        )
    found = folded(with_fixes(suppress(ran, facts, settings.off or {}), facts))
    return Audit(model_id, files, facts, found, checklist_status(facts, found), skipped(facts, settings.persona))


def count(findings: Iterable[Finding]) -> dict[str, int]:
    """Findings by severity; suppressed ones are counted apart, never away."""
    counts = {"error": 0, "warning": 0, "note": 0, "suppressed": 0}
    for finding in findings:
        counts["suppressed" if finding.suppressed is not None else finding.severity.value] += 1
    return counts


def in_words(counts: Mapping[str, int]) -> str:
    """`2 errors, 0 warnings, 1 note`, and how many are suppressed where any are."""
    told = [f"{number} {name}{'s' if number != 1 else ''}" for name, number in counts.items() if name != "suppressed"]
    return ", ".join([*told, *([f"{counts['suppressed']} suppressed"] if counts.get("suppressed") else [])])


def relocated(findings: Iterable[Finding], names: Mapping[str, str]) -> tuple[Finding, ...]:
    """Findings with file names as the user gave them."""
    return tuple(
        replace(finding, place=replace(finding.place, file=names.get(finding.place.file, finding.place.file)))
        if finding.place
        else finding
        for finding in findings
    )


__all__ = ["RULES", "Audit", "Failed", "Settings", "audit", "count", "in_words", "relocated"]
