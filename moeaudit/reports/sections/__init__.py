"""Sections of reports, one file each, by their ids: a pure function from a finished result to blocks.

A file says what its section needs of a result (`NEEDS`); where that is lacking, the section is left out, and the report
says so. A new section is a file here, a line in SECTIONS, its title in `templates/strings.*.yaml`, and its place in
`templates/reports.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from moeaudit.reports.document.blocks import Block
from moeaudit.reports.document.words import Words

SectionFunction = Callable[[Any, Words], Iterator[Block]]

SECTIONS: dict[str, str] = {
    "answer": "moeaudit.reports.sections.answer",
    "architecture": "moeaudit.reports.sections.architecture",
    "assumptions": "moeaudit.reports.sections.assumptions",
    "checklist": "moeaudit.reports.sections.checklist",
    "claims": "moeaudit.reports.sections.claims",
    "converted": "moeaudit.reports.sections.converted",
    "disagreement": "moeaudit.reports.sections.disagreement",
    "denominators": "moeaudit.reports.sections.denominators",
    "device": "moeaudit.reports.sections.device",
    "folders": "moeaudit.reports.sections.folders",
    "estimates": "moeaudit.reports.sections.estimates",
    "findings": "moeaudit.reports.sections.findings",
    "fit": "moeaudit.reports.sections.fit",
    "further": "moeaudit.reports.sections.further",
    "host": "moeaudit.reports.sections.host",
    "hosted": "moeaudit.reports.sections.hosted",
    "layouts": "moeaudit.reports.sections.layouts",
    "memory": "moeaudit.reports.sections.memory",
    "appendix": "moeaudit.reports.sections.appendix",
    "obligations": "moeaudit.reports.sections.obligations",
    "operations": "moeaudit.reports.sections.operations",
    "paths": "moeaudit.reports.sections.paths",
    "questions": "moeaudit.reports.sections.questions",
    "skipped": "moeaudit.reports.sections.skipped",
    "speed": "moeaudit.reports.sections.speed",
    "summary": "moeaudit.reports.sections.summary",
    "times": "moeaudit.reports.sections.times",
    "trained": "moeaudit.reports.sections.trained",
    "training": "moeaudit.reports.sections.training",
    "findings_list": "moeaudit.reports.sections.findings_list",
    "failures": "moeaudit.reports.sections.failures",
    "unsettled": "moeaudit.reports.sections.unsettled",
    "tallies": "moeaudit.reports.sections.tallies",
    "checked": "moeaudit.reports.sections.checked",
    "claims_read": "moeaudit.reports.sections.claims_read",
    "set_aside": "moeaudit.reports.sections.set_aside",
    "checklist_status": "moeaudit.reports.sections.checklist_status",
    "readings": "moeaudit.reports.sections.readings",
    "differences": "moeaudit.reports.sections.differences",
    "records_left": "moeaudit.reports.sections.records_left",
    "catalogue_tallies": "moeaudit.reports.sections.catalogue_tallies",
}
"""Id → the module whose `section(result, words)` gives its blocks."""


def section(name: str) -> SectionFunction:
    """The function of a section."""
    found: SectionFunction = import_module(SECTIONS[name]).section
    return found
