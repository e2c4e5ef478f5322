"""A packet as a page of each medium, as the command makes it."""

from __future__ import annotations

from moeaudit.reports.packet.model import Packet
from moeaudit.reports.packet.report import packet_document
from moeaudit.reports.writers import html as html_writer
from moeaudit.reports.writers import markdown as markdown_writer
from moeaudit.reports.writers import pdf as pdf_writer
from moeaudit.reports.writers.templates import Templates


def html(packet: Packet, preset: str = "procurement", templates: Templates | None = None) -> str:
    templates = templates or Templates()
    return html_writer.render(packet_document(packet, templates, preset), templates, packet)


def markdown(packet: Packet, preset: str = "procurement", templates: Templates | None = None) -> str:
    templates = templates or Templates()
    return markdown_writer.render(packet_document(packet, templates, preset), templates, packet)


def pdf(packet: Packet, preset: str = "procurement", templates: Templates | None = None, paper: str = "a4") -> bytes:
    templates = templates or Templates()
    return pdf_writer.render(packet_document(packet, templates, preset), templates, paper=paper)
