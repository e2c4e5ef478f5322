"""The packet as a document: the sections of a preset, and how it came to be."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.document.document import Document
from moeaudit.reports.document.reports import FRESH, document
from moeaudit.reports.document.runs import Name, Runs, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.writers.templates import WITHOUT_EVIDENCE, Templates


def packet_document(packet: Packet, templates: Templates, preset: str, digest: str = "") -> Document:
    """The document of a packet. `digest`: the SHA-256 of its JSON twin."""
    words, made = templates.words, packet.appendix
    long = packet.summary.state != "none"
    ids = templates.sections("packet", preset if long else WITHOUT_EVIDENCE)
    return document(
        "packet", ids, packet, words,
        title=words.text("document.title"),
        subject=packet.subject.id or words.text("document.unnamed"),
        about=tuple(about(packet, words, preset, digest)),
        maker=f"{made.tool} {made.version}",
        date=made.date,
        contents=long,
        fresh=FRESH if long else (),
    )  # fmt: skip


def about(packet: Packet, w: Words, preset: str, digest: str) -> Iterator[Runs]:
    """For whom, by what, when, from where; and what proves that two files are one packet."""
    made, subject = packet.appendix, packet.subject
    yield w(f"document.subtitle.{preset}") if w.has(f"document.subtitle.{preset}") else runs(preset)
    yield w("document.made_by", tool=made.tool, version=made.version)
    if made.date:
        yield w("document.dated", date=made.date)
    if subject.source:
        yield w(f"sources.{subject.source}")
    if subject.recorded:
        yield w("sources.recorded")
    if digest:
        yield w("document.twin", digest=Name(digest))
