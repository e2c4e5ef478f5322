"""A check as its sections see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from moeaudit.checks.audit import Audit, Failed, count
from moeaudit.later import dataclass
from moeaudit.reports.document.runs import Runs, joined
from moeaudit.reports.document.words import Words
from moeaudit.reports.shown import Shown

CHECKED = ("audits", "failures", "shown")
"""What the sections of a check need."""


@dataclass(frozen=True)
class CheckResult:
    """What was found, and how much of it is told. `most`: models, and findings and claims of all of them, that are
    told at most; None on a screen, which scrolls, but says no more of many findings of one rule than it must."""

    audits: Sequence[Audit]
    failures: Sequence[Failed] = ()
    shown: Shown = Shown()
    most: int | None = None

    @property
    def whole(self) -> bool:
        """Whether each finding of a rule is told like its first ones."""
        return self.shown.all or self.most is not None

    @property
    def several(self) -> bool:
        """Whether it has to be said of which model something is."""
        return len(self.audits) + len(self.failures) > 1

    @property
    def counts(self) -> Mapping[str, int]:
        """Findings of all models by severity."""
        return count(finding for audit in self.audits for finding in audit.findings)

    @property
    def told(self) -> Sequence[Audit]:
        """The models that are told of."""
        return self.audits if self.most is None else self.audits[: self.most]


def severities(counts: Mapping[str, int], w: Words) -> Runs:
    """`2 errors, 0 warnings, 1 note`, and how many are suppressed where any are."""
    shown = [name for name, number in counts.items() if number or name != "suppressed"]
    return joined([w.counted(f"check.severities.{name}", counts[name]) for name in shown])


def named(audit: Audit, w: Words) -> str:
    return audit.model_id or w.text("document.unnamed")
