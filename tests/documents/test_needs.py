"""Every section on every kind of result: it is drawn where its needs are there, and named where they are not."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from inspect import get_annotations
from pathlib import Path
from typing import Any

import pytest

from moeaudit.audits.check import check
from moeaudit.checks.audit import Settings
from moeaudit.checks.differences import CatalogueAudit
from moeaudit.costs.asked import served_model
from moeaudit.costs.estimate import estimate
from moeaudit.costs.fleet import short_fleet
from moeaudit.reports.catalogue_result import CatalogueResult
from moeaudit.reports.check_result import CheckResult
from moeaudit.reports.document.document import Section
from moeaudit.reports.document.reports import document, has
from moeaudit.reports.document.runs import Name, Plain
from moeaudit.reports.estimate import Estimated
from moeaudit.reports.inspected import Inspected
from moeaudit.reports.sections import SECTIONS
from moeaudit.reports.shown import Shown
from moeaudit.reports.writers.templates import Templates
from tests.packet_pictures.samples import CLAIMS, sample

WORDS = Templates().words


@cache
def results() -> dict[str, Any]:
    audit = check([Path(CLAIMS / "mixtral-8x7b-v0.1.claims.yaml")], None, offline=True, settings=Settings()).audits[0]
    inspection = audit.facts.inspection
    assert inspection is not None
    found = estimate(served_model(inspection, None), short_fleet("2xH100-SXM"))
    return {
        "packet": sample("mixtral-8x7b-v0.1"),
        "packet without evidence": sample("gpt-4"),
        "inspection": Inspected(inspection, whole=True),
        "estimate": Estimated(found),
        "check": CheckResult([audit], shown=Shown(all=True)),
        "catalogue": CatalogueResult(CatalogueAudit(1, 0, (), (), ())),
    }


KINDS = ("packet", "packet without evidence", "inspection", "estimate", "check", "catalogue")


def drawn(name: str, result: Any) -> tuple[Section, ...]:
    return document("packet", [name], result, WORDS, maker="x").sections


def told(section: Section) -> str:
    """The text of the first block of a section."""
    runs = getattr(section.blocks[0], "runs", ())
    return "".join(run.text for run in runs if isinstance(run, Plain | Name))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_is_drawn_or_named_as_left_out(name: str, kind: str) -> None:
    result = results()[kind]
    sections = drawn(name, result)
    lacking = [need for need in import_module(SECTIONS[name]).NEEDS if not has(result, need)]
    if not lacking:
        assert [section.id for section in sections] in ([name], [])  # none: it does not apply to this model
    else:
        assert [section.id for section in sections] == ["left-out"]
        title = WORDS.text(f"sections.{name}")
        assert (title or name) in told(sections[0])


def test_every_section_is_drawn_of_some_result() -> None:
    """So a need that no result has is no way to be silent."""
    needing = {name: import_module(SECTIONS[name]).NEEDS for name in SECTIONS}
    assert [name for name, needs in needing.items() if not needs] == []
    served = {name for name, needs in needing.items() for one in results().values() if all(has(one, n) for n in needs)}
    assert served == set(SECTIONS)


@pytest.mark.parametrize("name", SECTIONS)
def test_the_needs_are_attributes_of_what_the_section_is_written_for(name: str) -> None:
    module = import_module(SECTIONS[name])
    kind = get_annotations(module.section)["result"].rpartition(".")[2]
    written_for = getattr(module, kind)
    members = {*dir(written_for), *(key for one in written_for.__mro__ for key in vars(one).get("__annotations__", ()))}
    assert set(module.NEEDS) <= members
