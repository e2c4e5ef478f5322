"""What every rule says of its examples: message, both sides, severity, confidence, place and fix, as approved, and
which other rules fire beside it. Sums and gaps in the words are worked out again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Finding
from moeaudit.checks.registry import run
from moeaudit.checks.rule import Persona
from tests.approved import approved
from tests.checks.test_examples import FOLDERS, files_of, stems
from tests.checks.world import HERE, facts_of

KEPT = HERE / "words"
SUM = re.compile(r"\b([a-z]+\.[a-z]+(?:\+[a-z]+)*) = ([\d,]+)(?![\d.])")
GAP = re.compile(r"(?P<claimed>[\d.,]+)(?P<unit>[TBMK]?) fits no .* = (?P<derived>[\d,]+) \((?P<gap>[+-][\d.]+) %\)")
UNITS = {"T": 10**12, "B": 10**9, "M": 10**6, "K": 10**3, "": 1}


def whole(text: str) -> int:
    return int(text.replace(",", ""))


def told(found: Finding) -> dict[str, Any]:
    """Everything a reader sees of a finding, but the rule's own title, tip and link."""
    place = found.place
    return {
        "says": found.message,
        "claimed": found.claimed,
        "derived": found.derived,
        "is": f"{found.outcome.value}, {found.severity.value}, {found.confidence.value}",
        "at": f"{place.file}:{place.line}:{place.column} {place.path or ''}".strip() if place else None,
        "fix": f"{found.fix.old} → {found.fix.new}" if found.fix else found.unfixed or None,
    }


def hold_sums(facts: Facts, found: Finding) -> None:
    """ "total.full = 46,702,792,704" names the sum that it prints."""
    for name, number in SUM.findall(f"{found.message} {found.derived}") if facts.inspection else ():
        value = facts.inspection.denominators.get(name)  # type: ignore[union-attr]
        if value is not None and hasattr(value, "typical"):
            assert int(value.typical) == whole(number), (found.rule, name)


@pytest.mark.parametrize("rule", [folder.name for folder in FOLDERS])
def test_what_a_rule_says(rule: str) -> None:
    said: dict[str, Any] = {}
    for stem in stems(HERE / "examples" / rule):
        facts = facts_of(files_of(rule, stem))
        findings = run(facts, Persona.AUDITOR)
        for found in findings:
            hold_sums(facts, found)
        own = [told(found) for found in findings if found.rule == rule]
        beside = sorted(found.rule for found in findings if found.rule != rule)
        said[stem] = {"words": own, "beside": beside} if own else {"beside": beside}
    approved(KEPT / f"{rule}.yaml", yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=120))


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.yaml")), ids=lambda path: path.stem)
def test_gaps_are_worked_out_from_both_sides(path: Path) -> None:
    """22B against 30,512,690,688 is 22 / 30.512690688 − 1 = −27.9 %."""
    for gap in GAP.finditer(path.read_text(encoding="utf-8").replace("\n    ", " ")):
        claimed = float(gap["claimed"].replace(",", "")) * UNITS[gap["unit"]]
        derived = whole(gap["derived"])
        assert f"{(claimed / derived - 1) * 100:+.1f}" == gap["gap"] if derived else gap["gap"] == "+inf", gap[0]


def test_every_kept_word_is_of_a_rule() -> None:
    assert {path.stem for path in KEPT.glob("*.yaml")} == {folder.name for folder in FOLDERS}
