"""The packet as GitHub-flavoured Markdown, readable as text."""

from __future__ import annotations

from moeaudit.later import expression
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.writers.templates import Templates

BLANK = expression(r"\n{3,}")


def render(packet: Packet, preset: str = "procurement", templates: Templates | None = None) -> str:
    """The document, with one blank line between blocks and one final newline."""
    templates = templates or Templates()
    text = templates.render("packet.md.jinja", "markdown", packet, preset)
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return BLANK.sub("\n\n", lines).strip() + "\n"
