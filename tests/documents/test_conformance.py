"""PDF/A and PDF/UA-1, by a program of its own: page-validation, which finds what is broken in veraPDF's test files."""

from __future__ import annotations

import re

import page
import pytest

from moeaudit.reports.packet.report import packet_document
from moeaudit.reports.writers.attached import Attachment
from moeaudit.reports.writers.pdf import render
from moeaudit.reports.writers.templates import Templates
from tests.documents.specimen import specimen
from tests.packet_pictures.samples import FLEETS, HOSTILE, brief, poisoned, sample

TWIN = Attachment("packet.json", b'{"schema": "moeaudit/packet/v1"}\n', "application/json", "The packet as JSON")


LENGTH = re.compile(rb"/Length (\d+)")


def broken(data: bytes, profile: str) -> list[str]:
    """The rules that the pages break."""
    report = page.validate_pdf_bytes(data, profile=page.ValidationProfile(profile))
    assert report.rules.total > 100
    found = [one for one in report.failures if not (one.rule_id.endswith("STREAM-LENGTH-001") and whole(data, one))]
    return sorted({one.rule_id for one in found})


def whole(data: bytes, failure: page.ValidationFailure) -> bool:
    """Whether a stream ends where its length says. Where its last byte happens to be a carriage return, the program
    takes that and the new line after it for one end of line, and counts a byte less."""
    assert failure.object_id is not None
    _, _, held = data.partition(b"\n%d 0 obj\n" % failure.object_id.object_number)
    head, _, content = held.partition(b"stream\n")
    length = LENGTH.search(head)
    assert length is not None
    return content[int(length[1]) - 1 :].startswith(b"\r\nendstream")


@pytest.mark.parametrize("name", ["specimen", *FLEETS])
def test_pages_keep_every_rule(name: str) -> None:
    document = specimen() if name == "specimen" else packet_document(sample(name), Templates(), "procurement")
    carrying, alone = render(document, attached=(TWIN,)), render(document)
    assert broken(carrying, "3a") == broken(carrying, "ua1") == []
    assert broken(alone, "2a") == broken(alone, "ua1") == []


@pytest.mark.parametrize("kind", ["bidi", "cjk", "emoji", "rtl", "typst", "xml"])
def test_pages_of_hostile_text_keep_them(kind: str) -> None:
    data = render(packet_document(poisoned(brief(), HOSTILE[kind]), Templates(), "procurement"))
    assert broken(data, "2a") == broken(data, "ua1") == []


def test_the_program_tells_what_is_broken() -> None:
    """Files of any kind belong into PDF/A-3 alone, and every picture needs its words."""
    data = render(specimen(sections=1), attached=(TWIN,))
    assert "PDFA2A-EMBEDDED-FILE-PDFA-001" in broken(data, "2a")
    assert broken(data.replace(b"/Alt(", b"/Alu("), "ua1") != []
