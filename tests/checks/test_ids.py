"""Ids are a contract: a retired one says what took its place, wherever it is still named; needs are stated and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.audits.settings import read_settings
from moeaudit.checks.facts import Facts
from moeaudit.checks.needs import LACKING, THERE, Need, lacking
from moeaudit.checks.registry import RULES, skipped
from moeaudit.checks.retired import RETIRED
from moeaudit.errors import UsageError
from moeaudit.reports.explain import explanation
from tests.cli.test_list_and_help import run


def test_a_retired_id_is_no_rule_and_leads_to_one() -> None:
    for gone in RETIRED.values():
        assert gone.id not in RULES and gone.reason
        assert gone.replaced_by and set(gone.replaced_by) <= set(RULES)


@pytest.mark.parametrize("name", RETIRED)
def test_a_retired_id_still_explains_itself(name: str) -> None:
    said = explanation(name)
    assert said.startswith(f"{name} (retired rule)") and RETIRED[name].replaced_by[0] in said


@pytest.mark.parametrize("name", RETIRED)
def test_settings_that_name_a_retired_id_are_told_the_new_one(name: str, tmp_path: Path) -> None:
    (tmp_path / "moeaudit.yaml").write_text(f"off:\n  {name}: known\n")
    with pytest.raises(UsageError) as raised:
        read_settings(tmp_path)
    assert f"Name {RETIRED[name].replaced_by[0]} instead" in str(raised.value)


@pytest.mark.parametrize("name", RETIRED)
def test_a_suppression_of_a_retired_id_is_told_the_new_one(name: str, tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text(f"# x\n\nIt has 8 experts. <!-- moeaudit: ignore[{name}] known -->\n")
    result = run("check", str(card), "--offline", "--model", "mistralai/Mixtral-8x7B-v0.1")
    assert f"Name {RETIRED[name].replaced_by[0]} instead" in " ".join(result.stdout.split())


def test_every_need_has_a_lookup_and_words() -> None:
    assert set(THERE) == set(LACKING) == set(Need)


def test_without_anything_every_rule_that_needs_something_is_skipped_and_named() -> None:
    nothing = Facts(None)
    told = skipped(nothing, max(rule.persona for rule in RULES.values()))
    needing = {rule.id for rule in RULES.values() if rule.needs}
    assert {name for names in told.values() for name in names} == needing
    assert all(lacking(RULES[name].needs, nothing) is need for need, names in told.items() for name in names)


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.needs], ids=lambda rule: rule.id)
def test_a_rule_that_cannot_look_finds_nothing(rule: object) -> None:
    assert list(rule.findings(Facts(None))) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if not rule.needs], ids=lambda rule: rule.id)
def test_a_rule_that_states_no_need_takes_nothing_for_granted(rule: object) -> None:
    list(rule.findings(Facts(None)))  # type: ignore[attr-defined]
