"""The whole document: title, language, and the sections of a preset as blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moeaudit.reports.packet.fill import filled
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.packet.pdf import audit, facts
from moeaudit.reports.packet.pdf.blocks import Block, heading, paragraph
from moeaudit.reports.packet.pdf.glyphs import shown
from moeaudit.reports.packet.templates import LANGUAGE, Templates
from moeaudit.reports.packet.views import items
from moeaudit.text import visible

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
    return {"name": name, "blocks": [*blocks, *SECTIONS[name](packet, strings)]}
