"""Every rule fires on its positive examples and keeps silent on its negative ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.checks.finding import Outcome, Severity
from moeaudit.checks.registry import RULES
from tests.checks.world import HERE, findings_of

FOLDERS = sorted(path for path in (HERE / "examples").iterdir() if path.is_dir())


def stems(folder: Path) -> list[str]:
    return sorted({path.name.partition(".")[0] for path in folder.iterdir()})


def files_of(rule: str, stem: str) -> list[Path]:
    return sorted((HERE / "examples" / rule).glob(f"{stem}.*"))


CASES = [(folder.name, stem) for folder in FOLDERS for stem in stems(folder)]


@pytest.mark.parametrize(("rule", "stem"), CASES, ids=[f"{rule}-{stem}" for rule, stem in CASES])
def test_the_rule_fires_on_positive_examples_only(rule: str, stem: str) -> None:
    found = [finding for finding in findings_of(files_of(rule, stem)) if finding.rule == rule]
    assert bool(found) is stem.startswith("positive"), [finding.message for finding in found]
    for finding in found:
        assert finding.message
        assert "\n" not in finding.message


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_an_example_of_either_kind(rule: str) -> None:
    kinds = {stem.partition("-")[0] for stem in stems(HERE / "examples" / rule)}
    assert kinds == {"positive", "negative"}


def test_every_folder_is_a_rule() -> None:
    assert {folder.name for folder in FOLDERS} == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_documents_itself(rule: object) -> None:
    from moeaudit.checks.rule import Rule

    assert isinstance(rule, Rule)
    assert all((rule.title, rule.why, rule.decided, rule.fix))
    assert bool(rule.url) <= bool(rule.example)
    assert not rule.url or rule.url.startswith("https://")
    if rule.severity is Severity.ERROR:
        assert rule.outcome is Outcome.CONTRADICTED, "errors are contradictions that are proved"
