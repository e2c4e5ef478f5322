"""Ids are a contract: what a release had is still there, or explains itself and leads to what took its place.

The lists are those that the released code gave (`python -m tests.released.ids`, run on it).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import moeaudit
from moeaudit.checks.registry import RULES
from moeaudit.checks.retired import RETIRED
from moeaudit.reports.explain import explanation
from tests.released.ids import fields, ids

RELEASES = {path.stem: json.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("*.json"))}
NOW = ids()


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("kind", NOW)
def test_nothing_that_a_release_named_is_lost(release: str, kind: str) -> None:
    retired = set(RETIRED) if kind == "rules" else set()
    assert set(RELEASES[release].get(kind, [])) - set(NOW[kind]) - retired == set()


@pytest.mark.parametrize("release", RELEASES)
def test_every_rule_that_a_release_had_explains_itself(release: str) -> None:
    for name in RELEASES[release]["rules"]:
        assert explanation(name).startswith(name)


def test_a_rule_says_since_when_it_is_there() -> None:
    """The first release that lists it; what none lists comes with the next one."""
    first = {name: minor(release) for release in reversed(RELEASES) for name in RELEASES[release]["rules"]}
    wanted = {name: first.get(name, minor(moeaudit.__version__)) for name in RULES}
    assert {name: rule.since for name, rule in RULES.items()} == wanted


def test_a_retired_rule_says_since_when_and_what_is_there_instead() -> None:
    for gone in RETIRED.values():
        assert gone.since and set(gone.replaced_by) <= set(RULES)
        assert all(name in explanation(gone.id) for name in (*gone.replaced_by, gone.since))


def test_fields_of_a_schema_by_hand() -> None:
    schema = {
        "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"type": "array", "items": {"properties": {"c": {}}}}},
        "$defs": {"A": {"properties": {"next": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}, "x": {}}}},
    }
    assert sorted(fields(schema, schema)) == ["a", "a.next", "a.x", "b", "b[].c"]
