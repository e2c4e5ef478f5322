"""Every notice that reading a config can give is a rule, documented like any other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from moeaudit.checks.notices import NOTICED
from moeaudit.checks.registry import RULES

PACKAGE = Path(__file__).parents[2] / "moeaudit"


def given() -> Iterator[tuple[str, str]]:
    """(rule, place) of every notice that the rooms below give, by their source text."""
    for room in ("architecture", "ledger", "evidence"):
        for path in (PACKAGE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in ("notice", "Notice"):
                    yield str(node.args[0].value), f"{path.relative_to(PACKAGE)}:{node.lineno}"


GIVEN = sorted(given())


@pytest.mark.parametrize(("rule", "place"), GIVEN, ids=[f"{rule}@{place}" for rule, place in GIVEN])
def test_every_notice_has_its_rule(rule: str, place: str) -> None:
    assert rule in RULES, place


def test_every_rule_of_notices_is_given_somewhere() -> None:
    assert {rule.id for rule in NOTICED} == {rule for rule, _ in GIVEN}
