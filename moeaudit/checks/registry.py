"""The explicit registry of rules, and the one loop that runs them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeaudit.checks.architecture_claims import ARCHITECTURE
from moeaudit.checks.card_readings import CARD_READINGS
from moeaudit.checks.causes import CAUSES
from moeaudit.checks.claim_forms import FORMS
from moeaudit.checks.claims_together import TOGETHER
from moeaudit.checks.compute import COMPUTE
from moeaudit.checks.evaluation import EVALUATION
from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Finding, Severity
from moeaudit.checks.gate import GATE
from moeaudit.checks.governance import GOVERNANCE
from moeaudit.checks.ignores import ignore_rules
from moeaudit.checks.integrity import INTEGRITY
from moeaudit.checks.layouts import LAYOUTS
from moeaudit.checks.mistaken_figures import MISTAKEN
from moeaudit.checks.needs import Need, lacking
from moeaudit.checks.notices import NOTICED
from moeaudit.checks.rule import Persona, Rule
from moeaudit.checks.runtime import RUNTIME
from moeaudit.checks.scopes import SCOPES
from moeaudit.checks.sources import SOURCES
from moeaudit.checks.thresholds import THRESHOLDS
from moeaudit.checks.weight_files import WEIGHT_FILES
from moeaudit.checks.wording import WORDING

FIRST: tuple[Rule, ...] = (
    *GATE,
    *NOTICED,
    *CAUSES,
    *INTEGRITY,
    *WEIGHT_FILES,
    *CARD_READINGS,
    *ARCHITECTURE,
    *MISTAKEN,
    *SCOPES,
    *TOGETHER,
    *FORMS,
    *RUNTIME,
    *LAYOUTS,
    *COMPUTE,
    *THRESHOLDS,
    *EVALUATION,
    *GOVERNANCE,
    *SOURCES,
    *WORDING,
)
LAST: tuple[Rule, ...] = ignore_rules(frozenset(rule.id for rule in FIRST))
"""Rules on suppressions: they look at what the others found."""

RULES: dict[str, Rule] = {rule.id: rule for rule in (*FIRST, *LAST)}
"""Every rule by its id, in the order of their families."""

ORDER = {severity: place for place, severity in enumerate(Severity)}


def run(
    facts: Facts, persona: Persona = Persona.DEFAULT, rules: Iterable[Rule] | None = None, *, strict: bool = False
) -> tuple[Finding, ...]:
    """All findings of the rules that this persona wants to hear, the worst first. `strict`: what was not read is an
    error."""
    chosen = tuple(RULES.values()) if rules is None else tuple(rules)
    every = [(rule, finding) for rule in chosen if rule not in LAST for finding in rule.findings(facts)]
    seen = replace(facts, findings=tuple(finding for _, finding in every))
    every += [(rule, finding) for rule in chosen if rule in LAST for finding in rule.findings(seen)]
    found = (
        replace(finding, severity=Severity.ERROR) if strict and rule.strict else finding
        for rule, finding in every
        if rule.persona <= persona
    )
    return tuple(sorted(found, key=lambda finding: ORDER[finding.severity]))


def skipped(facts: Facts, persona: Persona = Persona.DEFAULT) -> dict[Need, tuple[str, ...]]:
    """The rules that could not look, by the first of their needs that is not there."""
    found: dict[Need, tuple[str, ...]] = {}
    for rule in RULES.values():
        need = lacking(rule.needs, facts)
        if need is not None and rule.persona <= persona:
            found[need] = (*found.get(need, ()), rule.id)
    return found
