"""PDF/A and PDF/UA-1, by a program of its own: page-validation, which finds what is broken in veraPDF's test files."""

from __future__ import annotations

import re
from dataclasses import replace

import page
import pytest

from moeaudit.reports.packet.report import packet_document
from moeaudit.reports.writers.attached import Attachment
from moeaudit.reports.writers.pdf import render
from moeaudit.reports.writers.templates import Templates
from tests.documents.specimen import specimen
from tests.packet_pictures.samples import FLEETS, HOSTILE, brief, poisoned, sample

TWIN = Attachment("packet.json", b'{"schema": "moeaudit/packet/v1"}\n', "application/json", "The packet as JSON")


STREAM = re.compile(rb"/Length (\d+)[^\n]*\nstream\n")


def broken(data: bytes, profile: str) -> list[str]:
    """The rules that the pages break. Where the last byte of a stream happens to be a carriage return, the program
    takes that and the new line after it for one end of line, and counts a byte less: such lengths are looked at here.
    """
    report = page.validate_pdf_bytes(data, profile=page.ValidationProfile(profile))
    assert report.rules.total > 100
    found = {failure.rule_id for failure in report.failures}
    return sorted(one for one in found if not (one.endswith("STREAM-LENGTH-001") and lengths_are_right(data)))


def lengths_are_right(data: bytes) -> bool:
    """Whether every stream ends where its length says."""
    ends = [(found.end() + int(found[1])) for found in STREAM.finditer(data)]
    assert len(ends) == data.count(b"\nendstream") > 10
    return all(data.startswith(b"\nendstream", end) for end in ends)


@pytest.mark.parametrize("name", ["specimen", *FLEETS])
def test_pages_keep_every_rule(name: str) -> None:
    document = specimen() if name == "specimen" else packet_document(sample(name), Templates(), "procurement")
    carrying, alone = render(document, attached=(TWIN,)), render(document)
    assert broken(carrying, "3a") == broken(carrying, "ua1") == []
    assert broken(alone, "2a") == broken(alone, "ua1") == []


@pytest.mark.parametrize("places", [{0}, {1}, {0, 1, 2, 3}], ids=str)
def test_pages_of_sections_without_a_title_keep_them(places: set[int]) -> None:
    """A check's findings have none; with several models their names are the first headings of all."""
    document = specimen()
    made = [replace(one, title=()) if at in places else one for at, one in enumerate(document.sections)]
    data = render(replace(document, sections=tuple(made)))
    assert broken(data, "2a") == broken(data, "ua1") == []


@pytest.mark.parametrize("kind", ["bidi", "cjk", "emoji", "rtl", "typst", "xml"])
def test_pages_of_hostile_text_keep_them(kind: str) -> None:
    data = render(packet_document(poisoned(brief(), HOSTILE[kind]), Templates(), "procurement"))
    assert broken(data, "2a") == broken(data, "ua1") == []


def test_the_program_tells_what_is_broken() -> None:
    """Files of any kind belong into PDF/A-3 alone, and every picture needs its words."""
    data = render(specimen(sections=1), attached=(TWIN,))
    assert "PDFA2A-EMBEDDED-FILE-PDFA-001" in broken(data, "2a")
    assert broken(data.replace(b"/Alt(", b"/Alu("), "ua1") != []
