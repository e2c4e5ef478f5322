"""Mistakes that real cards make: each is caught by a rule, or it is written down why a card check cannot see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from moeaudit.checks.finding import Severity
from moeaudit.checks.registry import RULES
from moeaudit.evidence.yaml_text import read_yaml
from tests.checks.world import HERE, findings_of

MISTAKES: dict[str, dict[str, Any]] = read_yaml(
    (HERE / "mistakes.yaml").read_text(encoding="utf-8"), "mistakes.yaml"
).plain()

CIRCULATING = {
    'DeepSeek-V3 "5.5 million GPU-hours"': ("dollars-as-hours", "positive"),
    'DeepSeek-R1 "shared + top-2"': ("routing-contradicted", "positive"),
    'Kimi K2 experts "unknown"': ("unknown-though-public", "positive"),
    '"10^23 FLOPs presumes systemic risk"': ("systemic-risk-threshold", "positive"),
    'DeepSeek-V3 "36.7B including embedding and head"': ("definition-contradicted", "positive"),
    'Mixtral "45B" total': ("total-contradicted", "positive"),
    'Mixtral "56B" total': ("name-multiplied", "positive"),
    'Mistral-Large-3 "22B active"': ("active-contradicted", "positive-mistake-1"),
}
"""Wrong figures that circulate: the rule that catches each, and the example that states it."""


@pytest.mark.parametrize("number", MISTAKES)
def test_every_mistake_is_caught_or_explained(number: str) -> None:
    entry = MISTAKES[number]
    assert ("rules" in entry) != ("unseen" in entry)
    for rule in entry.get("rules", ()):
        names = {path.name.partition(".")[0] for path in (HERE / "examples" / rule).iterdir()}
        assert {f"positive-mistake-{number}", f"negative-mistake-{number}"} <= names, (
            f"{rule} has no examples of mistake {number}"
        )


def test_every_marked_example_is_listed() -> None:
    marked = {
        (path.name.partition(".")[0].split("-")[2], path.parent.name)
        for path in (HERE / "examples").glob("*/*-mistake-*")
    }
    assert marked <= {(str(number), rule) for number, entry in MISTAKES.items() for rule in entry.get("rules", ())}


@pytest.mark.parametrize(("rule", "stem"), CIRCULATING.values(), ids=CIRCULATING)
def test_wrong_figures_that_circulate(rule: str, stem: str) -> None:
    files = [path for path in (HERE / "examples" / rule).iterdir() if path.name.partition(".")[0] == stem]
    found = [
        finding for finding in findings_of(files) if finding.severity is not Severity.NOTE and finding.rule in RULES
    ]
    assert rule in {finding.rule for finding in found}


def test_each_has_a_rule_of_its_own() -> None:
    rules = [rule for rule, _ in CIRCULATING.values()]
    assert len(set(rules)) == len(rules) == 8


def test_the_list_of_mistakes_is_whole(corpus: Path) -> None:
    listed = read_yaml((corpus / "card-mistakes.yaml").read_text(encoding="utf-8"), "card-mistakes.yaml").plain()
    assert {str(entry["n"]) for entry in listed} == {str(number) for number in MISTAKES}
