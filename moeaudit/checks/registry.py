"""The explicit registry of rules, and the one loop that runs them."""

from __future__ import annotations

from collections.abc import Iterable

from moeaudit.checks.architecture_claims import ARCHITECTURE
from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Finding, Severity
from moeaudit.checks.integrity import INTEGRITY
from moeaudit.checks.rule import Persona, Rule

RULES: dict[str, Rule] = {rule.id: rule for rule in (*INTEGRITY, *ARCHITECTURE)}
"""Every rule by its id, in the order of their families."""

ORDER = {severity: place for place, severity in enumerate(Severity)}


def run(facts: Facts, persona: Persona = Persona.DEFAULT, rules: Iterable[Rule] | None = None) -> tuple[Finding, ...]:
    """All findings of the rules that this persona wants to hear, the worst first."""
    chosen = RULES.values() if rules is None else rules
    found = [finding for rule in chosen if rule.persona <= persona for finding in rule.findings(facts)]
    return tuple(sorted(found, key=lambda finding: ORDER[finding.severity]))
