"""Source discipline: each of the seven has checks, and each check is a rule."""

from __future__ import annotations

import pytest

from moeaudit.checks.discipline import DISCIPLINE, Discipline
from moeaudit.checks.registry import RULES


def test_there_are_seven() -> None:
    assert [one.id for one in DISCIPLINE] == [f"S0{number}" for number in range(1, 8)]


@pytest.mark.parametrize("one", DISCIPLINE, ids=lambda one: one.id)
def test_each_is_held_by_rules(one: Discipline) -> None:
    assert one.rules and set(one.rules) <= set(RULES)
