"""The data files: every key that they name exists, and every word that templates need has a string."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from moeaudit.checks.finding import Confidence, Severity
from moeaudit.checks.status import ItemStatus
from moeaudit.claims.checklist import BY_ID, FIELDS, Group
from moeaudit.claims.claim import Origin, SourceKind
from moeaudit.claims.figures import Match
from moeaudit.claims.verdicts import Verdict
from moeaudit.evidence.model import Source
from moeaudit.reports.document.fill import MARK
from moeaudit.reports.packet.data import read_data
from moeaudit.reports.packet.parts.architecture import FFN_KINDS
from moeaudit.reports.packet.parts.checklist import FROM_DENOMINATORS, FROM_ESTIMATES, FROM_SUMMARY
from moeaudit.reports.packet.parts.obligations import ANNEXES, ANSWERS
from moeaudit.reports.packet.parts.paths import ASPECTS
from moeaudit.reports.packet.views import FFN_LETTERS, MIXER_LETTERS
from moeaudit.reports.sections import SECTIONS
from moeaudit.reports.writers.templates import Templates

ROOT = Path(__file__).resolve().parents[2]
STRINGS = Templates().strings


def test_obligations_name_known_facts_and_fields() -> None:
    frameworks = read_data("obligations.yaml")["frameworks"]
    for framework in frameworks:
        assert framework["reading"] in STRINGS["obligations"]["readings"]
        ids = [str(item["id"]) for item in framework["items"]]
        assert len(ids) == len(set(ids))
        for item in framework["items"]:
            assert set(item.get("facts", ())) <= ANSWERS.keys() | ANNEXES.keys(), item["id"]
            assert set(item.get("claims", ())) <= FIELDS.keys(), item["id"]


def test_every_answer_is_asked_for() -> None:
    asked = {
        fact
        for framework in read_data("obligations.yaml")["frameworks"]
        for item in framework["items"]
        for fact in item.get("facts", ())
    }
    assert asked == ANSWERS.keys() | ANNEXES.keys()


def test_there_is_a_question_for_every_item() -> None:
    assert read_data("questions.yaml")["missing"].keys() == BY_ID.keys()


def test_items_that_are_derived_or_estimated_are_items() -> None:
    assert {*FROM_DENOMINATORS, *FROM_SUMMARY, *FROM_ESTIMATES} <= BY_ID.keys()


def test_every_word_has_a_string() -> None:
    assert STRINGS["verdicts"].keys() == {verdict.value for verdict in Verdict}
    assert STRINGS["statuses"].keys() == {status.value for status in ItemStatus}
    assert STRINGS["severities"].keys() >= {severity.value for severity in Severity}
    assert {confidence.value for confidence in Confidence} == {"high", "medium", "low"}
    assert STRINGS["groups"].keys() == {group.value for group in Group}
    assert STRINGS["sources"].keys() >= {source.value for source in Source}
    assert STRINGS["claims"]["kinds"].keys() == {kind.value for kind in SourceKind}
    assert STRINGS["claims"]["origins"].keys() == {origin.value for origin in Origin}
    assert set(get_args(Match)) <= STRINGS["claims"].keys()
    assert STRINGS["paths"]["aspects"].keys() == set(ASPECTS)
    assert STRINGS["mixers"].keys() == MIXER_LETTERS.keys()
    assert STRINGS["ffns"].keys() == set(FFN_KINDS.values()) >= FFN_LETTERS.keys()


def test_reports_name_sections() -> None:
    used = set()
    for presets in Templates().reports.values():
        for sections in presets.values():
            assert set(sections) <= STRINGS["sections"].keys() and len(sections) == len(set(sections))
            used |= set(sections)
    assert used == SECTIONS.keys()


@pytest.mark.parametrize("name", ["strings.en.yaml", "strings.de.yaml", "reports.yaml"])
def test_no_key_stands_twice(name: str) -> None:
    from moeaudit.data import data_folder
    from moeaudit.evidence.yaml_text import read_yaml

    read_yaml(data_folder("templates").joinpath(name).read_bytes(), name)


def test_the_words_of_first_screens_are_those_of_the_templates() -> None:
    """The same in Python, for the screen that reads no YAML: to the last key, in the same order."""
    from moeaudit.reports.document import english

    assert json.dumps(english.STRINGS) == json.dumps(STRINGS)
    assert json.dumps(english.REPORTS) == json.dumps(Templates().reports)


def asked_for() -> Iterator[tuple[str, str, set[str] | None]]:
    """Every key that code asks words for, with where, and the gaps that it fills; None for the table that a made-up key
    is looked up in."""
    for path in sorted((ROOT / "moeaudit").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            called = name.id if isinstance(name, ast.Name) else getattr(name, "attr", "")
            by = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if called not in ("w", "words") or by not in ("", "of", "counted", "drawn"):
                continue
            key, place = node.args[0], f"{path.relative_to(ROOT)}:{node.lineno}"
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and by != "drawn":
                given = {str(one.arg) for one in node.keywords} | ({"n"} if by == "counted" else set())
                yield place, key.value, given
            elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                table = str(key.values[0].value).rpartition(".")[0]
                if table:
                    yield place, table, None


def test_every_key_that_is_asked_for_is_there_and_its_gaps_are_filled() -> None:
    lacking, seen = [], 0
    for place, key, given in asked_for():
        found: object = STRINGS
        for step in key.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        gaps = {mark[1] for mark in MARK.finditer(found) if mark[1]} if isinstance(found, str) else set()
        filled = given is None or "None" in given or gaps <= given  # `**more` fills what it fills
        if found is None or not filled or (given is None and not isinstance(found, dict)):
            lacking.append((place, key, gaps))
        seen += 1
    assert lacking == [] and seen > 300
