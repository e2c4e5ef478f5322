"""The whole document: title, language, and the sections of a preset as blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moeaudit.limits import PDF_ROWS
from moeaudit.reports.document.fill import filled
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.packet.pdf import audit, facts
from moeaudit.reports.packet.pdf.blocks import Block, Run, heading, inline, muted, paragraph
from moeaudit.reports.packet.views import items
from moeaudit.reports.writers.glyphs import shown
from moeaudit.reports.writers.templates import LANGUAGE, Templates
from moeaudit.text import exact, visible

Strings = Mapping[str, Any]

LONGEST_TITLE, LONGEST_HEADER = 160, 48
"""Characters of the model's name on the first page and at the head of every other."""

SECTIONS: Mapping[str, Callable[[Packet, Strings], Iterator[Block]]] = {
    "summary": facts.summary,
    "architecture": facts.architecture,
    "denominators": facts.denominators,
    "estimates": facts.estimates,
    "claims": audit.claims,
    "findings": audit.findings,
    "checklist": audit.checklist,
    "paths": audit.paths,
    "obligations": audit.obligations,
    "questions": audit.questions,
    "appendix": audit.appendix,
}


def content(packet: Packet, templates: Templates, preset: str) -> dict[str, Any]:
    """What the template gets, all of it safe to set."""
    strings = templates.strings
    words, made = strings["document"], packet.appendix
    subtitle = words["subtitle"].get(preset, preset)
    line = [subtitle, filled(words["made_by"], tool=made.tool, version=made.version)]
    line += [filled(words["dated"], date=made.date)] if made.date else []
    subject = visible(packet.subject.id or words["unnamed"], limit=LONGEST_TITLE)
    return {
        "lang": LANGUAGE,
        "title": shown(words["title"], breaks=False),
        "subject": shown(subject),
        "running": shown(visible(subject, limit=LONGEST_HEADER), breaks=False),
        "full_title": shown(f"{words['title']}: {subject}", breaks=False),
        "subtitle": shown(" · ".join(line)),
        "maker": shown(f"{made.tool} {made.version}", breaks=False),
        "contents": shown(words["contents"], breaks=False),
        "sections": [section(packet, strings, name) for name in templates.sections(preset, packet.summary.state)],
    }


def section(packet: Packet, strings: Strings, name: str) -> dict[str, Any]:
    """One section: its heading, a sentence on what it is, its blocks."""
    blocks = [heading(1, strings["sections"][name])]
    if name in strings["intros"]:
        blocks.append(paragraph(filled(strings["intros"][name], count=items(packet)), leads=True))
    return {"name": name, "blocks": [*blocks, *(cut(block, strings) for block in SECTIONS[name](packet, strings))]}


def cut(block: Block, strings: Strings) -> Block:
    """A table or list within its limit, with what says how many more there are; any other block as it is."""
    key = HELD.get(block["kind"], "")
    found = block.get(key, ())
    if len(found) <= PDF_ROWS:
        return block
    more = inline(muted(filled(strings["document"]["more"], n=exact(len(found) - PDF_ROWS))))
    last = row(block["columns"], more) if key == "rows" else more
    return {**block, key: [*found[:PDF_ROWS], last]}


HELD = {"table": "rows", "numbered": "items", "bullets": "items"}
"""What each kind of block has many of."""


def row(columns: list[dict[str, Any]], words: list[Run]) -> dict[str, Any]:
    """A row with these words in the column that has most room."""
    widest = max(range(len(columns)), key=lambda place: float(columns[place]["width"]))
    return {"cells": [words if place == widest else [] for place in range(len(columns))], "whole": True}
